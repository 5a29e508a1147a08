"""totalplace: the command line. Exit status 0 only when everything asked for was built."""

import functools
import sys

import click

from totalplace import estimate, places, returns
from totalplace.audit import chain, trace, verify
from totalplace.errors import InputError, RunError
from totalplace.report import index_pages
from totalplace.returns import annotated_copy, check_report
from totalplace.run import dask_cluster, manifest, many_places, one_place, pdf, progress
from totalplace.run.manifest import Job


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main():
    """All public money spent in an English place: on what, by whom, for whom, and how firmly known."""


@main.command("places")
@click.argument("word", default="")
def list_places(word):
    """List the places and areas known, or those whose name, slug or code has WORD in it."""
    found = places.find_places(word)
    for row in found.itertuples():
        click.echo(f"{row.place:40} {row.name}" + (f": {row.areas} areas" if row.areas > 1 else ""))
    if found.empty:
        _stop([f"no place has {word!r} in its name, slug or code."])


@main.command()
@click.argument("names", metavar="PLACE...", nargs=-1)
@click.option("--pilots", is_flag=True, help="The 13 Total Place pilots.")
@click.option("--all", "everywhere", is_flag=True, help="All 326 districts and unitaries.")
@click.option("--year", default="2008-09", show_default=True, help="Financial year of the count.")
@click.option(
    "--scope",
    default="identifiable",
    show_default=True,
    help="What the count takes in: a scope of scopes.csv.",
)
@click.option(
    "--audience",
    type=click.Choice(["board", "working"]),
    default="board",
    show_default=True,
    help="Who it is for.",
)
@click.option(
    "--param",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="Another parameter of the notebooks.",
)
@click.option(
    "--force", is_flag=True, help="Also places whose reports were made from what is there now."
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="How many at once; without it, as many as there are cores.",
)
@click.option("--timeout", type=click.FloatRange(1), help="Seconds that a notebook may take.")
@click.option(
    "--cold",
    is_flag=True,
    help="In stock kernels, not forked ones (always so on Windows and macOS).",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="On the Dask cluster of this scheduler, as tcp://10.0.0.5:8786.",
)
def run(
    names,
    pilots,
    everywhere,
    year,
    scope,
    audience,
    parameters,
    force,
    workers,
    timeout,
    cold,
    scheduler,
):
    """Build the reports of PLACE..., into reports/<year>/<place>/: those whose inputs have changed, or all with --force."""
    asked = [
        *names,
        *(places.pilots() if pilots else []),
        *(places.all_areas() if everywhere else []),
    ]
    given = tuple(sorted(_given(parameters).items()))
    if not asked:
        _stop(["no place was given. Name one (see `totalplace places`), or say --pilots or --all."])
    jobs = [Job(slug, year, scope, audience, parameters=given) for slug in _slugs(asked)]
    plain = one_place.RunOptions()
    way = one_place.RunOptions(workers or plain.workers, timeout, cold or plain.cold)
    try:
        build = (
            functools.partial(dask_cluster.build, scheduler=scheduler)
            if scheduler
            else many_places.build
        )
        outcomes = progress.shown(jobs, build(jobs, way=way, force=force, told=progress.told))
    except InputError as fault:
        _stop([str(fault)])
    except KeyboardInterrupt:
        _stop(["interrupted: what was built stays, what was not is as it was."], status=130)
    click.echo(progress.summary(outcomes))
    for left_out in index_pages.write_all(many_places.folders(jobs[0])["pages"].parent.parent):
        click.echo(f"left out of the index: {left_out}", err=True)
    if any(one.state == many_places.FAILED for one in outcomes):
        sys.exit(1)


@main.command("verify")
@click.argument("name", metavar="PLACE")
@click.option("--year", default="2008-09", show_default=True, help="Financial year of the count.")
@click.option(
    "--audience",
    type=click.Choice(["board", "working"]),
    default="board",
    show_default=True,
    help="Who it is for.",
)
@click.option(
    "--scope", help="The scope that the report should be of; without it, the one it was made with."
)
def verify_report(name, year, audience, scope):
    """Make the reports of PLACE again in a scratch folder, and compare them with their manifest, byte for byte.

    Ends with 0 only when every file is as it was built, is made again the same, and no input has changed since.
    """
    try:
        job = verify.job_of(Job(places.place(name).slug, year, audience=audience))
        found = verify.verify(job)
    except (InputError, RunError) as fault:
        _stop([str(fault)], status=2 if isinstance(fault, InputError) else 1)
    if scope not in (None, job.scope):
        found = [f"the report is of the scope {job.scope!r}, not {scope!r}", *found]
    if found:
        _stop([*found, f"{job.place}, {year}: NOT the same, in {len(found)} ways."], status=1)
    files = len(manifest.read(many_places.folders(job)["pages"])["outputs"])
    click.echo(
        f"{job.place}, {year}: {files} files, every one the same byte for byte; no input has changed."
    )


@main.command("pdf")
@click.argument("name", metavar="PLACE")
@click.option("--year", default="2008-09", show_default=True, help="Financial year of the count.")
@click.option(
    "--audience",
    type=click.Choice(["board", "working"]),
    default="board",
    show_default=True,
    help="Who it is for.",
)
def print_pdf(name, year, audience):
    """Print the reports of PLACE as PDF, into pdf/ beside them, with an installed Chromium, Chrome or Edge.

    The browser is looked for on the PATH and in the usual places; TOTALPLACE_BROWSER_PATH names another.
    """
    try:
        slug = places.place(name).slug
    except InputError as fault:
        _stop([str(fault)])
    try:
        for path in pdf.print_pages(Job(slug, year, audience=audience)):
            click.echo(path)
    except (InputError, RunError) as error:
        _stop([str(error)], status=1)


@main.command("trace")
@click.argument("name", metavar="PLACE")
@click.argument("conditions", metavar="COLUMN=VALUE...", nargs=-1, required=True)
@click.option(
    "--ledger",
    type=click.Choice(list(trace.LEDGERS)),
    default="count",
    show_default=True,
    help="Which lines.",
)
@click.option(
    "--file",
    "table",
    help="A table of the report (divisions.csv): the conditions are on its columns.",
)
@click.option("--all", "every", is_flag=True, help="Print every line.")
@click.option("--year", default="2008-09", show_default=True, help="Financial year of the count.")
@click.option(
    "--audience",
    type=click.Choice(["board", "working"]),
    default="board",
    show_default=True,
    help="Who it is for.",
)
def trace_figure(name, conditions, ledger, table, every, year, audience):
    """Print the chain behind a figure of PLACE, down to the published row or the partner's cell: trace croydon "division=09".

    Conditions are on columns of a ledger; cofog, division and group go by prefix. The pence printed add to the figure.
    """
    asked = _given(conditions, "a condition is COLUMN=VALUE")
    try:
        job = Job(places.place(name).slug, year, audience=audience)
        if table:
            asked, ledger = trace.translated(job, table, asked)
        lines = list(chain.printed(job, trace.trace(job, asked, ledger), every))
    except InputError as fault:
        _stop([str(fault)])
    except ArithmeticError as error:
        _stop([str(error)], status=1)
    for line in lines:
        click.echo(line)


@main.command()
@click.argument("name", metavar="PLACE")
@click.option(
    "--body",
    help="The body of one workbook, as in bodies.csv; without it, every body with money in the place.",
)
@click.option("--year", default="2008-09", show_default=True, help="Financial year of the count.")
def template(name, body, year):
    """Write the workbooks that the partners of PLACE fill in, one for each body."""
    try:
        place = places.place(name)
        expected = estimate.first_count(place, year)
        for path in returns.write_templates(place, year, body, expected):
            click.echo(path)
    except InputError as fault:
        _stop([str(fault)])


@main.command()
@click.argument("name", metavar="PLACE")
@click.option("--year", default="2008-09", show_default=True, help="Financial year of the count.")
def check(name, year):
    """Read the returns of PLACE: every fault and question at once, with its remedy, and the sums.

    Ends with 0 only when nothing is refused and no question is unanswered.
    """
    try:
        place = places.place(name)
        read = returns.read_returns(place, year, estimate.first_count(place, year))
    except InputError as fault:
        _stop([str(fault)])
    if not read.files:
        _stop(
            [
                f"no files in {returns.folder(read.place)}: put the returns there. `totalplace template {name}` writes workbooks."
            ]
        )
    for line in check_report.report(read):
        click.echo(line)
    for path in annotated_copy.write_back(read):
        click.echo(f"marked copy: {path}")
    if not read.ready:
        sys.exit(1)


def _given(parameters, what="--param is NAME=VALUE"):
    """NAME=VALUE as a dict."""
    wrong = [text for text in parameters if "=" not in text]
    if wrong:
        _stop([f"{text!r}: {what}." for text in wrong])
    return dict(text.split("=", 1) for text in parameters)


def _slugs(asked):
    """The slugs of all places asked for, once each; every name that is not known is told at once."""
    slugs, faults = {}, []
    for name in asked:
        try:
            slugs[places.place(name).slug] = None
        except InputError as fault:
            faults.append(str(fault))
    if faults:
        _stop(faults)
    return list(slugs)


def _stop(messages, status=2):
    for message in messages:
        click.echo(message, err=True)
    sys.exit(status)
