"""Renders one picture: a scene from words, an edit, an upscale or a cut-out, encoded as asked."""

from dataclasses import replace

from PIL import Image, ImageFilter

from overdoor.providers.sandbox import brief, compose, cutout, edit, encode, finish, lettering, upscale
from overdoor.providers.sandbox.brief import Brief
from overdoor.providers.sandbox.jobs import ImageJob, RenderedImage
from overdoor.providers.sandbox.painted import Painted

PARTIAL_BLUR_PX = (24.0, 12.0, 6.0)  # for a picture of 1024 px; the last one repeats for more partials
PARTIAL_LONG_SIDE_PX = 1024


def render_image(job: ImageJob) -> RenderedImage:
    """Return the finished, encoded picture; the same job gives the same bytes in every process.

    Raises:
        ValueError: The job lacks an input its task needs, or has a size the task cannot have.
        PIL.UnidentifiedImageError: An input is no readable picture.
    """
    picture = _painted(job)
    image, warnings = picture.image, picture.warnings
    if job.label:
        image = finish.label(image)
    if image.mode == "RGBA" and job.output_format == "jpeg":
        warnings = (*warnings, "JPEG has no transparency; the picture was flattened onto white.")
    content = encode.encoded(image, job.output_format, compression=job.output_compression)
    mime = encode.MIMES[job.output_format]
    return RenderedImage(content, mime, image.width, image.height, picture.applied, warnings)


def render_partials(job: ImageJob, count: int) -> tuple[bytes, ...]:
    """Return `count` (0 to 3) earlier states of the picture, each sharper than the one before.

    They have the picture's ratio and are at most PARTIAL_LONG_SIDE_PX on the long side.
    """
    if count <= 0:
        return ()
    final = _painted(_small(job)).image
    scale = max(final.size) / 1024
    output_format = "png" if final.mode == "RGBA" or job.output_format == "png" else "jpeg"
    blurs = [*PARTIAL_BLUR_PX[-count:]]
    partials = [final.filter(ImageFilter.GaussianBlur(blur * scale)) for blur in blurs]
    return tuple(encode.encoded(partial, output_format, compression=72) for partial in partials)


def _painted(job: ImageJob) -> Painted:
    match job.task:
        case "text-to-image":
            return _from_words(job)
        case "image-to-image":
            return edit.edited(job)
        case "upscale":
            return upscale.upscaled(job)
        case "remove-background":
            return cutout.without_background(job)


def _from_words(job: ImageJob) -> Painted:
    wanted = brief.read(job.prompt)
    size = (job.width_px, job.height_px)
    if min(size) < 1:
        raise ValueError(f"A picture needs a size; got {job.width_px} x {job.height_px} px.")
    seed_text = f"{job.prompt}|{job.seed}|{job.index}"
    if job.background == "transparent":
        image = compose.subject_alone(wanted, size, seed_text=seed_text)
        image = lettering.on_transparent(image, wanted)
    else:
        image = compose.picture(wanted, size, seed_text=seed_text)
        image = lettering.on_picture(image, wanted)
        image = _developed(image, wanted, quality=job.quality)
    return Painted(image, (), lettering.warnings_for(wanted))


def _developed(image: Image.Image, wanted: Brief, *, quality: str) -> Image.Image:
    if wanted.styles & {"flat", "pixel", "lineart", "blueprint", "minimal"} or wanted.layout in {
        "interface",
        "infographic",
        "diagram",
        "icon",
        "logo",
    }:
        return image
    image = finish.vignette(image, strength=0.2)
    return image if quality == "low" else finish.grain(image, amount=2 if quality == "high" else 1)


def _small(job: ImageJob) -> ImageJob:
    long_side = max(job.width_px, job.height_px)
    if long_side <= PARTIAL_LONG_SIDE_PX:
        return job
    scale = PARTIAL_LONG_SIDE_PX / long_side
    return replace(job, width_px=max(1, round(job.width_px * scale)), height_px=max(1, round(job.height_px * scale)))
