"""The command line. Importing it loads nothing: worker processes import it too."""


def main() -> int:
    """Run the command that the process was started with; its exit code."""
    from overdoor.cli.app import run

    return run()
