"""`overdoor config`: every setting, and where its value came from."""

import typer

from overdoor.cli.output import print_json, print_table
from overdoor.cli.start import Data, Json, start

config = typer.Typer(help="Show the settings.", no_args_is_help=True)


@config.command("show")
def show(*, data: Data = None, as_json: Json = False) -> None:
    """Show each setting, its value and its source; secrets are masked."""
    loaded = start(data=data)
    if as_json:
        print_json([{"name": each.name, "value": each.shown, "source": each.source} for each in loaded.origins])
        return
    print_table(("SETTING", "VALUE", "SOURCE"), [(each.name, each.shown, each.source) for each in loaded.origins])
