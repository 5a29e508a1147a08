"""Total Place: all public money spent in a place, on what, by whom, for whom, and how firmly known."""

__version__ = "0.1.0"
