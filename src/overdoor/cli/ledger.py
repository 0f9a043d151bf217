"""`overdoor ledger`: prove the books, beside a running server."""

from typing import TYPE_CHECKING

import typer

from overdoor.cli.accounts import with_accounts
from overdoor.cli.output import ExitCode, print_json, tell
from overdoor.cli.start import Data, Json, require_database, start

if TYPE_CHECKING:
    from overdoor.domain.audit import Report

ledger = typer.Typer(help="Prove that the books balance.", no_args_is_help=True)


@ledger.callback()
def books() -> None:
    """Prove that the books balance."""


@ledger.command("audit")
def audit(*, data: Data = None, as_json: Json = False) -> None:
    """Recompute all money from the entries; exit code 1 if anything differs."""
    settings = start(data=data).settings
    require_database(settings)
    report = with_accounts(settings, lambda accounts: accounts.audit())
    if as_json:
        print_json(_shown(report))
    else:
        _tell(report)
    if not report.is_clean:
        raise typer.Exit(ExitCode.FAILED)


def _tell(report: "Report") -> None:
    for difference in report.differences:
        print(f"{difference.subject}: {difference.message} [{difference.rule}]")
    if report.left_out:
        print(f"… and {report.left_out:,} more.")
    count = len(report.differences) + report.left_out
    found = "No difference" if report.is_clean else f"{count:,} difference{'' if count == 1 else 's'}"
    print(
        f"{found} in {report.entries:,} entries of {report.references:,} references, {report.tasks:,} tasks and"
        f" {report.balances:,} balances."
    )
    if not report.is_clean:
        tell("What to do: docs/money.md, `When the audit finds a difference`.")


def _shown(report: "Report") -> dict[str, object]:
    return {
        "clean": report.is_clean,
        "entries": report.entries,
        "references": report.references,
        "tasks": report.tasks,
        "balances": report.balances,
        "differences": [
            {"rule": difference.rule, "subject": difference.subject, "message": difference.message}
            for difference in report.differences
        ],
        "left_out": report.left_out,
    }
