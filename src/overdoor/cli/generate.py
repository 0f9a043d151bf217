"""`overdoor generate`: one picture or clip from words, and into a file."""

import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, cast
from urllib.parse import urlsplit

import typer

from overdoor.cli.output import CommandRefused, ExitCode, print_json, tell, tell_refusal
from overdoor.cli.saving import Place, require_free, save
from overdoor.cli.start import Data, Json, require_folder, start
from overdoor.cli.wish import STDOUT, Wish, build_wish

if TYPE_CHECKING:
    from overdoor.config import Settings

_Text = str | None


def generate(
    *,
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What to show; - reads it from stdin.")],
    model: Annotated[_Text, typer.Option("--model", "-m", help="A name from `overdoor models`.")] = None,
    output: Annotated[
        _Text, typer.Option("--output", "-o", metavar="FILE", help="Where to; a folder, or - for stdout, too.")
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="A picture to work on: file, URL, asset or task id. May come again."),
    ] = None,
    size: Annotated[_Text, typer.Option(help="Such as 1280x720.")] = None,
    aspect_ratio: Annotated[_Text, typer.Option(help="Such as 16:9.")] = None,
    resolution: Annotated[_Text, typer.Option(help="The model's own word, such as 2K or 720p.")] = None,
    quality: Annotated[_Text, typer.Option(help="Such as low, medium or high.")] = None,
    background: Annotated[_Text, typer.Option(help="transparent or opaque.")] = None,
    output_format: Annotated[
        _Text, typer.Option("--format", help="png, jpeg, webp or mp4; else as FILE is named.")
    ] = None,
    compression: Annotated[int | None, typer.Option(help="0 to 100, for jpeg and webp.")] = None,
    duration: Annotated[_Text, typer.Option(help="Seconds of a clip.")] = None,
    audio: Annotated[bool | None, typer.Option("--audio/--no-audio", help="A clip with or without sound.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same result, where the model can.")] = None,
    request_id: Annotated[
        _Text,
        typer.Option("--request-id", metavar="NAME", help="Your name for it: repeated, it answers the first task."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Spend real money; without it, the sandbox answers.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the price, and do nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> int:
    """Make a picture or a clip."""
    settings = start(data=data).settings
    text = sys.stdin.read().strip() if prompt == "-" else prompt
    params = {
        "prompt": text, "size": size, "aspect_ratio": aspect_ratio, "resolution": resolution, "quality": quality,
        "background": background, "output_format": output_format, "output_compression": compression,
        "duration": duration, "generate_audio": audio, "seed": seed,
    }  # fmt: skip
    mode = "live" if live else "test"
    wish = build_wish(model=model, params=params, inputs=inputs or (), output=output, mode=mode, request_id=request_id)
    _check(settings, wish, writes_both=as_json and output == STDOUT, dry_run=dry_run)
    if dry_run:
        from overdoor.cli.price import show_price

        show_price(settings, wish, as_json=as_json)
        return ExitCode.OK
    place = Place(output, text, overwrites=force)
    require_free(place)
    record, result = _carried_out(settings, wish)
    return _finish(record, result, place, as_json=as_json)


def _check(settings: "Settings", wish: Wish, *, writes_both: bool, dry_run: bool) -> None:
    """Refuse combinations that cannot be meant."""
    problem = None
    if writes_both:
        problem = "--json and -o - both write to stdout.", "Name a file with -o, or leave --json out."
    elif settings.server_url is not None and dry_run:
        problem = "--dry-run asks no server.", "Unset OVERDOOR_SERVER_URL for the price of this machine's catalogue."
    elif settings.server_url is not None and wish.mode == "live":
        problem = "--live has no effect with OVERDOOR_SERVER_URL: the key decides.", "Leave it out, and use a live key."
    if problem is not None:
        raise CommandRefused(problem[0], hint=problem[1], exit_code=ExitCode.USAGE)


def _carried_out(settings: "Settings", wish: Wish) -> tuple[dict[str, Any], bytes | None]:
    """The public record of the ended task, and its result; by the server of the settings, else in this process."""
    import asyncio

    if settings.server_url is None:
        require_folder(settings)
        from overdoor.cli.embedded import generate_here

        return asyncio.run(generate_here(settings, wish))
    from overdoor.cli.remote import generate_there, server_of

    return asyncio.run(generate_there(server_of(settings), wish))


def _finish(record: dict[str, Any], result: bytes | None, place: Place, *, as_json: bool) -> int:
    for warning in cast("list[str]", record.get("warnings") or []):
        tell(f"Note: {warning}")
    if result is None:
        tell_refusal(str(record["failMsg"]), hint=f"The credits were returned ({record['failCode']}).")
        if as_json:
            print_json({**record, "file": None})
        return ExitCode.FAILED
    suffix = PurePosixPath(urlsplit(record["resultUrls"][0]).path).suffix
    try:
        path = save(result, place, suffix=suffix)
    except OSError as error:
        raise CommandRefused(
            f"{record['taskId']} is done, but its file cannot be written: {error.strerror}.",
            hint=f"A running server has it, too: {record['resultUrls'][0]}",
            exit_code=ExitCode.FAILED,
        ) from error
    tell(f"Done in {record['costTime'] / 1000:.1f} s for {record.get('creditsCharged')} credits.")
    if as_json:
        print_json({**record, "file": str(path and path.absolute())})
    elif path is not None:
        print(path)
    return ExitCode.OK
