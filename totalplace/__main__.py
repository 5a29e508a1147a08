"""The command line: totalplace, or python -m totalplace."""

import gc


def main():
    """Import it all, and do what is asked."""
    gc.disable()  # nothing that is imported is garbage
    from totalplace import cli

    gc.enable()
    cli.main()


if __name__ == "__main__":
    main()
