"""Reports built for tests, in a small process, with small notebooks."""

from tests.small_process import call
from totalplace.run import many_places
from totalplace.run.job import Job, RunOptions


def job(place="croydon", **more):
    """A job of the one year that there is."""
    return Job(place, "2008-09", **more)


def build(*jobs, force=False, **options):
    """What became of each job: folder name -> Outcome."""
    outcomes = call(_build, list(jobs), RunOptions(**options), force)
    return {one.job.folder_name: one for one in outcomes}


def _build(jobs, options, force):
    return list(many_places.build(jobs, options, force))


def files_of(*folders):
    """Every file under folders: path -> bytes."""
    return {
        path: path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }
