"""The command line: totalplace, or python -m totalplace."""

import gc
import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command line; a character that the console does not have is printed as "?"."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    gc.set_threshold(100_000, 20, 20)  # what is imported is no garbage: look for it less often
    if home := os.environ.get("TOTALPLACE_HOME"):
        os.environ["TOTALPLACE_HOME"] = str(Path(home).resolve())  # notebooks run elsewhere
    from totalplace import cli

    try:
        try:
            cli.main()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except (OSError, ValueError) as error:  # standard output is closed, or there is no space
        _end_on(error)


def _end_on(error):
    """One line of what the system refused, and nothing more on standard output."""
    if isinstance(error, ValueError) and "closed file" not in str(error):
        raise error
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if not isinstance(error, BrokenPipeError):
        print(getattr(error, "strerror", None) or error, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
