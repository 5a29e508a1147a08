"""totalplace: the command line. Exit status 0 only when everything asked for was built.

Commands import what they need when they run, so that --help is quick.
"""

import json
import sys
from pathlib import Path
from typing import Any

import click

from totalplace import __version__
from totalplace.errors import InputError, RunError
from totalplace.run.command_line import COMPLETION, Commands, places_like, shared_options


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=COMPLETION
)
@click.version_option(__version__, prog_name="totalplace", message="%(prog)s %(version)s")
def main() -> None:
    """All public money spent in a place: on what, by whom, for whom, and how firmly known."""


@main.command("places")
@click.argument("words", metavar="[WORD...]", nargs=-1)
@click.option("--areas", is_flag=True, help="The areas of the one place that is named.")
def list_places(words: tuple[str, ...], areas: bool) -> None:
    """List the places and areas known, or those whose name, slug or code has WORD in it."""
    from totalplace import places

    word = " ".join(words)
    if areas:
        for row in places.areas(word).itertuples():
            click.echo(f"{row.name:40} county: {row.county}; region: {row.region}")
        return
    found = places.find_places(word)
    if found.empty:
        raise InputError(f"no place has {word!r} in its name, slug or code.")
    for row in found.itertuples():
        facts = [f"{row.areas} areas"] * (row.areas > 1) + ["a pilot"] * (row.theme != "")
        click.echo(f"{row.place:40} {row.name}" + (f": {', '.join(facts)}" if facts else ""))


@main.command("themes")
def list_themes() -> None:
    """List the themes of a deep dive, with the pilots whose own each is."""
    from totalplace import reference

    for row in reference.read("theme_names").itertuples():
        own = f" (of {', '.join(row.pilots.split())})" if row.pilots else ""
        click.echo(f"{row.theme:32} {row.name}{own}")


@main.command("scopes")
def list_scopes() -> None:
    """List the scopes of a count: each with the reason of its first rule."""
    from totalplace import reference

    for row in reference.read("scopes").drop_duplicates("scope").itertuples():
        click.echo(f"{row.scope:32} {row.reason}")


@main.command()
@click.argument("names", metavar="PLACE...", nargs=-1, shell_complete=places_like)
@click.option("--pilots", is_flag=True, help="The 13 Total Place pilots.")
@click.option("--all", "everywhere", is_flag=True, help="All 326 districts and unitaries.")
@shared_options("year", "scope", "theme", "audience", "notebooks")
@click.option(
    "--param",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="Another parameter of the notebooks.",
)
@click.option("--force", is_flag=True, help="Also places whose reports are up to date.")
@click.option(
    "--workers", type=click.IntRange(1), help="How many at once; the default is one for each core."
)
@click.option("--timeout", type=click.FloatRange(1), help="Seconds that a notebook may take.")
@click.option(
    "--cold",
    is_flag=True,
    help="In ordinary kernels, not forked ones (always so on Windows and macOS).",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="On the Dask cluster of this scheduler, as tcp://10.0.0.5:8786.",
)
def run(
    names: tuple[str, ...],
    pilots: bool,
    everywhere: bool,
    force: bool,
    workers: int | None,
    timeout: float | None,
    cold: bool,
    scheduler: str | None,
    **chosen: Any,
) -> None:
    """Build the reports of PLACE..., into reports/<year>/<place>/.

    Places whose inputs have not changed are left alone, unless --force says otherwise.

    Another scope or theme than the place's own has a folder of its own beside it:
    reports/<year>/<place>--scope-<scope>/ and <place>--theme-<theme>/.
    """
    from totalplace import reference
    from totalplace.report import index_pages
    from totalplace.run import dask_cluster, many_places, progress

    reference.read("national_spend", chosen["year"])  # else a forgotten year would take a place
    jobs = _jobs(_places_asked(names, pilots, everywhere), **chosen)
    options = _run_options(workers, timeout, cold)
    how: dict[str, Any] = {"options": options, "force": force, "say": progress.say_waiting}
    if scheduler:
        building = dask_cluster.build(jobs, scheduler, **how)
    else:
        building = many_places.build(jobs, **how)
    outcomes = progress.show_outcomes(jobs, building)
    click.echo(progress.summary(outcomes))
    left_out = index_pages.write_all(jobs[0].folders()["pages"].parent.parent)
    for note in progress.notes(left_out, outcomes):
        click.echo(note, err=True)
    if any(one.state == many_places.FAILED for one in outcomes):
        sys.exit(1)


@main.command()
@shared_options("place", "year", "scope", "theme", "audience", "notebooks")
def verify(notebooks: tuple[str, ...], **chosen: str) -> None:
    """Make the reports of PLACE again, and compare them with their manifest, byte for byte.

    Its other parameters (--param) are those that the manifest says it was made with. Ends with 0
    only when every file is as it was built, is made again the same, and no input has changed since.
    """
    from totalplace.audit import verify
    from totalplace.run import manifest
    from totalplace.run.job import make_job

    job = verify.job_of_report(make_job(**chosen), notebooks)
    found = verify.verify(job)
    if found:
        differences = f"{len(found)} difference{'' if len(found) == 1 else 's'}"
        raise RunError("\n".join([*found, f"{job.folder_name}, {job.year}: {differences}."]))
    files = len(manifest.outputs(job.folders()))
    same = f"{files} files, every one the same byte for byte; no input has changed."
    click.echo(f"{job.folder_name}, {job.year}: {same}")


@main.command()
@shared_options("place", "year", "scope", "theme", "audience")
def pdf(**chosen: str) -> None:
    """Print the reports of PLACE as PDF, into pdf/ beside them, with an installed browser.

    Chromium, Chrome or Edge is looked for on the PATH and in the usual places;
    TOTALPLACE_BROWSER_PATH names another.
    """
    from totalplace.run import pdf
    from totalplace.run.job import make_job

    for path in pdf.print_pages(make_job(**chosen)):
        click.echo(path)


@main.command()
@shared_options("place")
@click.argument("conditions", metavar="COLUMN=VALUE...", nargs=-1, required=True)
@click.option(
    "--ledger",
    type=click.Choice(["count", "deep_dive", "theme", "flows"]),
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
@shared_options("year", "scope", "theme", "audience")
def trace(
    place: str,
    conditions: tuple[str, ...],
    ledger: str,
    table: str | None,
    every: bool,
    **chosen: str,
) -> None:
    """Print what is behind a figure of PLACE, down to the published row or the partner's cell.

    For example: totalplace trace croydon "division=09". Conditions are on columns of a ledger;
    cofog, division and group go by prefix. The pence printed add to the figure.
    """
    from totalplace.audit import trace
    from totalplace.run.job import make_job

    if "=" in place:
        example = 'totalplace trace croydon "division=09"'
        raise InputError(f"{place!r} is no place: the place comes first, as in {example}.")
    asked = _named_values(conditions, "a condition is COLUMN=VALUE")
    job = make_job(place, **chosen)
    if table:
        asked, ledger = trace.conditions_of_row(job, table, asked)
    for line in list(trace.trace_lines(job, trace.trace_figure(job, asked, ledger), every)):
        click.echo(line)


@main.command()
@shared_options("place")
@click.option(
    "--body",
    help="The body of one workbook, by name or as in bodies.csv; by default, all with money here.",
)
@shared_options("year")
def template(place: str, body: str | None, year: str) -> None:
    """Write the workbooks that the partners of PLACE fill in, one for each body."""
    from totalplace import estimate, places, returns

    here = places.place(place)
    for path in returns.write_templates(here, year, body, estimate.first_count(here, year)):
        click.echo(path)


@main.command()
@shared_options("place", "year")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for programs.",
)
def check(place: str, year: str, form: str) -> None:
    """Read the returns of PLACE: every fault and question at once, with its remedy, and the sums.

    Ends with 0 only when nothing is refused and no question is unanswered.
    """
    from totalplace import estimate, places, returns
    from totalplace.returns import annotated_copy, check_report

    try:
        here = places.place(place)
        read = returns.read_returns(here, year, estimate.first_count(here, year))
        if not read.files:
            put = f"put the returns there. `totalplace template {place}` writes workbooks."
            raise InputError(f"no files in {returns.folder(read.place)}: {put}")
    except InputError as error:
        if form != "json":
            raise
        click.echo(json.dumps({"ready": False, "error": str(error)}, indent=1))
        sys.exit(2)
    copies = annotated_copy.write_back(read)
    if form == "json":
        click.echo(json.dumps(check_report.as_dict(read, copies), indent=1))
    else:
        for line in [*check_report.report(read), *(f"marked copy: {path}" for path in copies)]:
            click.echo(line)
    if not read.ready:
        sys.exit(1)


def _places_asked(names, pilots, everywhere):
    """The names of the places asked for. Raises InputError where there are none."""
    from totalplace import places

    asked = [*names]
    asked += places.pilots() if pilots else []
    asked += places.all_areas() if everywhere else []
    if not asked:
        see = "Name one (see `totalplace places`), or say --pilots or --all"
        raise InputError(f"no place was given. {see}.")
    return asked


def _run_options(workers, timeout, cold):
    """How a run is asked to go, else as usual."""
    from totalplace.run.job import RunOptions

    usual = RunOptions()
    return RunOptions(workers or usual.workers, timeout, cold or usual.cold)


def _jobs(names, notebooks, parameters, **chosen):
    """A job for each place, once. Raises InputError with every fault."""
    from dataclasses import replace

    from totalplace.run.job import make_jobs

    if "" in notebooks:
        raise InputError("--notebook is blank: name the file of a notebook.")
    given = tuple(sorted(_named_values(parameters, "--param is NAME=VALUE").items()))
    own = tuple(str(Path(path).resolve()) for path in notebooks)
    jobs = make_jobs(names, **chosen)
    return [replace(job, own_notebooks=own, parameters=given) for job in jobs]


def _named_values(pairs, what):
    """NAME=VALUE... as a dict. Raises InputError."""
    wrong = [f"{text!r}: {what}." for text in pairs if "=" not in text]
    if wrong:
        raise InputError("\n".join(wrong))
    return dict(text.split("=", 1) for text in pairs)
