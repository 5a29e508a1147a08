"""A trace in print: the figure, where the report has it, the largest lines behind it with their origins, the publications."""

from totalplace import reference
from totalplace.audit.provenance import Origins
from totalplace.report.words import clean, money
from totalplace.run import manifest

MOST = 10  # lines printed, unless all are asked for


def printed(job, traced, every=False):
    """The lines of text of a trace. Raises ArithmeticError where they would not add to the figure.

    Text that partners wrote has no control character left in it.
    """
    lines = traced.lines if every else traced.lines.head(MOST)
    origins = Origins(job.place, job.year, traced.ledger)
    behind = [origins.of(line) for _, line in lines.iterrows()]
    asked = " and ".join(f"{column} = {clean(value)}" for column, value in traced.asked.items())
    yield f"{origins.place.name}, {job.year}: {asked}"
    yield f"{traced.pence:,} pence ({money(traced.pence)}; a table that adds as printed may show it a tenth off)"
    yield from _cells(traced)
    yield f"\nBehind it: {len(traced.lines):,} lines of the ledger, the largest first"
    for (_, line), origin in zip(lines.iterrows(), behind, strict=True):
        yield f"  {line['pence']:,} pence  {clean(line['spender'])}: {clean(line['sub_function'])}, {line['economic']}"
        yield from (f"    {text}" for text in origin.told)
    shown, rest = int(lines["pence"].sum()), traced.lines.iloc[len(lines) :]
    more = int(rest["pence"].sum())
    if len(rest):
        yield f"  and {len(rest):,} more adding to {more:,} pence (--all prints every line)"
    if shown + more != traced.pence:
        raise ArithmeticError(
            f"{shown:,} and {more:,} pence are not {traced.pence:,}; this is a bug, not your data."
        )
    yield f"Sum: {shown:,} + {more:,} = {traced.pence:,} pence, as the figure."
    yield from _publications(job, behind)


def _cells(traced):
    """Where the report has the figure."""
    if traced.cells:
        yield "\nIn the report"
    for file, row, column, pence in traced.cells:
        yield f"  {file}, row {row}, {clean(column)}: {pence:,} pence"


def _publications(job, behind):
    """The publications and the returned files that the printed lines are from, with their fingerprints."""
    names = {name for origin in behind for name in origin.sources}
    if names:
        yield "\nPublished in"
    for row in reference.sources(sorted(names)).itertuples():
        yield f"  {row.source}: {row.publisher}, {row.title} ({row.published}), {row.licence}"
        yield f"    {row.file}, sha256 {row.sha256}"
    files = sorted({name for origin in behind for name in origin.files})
    if files:
        yield "\nReturned in"
    for name in files:
        path = reference.home() / "data" / "raw" / "returns" / job.place / name
        told = f"sha256 {manifest.fingerprint(path)}" if path.is_file() else "no longer there"
        yield f"  data/raw/returns/{job.place}/{clean(name)}, {told}"
