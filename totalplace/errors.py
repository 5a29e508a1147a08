"""What is wrong with an input: said once, in full, so that it can be mended in one go."""


class InputError(ValueError):
    """An input that cannot be used: the message says what, where, and what to do."""


class RunError(RuntimeError):
    """What was asked for rightly and did not come to its end: the message says where it stopped, and why."""


def refuse(faults):
    """Raise one InputError with every message in `faults`; do nothing when there is none."""
    messages = list(faults)
    if messages:
        raise InputError("\n".join(messages))


def first_few(items, most=5):
    """The first few of `items` as text, and how many more: '3, 17, 21 and 4 more'."""
    items = [str(item) for item in items]
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
