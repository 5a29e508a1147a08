"""Total Place: all public money spent in a place, on what, by whom, for whom, and how firmly known.

    import totalplace as tp
    spent = tp.first_count("croydon")
    tp.divisions(spent)

The names of `__all__` are loaded when they are first asked for, so that the command line starts at
once. What comes back is plain pandas, with money in whole pence.
"""

import importlib
import sys
from typing import Any

__version__ = "0.1.0"

_HOMES = {  # what an analyst uses, and where it is
    "apportion_by": "apportion.apportion",
    "apportion_to_theme": "deep_dive.apportion_to_theme",
    "areas_of": "places.areas",
    "by_age": "flows.by_age",
    "count_with_returns": "disclosure.count_with_returns",
    "divisions": "count.divisions",
    "find_places": "places.find_places",
    "first_count": "estimate.first_count",
    "in_theme": "deep_dive.in_theme",
    "make_place": "places.make_place",
    "match": "apportion.match",
    "millions": "money.millions",
    "people": "estimate.people",
    "place": "places.place",
    "reference_table": "reference.read",
    "theme_rules": "deep_dive.theme_rules",
    "total_by": "count.total_by",
    "with_body_names": "count.with_body_names",
}
__all__ = sorted(_HOMES)

# jupyterlab's extra of jsonschema compiles a grammar of web addresses at import, a second in each
# process; nothing here needs it
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def __getattr__(name: str) -> Any:
    """One of the names of `__all__`, loaded now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, function = _HOMES[name].partition(".")
    return getattr(importlib.import_module(f"{__name__}.{module}"), function)


def __dir__() -> list[str]:
    """What there is to complete: the names of `__all__` too, before they are loaded."""
    return sorted({*globals(), *__all__})
