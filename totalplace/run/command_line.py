"""What the commands share: how they end, what several ask for, and completion by the shell.

What a command needs is imported when it runs, so that --help is quick.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any

import click

from totalplace.errors import InputError, RunError

Command = Callable[..., Any]
INTERRUPTED = "interrupted: what was built is kept, what was not is as it was."
COMPLETION = """The Tab key completes commands and places once the start-up file of your shell has:

\b
  bash (~/.bashrc):  eval "$(_TOTALPLACE_COMPLETE=bash_source totalplace)"
  zsh (~/.zshrc):    eval "$(_TOTALPLACE_COMPLETE=zsh_source totalplace)"
  fish (~/.config/fish/completions/totalplace.fish):
                     _TOTALPLACE_COMPLETE=fish_source totalplace | source
"""


class Commands(click.Group):
    """The commands; they end with 2 for a wrong request, 1 for what failed, 130 for Ctrl-C."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that a user can act on is printed as its message alone."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            _stop(str(error), 2)
        except (RunError, ArithmeticError) as error:
            _stop(str(error), 1)
        except KeyboardInterrupt:
            _stop(INTERRUPTED, 130)
        except OSError as error:
            if error.filename is None:
                raise
            _stop(f"{error.filename}: {error.strerror}", 1)


def _stop(message, status):
    click.echo(message, err=True)
    sys.exit(status)


def places_like(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The places whose name in commands begins with what is typed, for completion by the shell."""
    from totalplace import places

    known = places.find_places(incomplete)["place"]
    return [slug for slug in known if slug.startswith(incomplete.lower())]


def _values_like(table: str, column: str) -> Callable:
    """Completion by the shell: the values of a reference table that begin with what is typed."""

    def complete(ctx, param, incomplete):
        from totalplace import reference

        known = reference.read(table)[column].unique()
        return [name for name in known if name.startswith(incomplete)]

    return complete


SHARED = {
    "place": click.argument("place", metavar="PLACE", shell_complete=places_like),
    "year": click.option(
        "--year", default="2008-09", show_default=True, help="Financial year of the count."
    ),
    "scope": click.option(
        "--scope",
        default="identifiable",
        show_default=True,
        shell_complete=_values_like("scopes", "scope"),
        help="What the count includes: one of scopes.csv.",
    ),
    "theme": click.option(
        "--theme",
        default="",
        shell_complete=_values_like("theme_names", "theme"),
        help="The theme of the deep dive: one of theme_names.csv; by default the place's own.",
    ),
    "audience": click.option(
        "--audience",
        type=click.Choice(["board", "working"]),
        default="board",
        show_default=True,
        help="Who it is for.",
    ),
    "notebooks": click.option(
        "--notebook",
        "notebooks",
        metavar="FILE",
        multiple=True,
        type=click.Path(dir_okay=False),
        help="A notebook of your own, with a parameters cell, as one more page.",
    ),
}


def shared_options(*names: str) -> Callable[[Command], Command]:
    """Give a command options that several have, in this order: shared_options("place", "year")."""

    def decorate(command: Command) -> Command:
        return functools.reduce(lambda made, name: SHARED[name](made), reversed(names), command)

    return decorate
