"""The one file of a `multipart/form-data` body, as it comes: nothing is gathered in memory.

The parser is sans-IO (`multipart`, which Litestar depends on, too). Litestar's own reading of forms gathers every part
before the handler runs.
"""

from collections.abc import AsyncGenerator, AsyncIterator

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from overdoor.errors import InvalidRequest
from overdoor.services.uploads import Incoming

_MOST_PARTS = 16
_MOST_FIELD_BYTES = 64 * 1024  # of all parts that are no file together; they are read past
_HINT = "Send one part with a file name, such as `curl -F file=@cat.png`."


def boundary_of(content_type: str) -> str | None:
    """The boundary of a `multipart/form-data` body; None for any other body.

    Raises:
        InvalidRequest: it names none.
    """
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data":
        return None
    if not (boundary := options.get("boundary")):
        raise InvalidRequest("The multipart body names no boundary.", hint=_HINT)
    return boundary


async def file_in(body: AsyncIterator[bytes], *, boundary: str) -> Incoming:
    """The file of the body: what comes before it has been read past, and its content ends only with the whole body.

    Raises:
        InvalidRequest: there is no file. While its content is read: the body is cut, or holds a second file.
    """
    events = _without_empty_fields(_events(body, boundary))
    async for event in events:
        if isinstance(event, MultipartSegment) and _is_file(event):
            return Incoming(event.filename, _content(events))
    raise InvalidRequest("The body holds no file.", hint=_HINT)


async def _content(events: AsyncGenerator[MultipartSegment | bytes | None, None]) -> AsyncIterator[bytes]:
    is_inside = True
    async for event in events:
        if event is None:
            is_inside = False
        elif isinstance(event, MultipartSegment):
            if _is_file(event):
                raise InvalidRequest("The body holds more than one file.", hint="Send each file in its own request.")
        elif is_inside:
            yield bytes(event)


async def _events(body: AsyncIterator[bytes], boundary: str) -> AsyncGenerator[MultipartSegment | bytes | None, None]:
    """The parts, their bytes, and None at the end of each."""
    field_bytes, is_file = 0, False
    try:
        parser = PushMultipartParser(boundary, max_segment_count=_MOST_PARTS, strict=True)
        with parser:
            async for chunk in body:
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        is_file = _is_file(event)
                    elif event is not None and not is_file:
                        field_bytes += len(event)
                        if field_bytes > _MOST_FIELD_BYTES:
                            raise InvalidRequest("The fields beside the file are too long.", hint=_HINT)
                    yield event
                if parser.closed:
                    break
    except MultipartError as error:
        if isinstance(error.__context__, UnicodeDecodeError):
            raise InvalidRequest("The header of a part is not UTF-8.", hint="Send the file name in UTF-8.") from error
        raise InvalidRequest(f"The multipart body cannot be read: {error}.", hint=_HINT) from error
    async for _ in body:  # what follows the last boundary means nothing
        pass


async def _without_empty_fields(
    events: AsyncGenerator[MultipartSegment | bytes | None, None],
) -> AsyncGenerator[MultipartSegment | bytes | None, None]:
    """The same without file fields in which nothing was chosen: browsers send those with no name and no bytes."""
    held: MultipartSegment | None = None
    async for event in events:
        if isinstance(event, MultipartSegment) and event.filename == "":
            held = event
            continue
        if held is not None and event is not None:
            yield held
        elif held is not None:
            held = None
            continue
        held = None
        yield event


def _is_file(part: MultipartSegment) -> bool:
    return part.filename is not None or part.name == "file"
