"""Imports without what nobody needs. To be imported before what brings in jsonschema: nbformat, papermill, nbconvert."""

import sys

# jupyterlab's extra of jsonschema compiles a grammar of web addresses at import, a second in every process; nothing here
# checks one.
sys.modules.setdefault("rfc3987_syntax", None)
