"""Warm kernels: a real ipykernel forked from a process that has imported everything, spoken to through sockets on disk.

A stock kernel starts a Python, imports what the notebook needs and compiles grammars that nobody asks for: most of a report's
time. Here the imports are done once (`load`); each kernel is a fork of the process that has them, and is ended without
ceremony. What a library settled when it was imported, before there was a shell, is settled again in the fork (`_as_new`).

Private parts of others, pinned by requirements.lock and held by tests/test_kernels.py: a KernelManager takes the provisioner
that is set on it before it starts; a provisioner's `process` is asked for poll, wait and signals; `rcParams._set`.
"""

import contextlib
import gc
import importlib.util
import os
import signal
import sys
import threading
import time
from pathlib import Path
from queue import Empty

import psutil
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from totalplace.run import scratch

CAN_FORK = sys.platform == "linux"  # macOS has fork, but its system libraries do not survive one
WANTED = [
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect", "IPython.extensions.storemagic", "sqlite3",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "papermill", "nbclient",
    "nbconvert", "pandas", "matplotlib.pyplot", "matplotlib.backends.backend_svg", "seaborn", "totalplace.ledger",
    "totalplace.deep_dive", "totalplace.findings", "totalplace.ledger_files", "totalplace.report.exporter", "totalplace.report",
]  # fmt: skip


@contextlib.contextmanager
def environment(**values):
    """Environment variables for the time of a block; a kernel that starts in it inherits them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def load():
    """Import everything that a notebook may want, once. Starts no thread."""
    with environment(
        PYDEVD_DISABLE_FILE_VALIDATION="1"
    ):  # the debugger, which nobody starts, would print advice
        for name in WANTED:
            importlib.import_module(name)
    if threading.active_count() > 1:
        raise RuntimeError(
            f"threads are alive before the fork: {threading.enumerate()}; use --cold and report this"
        )


@contextlib.contextmanager
def uncollected():
    """A block that imports and reads for all forked after it: the garbage collector waits, and then leaves that alone."""
    if (
        gc.get_freeze_count()
    ):  # a process that builds again and again would keep the garbage of each time
        gc.unfreeze()
        gc.collect()
    gc.disable()
    try:
        yield
        freeze()
    finally:
        gc.enable()


def freeze():
    """Set what is in memory apart from the garbage collector, whose rounds would copy the pages that forks share."""
    gc.freeze()


@contextlib.contextmanager
def kernel(folder, warm):
    """A kernel of its own for one notebook, as a jupyter_client KernelManager; it is killed at the end.

    warm: forked from this process, where no thread, zmq context or event loop may be alive, and working in `folder`; else a
    stock kernel, which papermill starts.
    """
    with scratch.folder("kernels") as sockets:
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
    """A client that is ready as soon as the kernel has answered and been heard to; the stock one waits for silence as well."""

    async def wait_for_ready(self, timeout=None):
        """Ask until there is an answer and, with the kernel's being idle again, the proof that its outputs are heard."""
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
    answers = message["parent_header"].get("msg_id") == asked
    return (
        answers
        and message["msg_type"] == "status"
        and message["content"]["execution_state"] == "idle"
    )


def _manager(sockets):
    """A manager of a kernel that is spoken to over sockets in a folder that nobody else can read, where the system has such."""
    if os.name != "posix":
        return AsyncKernelManager()
    where = {"ip": str(sockets / "socket"), "connection_file": str(sockets / "kernel.json")}
    return AsyncKernelManager(transport="ipc", client_factory=_Client, **where)


def _fork(connection, folder):
    ready, said = os.pipe()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        _be_kernel(connection, folder, said, parent)
    os.close(said)
    with os.fdopen(ready, "rb") as word:
        word.read()  # a socket that is not there yet would be tried again only after a tenth of a second
    return _Forked(child)


def _provisioner(manager, process):
    provisioner = LocalProvisioner(
        kernel_id="forked", kernel_spec=manager.kernel_spec, parent=manager
    )
    provisioner.process, provisioner.pid = process, process.pid
    return provisioner


class _Forked:
    """A forked child with the face of subprocess.Popen that jupyter_client looks at."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid, self.returncode = pid, None

    def poll(self):
        """The exit code, or None while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self):
        """The exit code, once it has ended."""
        return self._reap(0)

    def _reap(self, options):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def send_signal(self, number):
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    terminate = kill


def _be_kernel(connection, folder, said, parent):
    """What the forked child does until it is killed; it never comes back."""
    from ipykernel.kernelapp import IPKernelApp

    try:
        die_with(parent)
        os.setpgid(0, 0)
        os.closerange(3, said)
        os.closerange(said + 1, os.sysconf("SC_OPEN_MAX"))
        os.chdir(folder)
        _as_launched(connection)
        app = IPKernelApp.instance()
        app.initialize(["-f", connection, "--HistoryManager.hist_file=:memory:"])
        _as_new()
        os.close(said)
        app.start()
    finally:
        os._exit(1)


def _as_launched(connection):
    """What a program finds of how it was started, as the stock launcher leaves it."""
    script = str(Path(sys.argv[0]).parent)
    sys.path[:] = [entry for entry in sys.path if entry not in ("", script)]
    sys.argv = [importlib.util.find_spec("ipykernel_launcher").origin, "-f", connection]
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY)):
        os.dup2(os.open(os.devnull, flags), number)


def _as_new():
    """Settle again what libraries settled when they were imported, before there was a shell and in another process."""
    import matplotlib
    import numpy
    import pandas

    numpy.random.seed()  # the fork has copied the state, and would draw the same numbers as every other
    matplotlib.rcParams._set("backend", os.environ["MPLBACKEND"])
    pandas.set_option(
        "display.max_columns", 20
    )  # what pandas takes at import where it finds a notebook


def die_with(parent):
    """Ask Linux to kill this process when `parent`, the process that started it, ends, however that ends."""
    if CAN_FORK:
        _prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)


def adopt():
    """Ask Linux to make this process the parent of whatever those below it leave behind, so that it can be found."""
    if CAN_FORK:
        _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def _prctl(option, value):
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_children(process):
    """Kill whatever a psutil.Process has started, and what that started, until nothing is left."""
    while alive := [child for child in process.children(recursive=True) if scratch.is_alive(child)]:
        for child in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(alive, timeout=1)
