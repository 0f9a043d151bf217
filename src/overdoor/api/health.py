"""Is the process alive, is it ready for work, and what does it offer."""

from litestar import Response, route
from litestar.enums import HttpMethod

from overdoor import __version__
from overdoor.api.kit import HttpRequest, base_url_of, gateway_of, json_answer
from overdoor.storage import accounts

_READ = [HttpMethod.GET, HttpMethod.HEAD]
_DOORS = (
    ("POST", "/api/v1/jobs/createTask", "start a generation"),
    ("GET", "/api/v1/jobs/recordInfo?taskId=", "ask what became of it"),
    ("POST", "/api/v1/jobs/estimate", "the price before it, and what would be made"),
    ("GET", "/api/v1/jobs", "your tasks, newest first"),
    ("GET", "/api/v1/jobs/events?taskId=", "a task as Server-Sent Events"),
    ("POST", "/api/v1/jobs/cancel", "cancel a task"),
    ("POST", "/api/mcp", "the MCP server: list_models, generate_image, generate_video, get_generation_status"),
    ("POST", "/api/v1/chat/completions", "chat; any model can draw with the tool modelgates:image_generation"),
    ("POST", "/api/v1/responses", "the same in the shape of the Responses API"),
    ("POST", "/api/v1/files", "keep a file that tasks may work on, as asset:<id>"),
    ("GET", "/api/v1/files", "your uploads, newest first"),
    ("GET", "/api/v1/echo", "what arrives here of a request, behind a proxy"),
    ("GET", "/openapi.json", "what each endpoint takes and answers"),
    ("GET", "/healthz", "200 while the process lives"),
    ("GET", "/readyz", "200 while it takes work"),
)


@route("/healthz", http_method=_READ)
async def healthz() -> Response[bytes]:
    """200 while the process lives."""
    return json_answer({"status": "ok"})


@route("/readyz", http_method=_READ)
async def readyz(request: HttpRequest) -> Response[bytes]:
    """200 while work is taken; 503 from the moment the server is asked to stop."""
    if request.app.state.stopping.is_set():
        return json_answer({"status": "stopping"}, status=503, headers={"Retry-After": "5"})
    gateway = gateway_of(request)
    if gateway.carries != "none" and not gateway.is_carrying():
        return json_answer({"status": "tasks are not run: restart the server"}, status=503)
    await gateway.database.read(accounts.revision)
    elsewhere = {"tasks": "carried by other processes"} if gateway.carries == "none" else {}
    return json_answer({"status": "ready", **elsewhere})


@route("/", http_method=_READ)
async def index(request: HttpRequest) -> Response[bytes]:
    """What this server is, and its endpoints."""
    base_url = base_url_of(request)
    endpoints = [{"method": method, "url": base_url + path, "use": use} for method, path, use in _DOORS]
    return json_answer({"name": "Overdoor", "version": __version__, "endpoints": endpoints})


routes = [healthz, readyz, index]
