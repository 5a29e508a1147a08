"""The command line: totalplace, or python -m totalplace."""

import gc
import sys


def main() -> None:
    """Run the command line; a character that the console does not have is printed as "?"."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    gc.set_threshold(100_000, 20, 20)  # what is imported is no garbage: look for it less often
    from totalplace import cli

    cli.main()


if __name__ == "__main__":
    main()
