"""Clips of the sandbox: exact frames, size and sound, proven by decoding the file."""

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image, ImageStat

from overdoor.providers.sandbox.jobs import VideoJob
from overdoor.providers.sandbox.video import render_video


def frames_of(path: Path) -> list[Image.Image]:
    with av.open(str(path)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


def flat(colour: tuple[int, int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", (160, 90), colour).save(out, "PNG")
    return out.getvalue()


def test_a_clip_has_exactly_the_asked_frames_size_and_sound(tmp_path: Path) -> None:
    """H.264, yuv420p, faststart, AAC; progress ends at 1."""
    path, progress = tmp_path / "clip.mp4", tmp_path / "progress"
    job = VideoJob("a sailboat at sunset, slow push-in", 192, 108, 2, audio=True, seed=3)

    rendered = render_video(job, output_path=str(path), progress_path=str(progress))

    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt, audio.codec_context.name) == (
            "h264",
            "yuv420p",
            "aac",
        )
        assert (video.width, video.height, video.frames) == (192, 108, 48)
        sound_s = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    assert len(frames_of(path)) == 48
    assert sound_s == pytest.approx(2.0, abs=0.06)
    assert (rendered.width_px, rendered.height_px, rendered.duration_s, rendered.fps, rendered.has_audio) == (
        192,
        108,
        2.0,
        24,
        True,
    )
    assert progress.read_text() == "1.00"
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")
    assert Image.open(BytesIO(rendered.poster)).size == (192, 108)


def test_a_clip_lasts_as_long_in_its_own_words_as_was_asked(tmp_path: Path) -> None:
    """Players go by the time stamps, not by the number of frames."""
    path = tmp_path / "clip.mp4"

    render_video(VideoJob("a quiet lake", 96, 64, 2, audio=True), output_path=str(path))

    with av.open(str(path)) as container:
        video = container.streams.video[0]
        assert video.duration is not None
        assert video.time_base is not None
        assert (video.duration * video.time_base, video.average_rate) == (2, 24)
        shown_at = [frame.pts * video.time_base for frame in container.decode(video=0) if frame.pts is not None]
    assert shown_at == [Fraction(index, 24) for index in range(48)]


def test_a_silent_clip_has_no_sound_track_and_the_same_bytes_again(tmp_path: Path) -> None:
    """Deterministic, like pictures."""
    job = VideoJob("a city at night, pan right", 128, 96, 1, fps=12, seed=3)

    for name in ("first.mp4", "again.mp4"):
        render_video(job, output_path=str(tmp_path / name))

    assert (tmp_path / "first.mp4").read_bytes() == (tmp_path / "again.mp4").read_bytes()
    with av.open(str(tmp_path / "first.mp4")) as container:
        assert not container.streams.audio


def test_a_clip_goes_from_its_first_frame_to_its_last(tmp_path: Path) -> None:
    """Image-to-video: a crossfade between both."""
    path = tmp_path / "clip.mp4"
    job = VideoJob(
        "morph", 96, 64, 1, fps=12, first_frame=flat((220, 20, 20)), last_frame=flat((20, 20, 220)), label=False
    )

    render_video(job, output_path=str(path))

    first, *_, last = (ImageStat.Stat(frame).mean for frame in frames_of(path))
    assert first[0] > 190 > 60 > first[2]
    assert last[2] > 190 > 60 > last[0]


def test_frames_move(tmp_path: Path) -> None:
    """A clip is no still."""
    path = tmp_path / "clip.mp4"

    render_video(VideoJob("mountains, zoom out", 128, 96, 1, fps=12, label=False), output_path=str(path))

    frames = frames_of(path)
    assert frames[0].tobytes() != frames[-1].tobytes()


@pytest.mark.parametrize("size", [(127, 96), (128, 0)], ids=str)
def test_an_impossible_size_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    """yuv420p needs even sizes."""
    with pytest.raises(ValueError, match="even size"):
        render_video(VideoJob("x", *size, 1), output_path=str(tmp_path / "clip.mp4"))
