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

_HOMES = {  # what an analyst uses, by the module that has it
    "apportion": ["match"],
    "count": ["divisions", "total_by", "with_body_names"],
    "deep_dive": ["apportion_to_theme", "in_theme", "theme_rules"],
    "disclosure": ["count_with_returns"],
    "estimate": ["first_count", "people"],
    "flows": ["by_age"],
    "money": ["millions"],
    "places": ["find_places", "make_place", "place"],
}
_NAMES = {name: f"{module}.{name}" for module, names in _HOMES.items() for name in names}
_NAMES |= {"apportion_by": "apportion.apportion"}  # the module has the verb's own name
_NAMES |= {"areas_of": "places.areas", "reference_table": "reference.read"}
__all__ = sorted(_NAMES)

# jupyterlab's extra of jsonschema compiles a grammar of web addresses at import, a second in each
# process; nothing here needs it
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def __getattr__(name: str) -> Any:
    """One of the names of `__all__`, loaded now."""
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, function = _NAMES[name].partition(".")
    return getattr(importlib.import_module(f"{__name__}.{module}"), function)


def __dir__() -> list[str]:
    """What there is to complete: the public names, before they are loaded too."""
    return __all__
