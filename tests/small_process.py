"""A small process that does the work of tests: a fork of it is cheap, and one of a large pytest is not."""

import atexit
import multiprocessing
import os


class SmallProcess:
    """A spawned process that has only what it was asked to do; it is started by the first call."""

    def __init__(self):
        self.pipe = None

    def call(self, work, *given, **named):
        """work(*given, **named) done there, in the environment of here: what it returns or raises."""
        if self.pipe is None:
            self._start()
        self.pipe.send((work, given, named, dict(os.environ)))
        kind, content = self.pipe.recv()
        if kind == "error":
            raise content
        return content

    def _start(self):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        house = os.environ.pop("TOTALPLACE_HOME", None)  # it is of no house: see tests/waiting.py
        context.Process(target=_serve, args=(theirs,)).start()
        if house is not None:
            os.environ["TOTALPLACE_HOME"] = house
        theirs.close()
        atexit.register(self.pipe.close)  # before multiprocessing waits for its end


def _serve(pipe):
    """Do what is asked until the other end is closed."""
    while True:
        try:
            work, given, named, environment = pipe.recv()
        except EOFError:
            return
        os.environ.clear()
        os.environ.update(environment)
        try:
            ended = "result", work(*given, **named)
        except Exception as error:
            ended = "error", error
        pipe.send(ended)


_PROCESS = SmallProcess()
call = _PROCESS.call
