"""An engine in a process of its own, with a deadline for each answer.

No library offers a way to stop a query that hangs in native code; a process can always be ended. It also keeps a crash or an
engine's memory away from the others. Time is taken beside the engine, so that the way of the answer to the parent is free.
"""

import contextlib
import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import threading
import time

START_SECONDS_MAX = 120
TIMEOUTS_MAX = 2


class Trouble(Exception):
    """Why a query has no time: `kind` is what the table shows, the text is for the notes below it."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


class Worker:
    """The parent's end. After a time-out the engine starts anew with the next query, until it has timed out too often."""

    def __init__(self, name, arguments, python, log, seconds_max):
        self.command = [python, pathlib.Path(__file__).resolve(), name, json.dumps(arguments)]
        self.log = log
        self.seconds_max = seconds_max
        self.timeouts = 0
        self.process = None
        self.version = self.start()

    def start(self):
        # What an ended process leaves behind, or spills into the folder it runs in, goes with the folder of its log.
        folder = self.log.parent
        environment = dict(os.environ, TMPDIR=str(folder))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        try:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    self.command, **pipes, stderr=log, env=environment, cwd=folder, start_new_session=True
                )
        except OSError as error:
            raise Trouble("failed", summary(error)) from error
        try:
            return self.receive(START_SECONDS_MAX)
        except Trouble:
            self.stop()
            raise

    def ask(self, sql):
        """Seconds until the whole answer was an Arrow table, and its rows."""
        if self.timeouts == TIMEOUTS_MAX:
            raise Trouble("left out", f"{TIMEOUTS_MAX} time-outs before")
        if self.process is None:
            self.start()
        try:
            pickle.dump(sql, self.process.stdin)
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.ended() from None
        return self.receive(self.seconds_max)

    def receive(self, seconds_max):
        late = threading.Event()

        def end():
            late.set()
            os.killpg(self.process.pid, signal.SIGKILL)

        timer = threading.Timer(seconds_max, end)
        timer.start()
        try:
            kind, value = pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError):
            kind, value = "ended", None
        finally:
            timer.cancel()
            timer.join()
        if late.is_set():
            self.timeouts += 1
            self.stop()
            last = self.timeouts == TIMEOUTS_MAX
            text = f"no answer within {seconds_max:g} s" + ("; left out of all later queries" if last else "")
            raise Trouble("timed out", text)
        if kind == "ended":
            raise self.ended()
        if kind == "failed":
            raise Trouble(kind, value)
        return value

    def ended(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        code = self.process.returncode
        self.stop()
        last = self.log.read_text(errors="replace").strip().splitlines()[-1:]
        return Trouble("failed", " ".join([f"its process ended with {code}", *last])[:300])

    def stop(self):
        """Ends the process and all that it started; the next query starts it anew."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


def serve(name, arguments):
    """The child's end: reads queries and writes answers until the parent closes the pipe."""
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not get between the answers.
    os.dup2(2, 1)

    def tell(kind, value):
        pickle.dump((kind, value), answers)
        answers.flush()

    try:
        from peers import ENGINES

        engine = ENGINES[name](**arguments)
        tell("ready", engine.version)
        while True:
            sql = pickle.load(sys.stdin.buffer)
            try:
                begun = time.perf_counter()
                table = engine.run(sql)
                seconds = time.perf_counter() - begun
                tell("answer", (seconds, list(zip(*[column.to_pylist() for column in table.columns]))))
            except BaseException as error:  # A panic of Rust code is not an Exception.
                tell("failed", summary(error))
    except EOFError:
        pass
    except Exception as error:
        tell("failed", summary(error))
    # Servers inside an engine may have threads that would keep the process.
    os._exit(0)


def summary(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


if __name__ == "__main__":
    serve(sys.argv[1], json.loads(sys.argv[2]))
