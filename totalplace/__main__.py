"""The command line: totalplace, or python -m totalplace."""

import gc
import sys


def main() -> None:
    """Run the command line; a character that the console does not have is printed as "?"."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    gc.disable()  # nothing that is imported is garbage
    from totalplace import cli

    gc.enable()
    cli.main()


if __name__ == "__main__":
    main()
