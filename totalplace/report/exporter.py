"""The board report: a run notebook as one page of HTML that can be read, printed and trusted.

    jupyter nbconvert --to board high_level_count.ipynb

Only prose and what `show` made come through. Code, prompts and stderr stay behind; anything else in an output is refused,
naming its cell, for it has no alternative text, no place and no year, and nobody has escaped it. The page has no script and
asks for nothing outside itself.
"""

from pathlib import Path

from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from traitlets import default

from totalplace.report.contents import read
from totalplace.report.made import header, how_made

_HERE = Path(__file__).parent / "html"


class BoardExporter(TemplateExporter):
    """Exports a notebook as a board report. Notebook metadata `totalplace` fills the header and "How this was made"."""

    export_from_notebook = "Board report (HTML)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self):
        return ".html"

    @default("optimistic_validation")
    def _default_optimistic_validation(self):
        return (
            True  # once, after the last of nbconvert's steps, none of which changes anything here
        )

    @default("template_name")
    def _template_name_default(self):
        return _HERE.name

    @default("extra_template_basedirs")
    def _default_extra_template_basedirs(self):
        return [str(_HERE.parent)]

    def _create_environment(self):
        """The nbconvert environment, which escapes nothing by itself, made to escape everything."""
        environment = super()._create_environment()
        environment.autoescape = True
        return environment

    def from_notebook_node(self, nb, resources=None, **kw):
        """Notebook -> (HTML text, resources). Raises InputError, naming the cell, for what a board report cannot hold."""
        facts = nb.metadata.get("totalplace") or {}
        contents = read(nb, warn=self.log.warning)
        page = {
            **header(facts, contents),
            "made": how_made(facts),
            "headings": contents.headings,
            "body": Markup("\n".join(contents.blocks)),
            "css": Markup((_HERE / "board.css").read_text(encoding="utf-8")),
        }
        resources = {**(resources or {}), "board": page}
        return super().from_notebook_node(nb, resources, **kw)
