"""Task records with links: what recordInfo, the list, event streams, MCP, callbacks and the command line show."""

from dataclasses import replace

from overdoor.domain.record import public_record
from overdoor.domain.task import TaskView
from overdoor.services.links import Links


def task_record(view: TaskView, links: Links, *, base_url: str | None) -> dict[str, object]:
    """The public record of a task with links that live a day, and none to what has had its time."""
    view = replace(view, assets=tuple(asset for asset in view.assets if links.can_be_read(asset)))
    return public_record(
        view,
        result_urls=[links.for_a_day(asset, base_url=base_url) for asset in view.assets if asset.role == "result"],
        poster_urls=[links.for_a_day(asset, base_url=base_url) for asset in view.assets if asset.role == "poster"],
    )
