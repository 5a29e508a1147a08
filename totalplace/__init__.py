"""Total Place: all public money spent in a place, on what, by whom, for whom, and how firmly known."""

import sys

__version__ = "0.1.0"

# jupyterlab's extra of jsonschema compiles a grammar of web addresses at import, a second in each process; nothing here needs it
sys.modules.setdefault("rfc3987_syntax", None)
