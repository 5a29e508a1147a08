"""Warm kernels: an ipykernel forked from a process that has imported everything.

A stock kernel starts a Python, imports what the notebook needs and compiles grammars that it does
not use: most of a report's time. Here the imports are done once (`import_libraries`); each kernel
is a fork of the process that has them, and is killed at its end. What a library sets when it is
imported is set again in the fork (`_reset_libraries`).

Private parts of other libraries, pinned by requirements.lock and tested in
tests/run/test_kernels.py: a KernelManager takes the provisioner that is set on it before it starts;
a provisioner's `process` is asked for poll, wait and signals; `rcParams._set`.
"""

import contextlib
import gc
import importlib.util
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import psutil
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from totalplace.run.atomic_folder import is_alive, scratch_folder
from totalplace.run.job import CAN_FORK

WANTED = [
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "sqlite3",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "papermill",
    "nbclient",
    "nbconvert",
    "pandas",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_svg",
    "seaborn",
    "totalplace.ledger",
    "totalplace.deep_dive",
    "totalplace.findings",
    "totalplace.ledger_files",
    "totalplace.report.exporter",
    "totalplace.report.page",
]


@contextlib.contextmanager
def environment(**values: str) -> Iterator[None]:
    """Environment variables for the time of a block; a kernel that starts in it inherits them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def import_libraries() -> None:
    """Import everything that a notebook may want, once.

    Raises RuntimeError where a thread is alive after it.
    """
    with environment(PYDEVD_DISABLE_FILE_VALIDATION="1"):  # the debugger would print advice
        for name in WANTED:
            importlib.import_module(name)
    if threading.active_count() > 1:
        alive = threading.enumerate()
        raise RuntimeError(
            f"threads are alive before the fork: {alive}; use --cold and report this"
        )


@contextlib.contextmanager
def prepare_for_forks() -> Iterator[None]:
    """A block that imports and reads for every fork after it; no garbage is collected in it."""
    if gc.get_freeze_count():  # else a process that builds again would keep the garbage each time
        gc.unfreeze()
        gc.collect()
    gc.disable()
    try:
        yield
        freeze_memory()
    finally:
        gc.enable()


def freeze_memory() -> None:
    """Exempt what is in memory from garbage collection, which would copy what forks share."""
    gc.freeze()


@contextlib.contextmanager
def start_kernel(folder: Path, warm: bool) -> Iterator[AsyncKernelManager]:
    """A kernel for one notebook, as a KernelManager; it is killed at the end of the block.

    warm: forked from this process, in which no thread, zmq context or event loop may be alive, and
    working in `folder`; else a stock kernel, which papermill starts.
    """
    with scratch_folder("kernels") as sockets:
        manager = _manager(Path(sockets))
        if warm:
            manager.write_connection_file()
            manager.provisioner = _provisioner(manager, _fork(manager.connection_file, folder))
        try:
            yield manager
        finally:
            if manager.has_kernel:
                manager.provisioner.process.kill()
                manager.provisioner.process.wait()


class _Client(AsyncKernelClient):
    """A client that is ready once the kernel is idle; the stock one waits for silence as well."""

    async def wait_for_ready(self, timeout=None):
        """Ask until the kernel answers and is seen to be idle: its outputs arrive then."""
        end = time.monotonic() + (timeout or 60)
        while time.monotonic() < end:
            asked = self.kernel_info()
            with contextlib.suppress(Empty):
                while (await self.get_shell_msg(timeout=1))["parent_header"].get("msg_id") != asked:
                    pass
                while not _is_idle(await self.get_iopub_msg(timeout=0.2), asked):
                    pass
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before it was ready")
        raise RuntimeError(f"Kernel was not ready after {timeout or 60} s")


def _is_idle(message, asked):
    """True for the message that says the kernel has done what was asked."""
    if message["parent_header"].get("msg_id") != asked or message["msg_type"] != "status":
        return False
    return message["content"]["execution_state"] == "idle"


def _manager(sockets):
    """A manager of a kernel; on POSIX reached by sockets in a folder that nobody else can read."""
    if os.name != "posix":
        return AsyncKernelManager()
    where = {"ip": str(sockets / "socket"), "connection_file": str(sockets / "kernel.json")}
    return AsyncKernelManager(transport="ipc", client_factory=_Client, **where)


def _fork(connection, folder):
    """Fork a kernel and wait until its sockets are there; returns its process."""
    reading, writing = os.pipe()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        _run_kernel(connection, folder, writing, parent)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        pipe.read()  # until the child closes it: a socket not yet there costs a tenth of a second
    return _ForkedProcess(child)


def _provisioner(manager, process):
    provisioner = LocalProvisioner(
        kernel_id="forked", kernel_spec=manager.kernel_spec, parent=manager
    )
    provisioner.process, provisioner.pid = process, process.pid
    return provisioner


class _ForkedProcess:
    """A forked child with the methods of subprocess.Popen that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid, self.returncode = pid, None

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self) -> int | None:
        """The exit code, once it has ended."""
        return self._reap(0)

    def _reap(self, options):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    terminate = kill


def _run_kernel(connection, folder, writing, parent):
    """What the forked child does until it is killed; it never returns.

    writing: the pipe it closes when ready.
    """
    from ipykernel.kernelapp import IPKernelApp

    try:
        end_with_parent(parent)
        os.setpgid(0, 0)
        os.closerange(3, writing)
        os.closerange(writing + 1, os.sysconf("SC_OPEN_MAX"))
        os.chdir(folder)
        _imitate_launcher(connection)
        app = IPKernelApp.instance()
        app.initialize(["-f", connection, "--HistoryManager.hist_file=:memory:"])
        _reset_libraries()
        os.close(writing)
        app.start()
    finally:
        os._exit(1)


def _imitate_launcher(connection):
    """What a program sees of how it was started, as the stock launcher leaves it."""
    script = str(Path(sys.argv[0]).parent)
    sys.path[:] = [entry for entry in sys.path if entry not in ("", script)]
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [str(launcher and launcher.origin), "-f", connection]
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY)):
        os.dup2(os.open(os.devnull, flags), number)


def _reset_libraries():
    """Set again what libraries set when they were imported, before there was a shell."""
    import matplotlib
    import numpy
    import pandas

    numpy.random.seed()  # the fork has copied the state, and would draw the numbers of all others
    matplotlib.rcParams._set("backend", os.environ["MPLBACKEND"])
    pandas.set_option("display.max_columns", 20)  # as pandas sets it when imported in a notebook


def end_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when `parent`, which started it, ends in any way."""
    if CAN_FORK:
        _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)


def adopt_orphans() -> None:
    """Ask Linux to make this process the parent of what its children leave behind."""
    if CAN_FORK:
        _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def _prctl(option, value):
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_children(process: psutil.Process) -> None:
    """Kill whatever a process has started, and what that started, until nothing is left."""
    while alive := [child for child in process.children(recursive=True) if is_alive(child)]:
        for child in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(alive, timeout=1)
