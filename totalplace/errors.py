"""What is wrong with an input: said once, in full, so that it can be mended in one go."""

from collections.abc import Iterable


class InputError(ValueError):
    """An input that cannot be used: the message says what, where, and what to do."""


class RunError(RuntimeError):
    """A run that could not finish: the message says where it stopped, and why."""


def refuse(faults: Iterable[str]) -> None:
    """Raise one InputError with every message in `faults`; do nothing when there is none."""
    messages = list(faults)
    if messages:
        raise InputError("\n".join(messages))


def first_few(items: Iterable, most: int = 5) -> str:
    """The first few of `items` as text, and how many more: '3, 17, 21 and 4 more'."""
    words = [str(item) for item in items]
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
