"""`overdoor worker`: carries tasks and listens on no port."""

from overdoor.cli.start import Data, require_folder, start


def worker(*, data: Data = None) -> None:
    """Carry tasks until Ctrl+C or SIGTERM, without HTTP; web nodes beside it run `serve --no-tasks`."""
    settings = start(data=data, level="info").settings
    require_folder(settings)

    from overdoor.cli.carrying import run_worker

    run_worker(settings)
