"""A process beside a sweep that makes its cells: where it is killed, the sweep names the cell and goes on.

It takes configurations on its standard input and answers on its standard output, both as lines of JSON. It ends when
its input does, in the midst of a cell if need be, so that it never outlives the sweep.
"""

from __future__ import annotations

import functools
import json
import logging
import logging.config
import os
import queue
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from dataclasses import asdict
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from hydra.conf import HydraConf
from omegaconf import DictConfig, OmegaConf

from experiments.run import console, interrupts
from experiments.run.cell import Cell
from experiments.run.failures import CellFailed, StageFailed, in_one_line
from experiments.store.run import Run
from fairtab.errors import InputError

log = logging.getLogger(__name__)


def make(config: DictConfig) -> tuple[Run, Run]:
    """A cell and its ceiling, brought to their end in this process."""
    from experiments.run.pipeline import check_ceiling, run_ceiling, run_cell  # what computes takes seconds to import

    interrupts.listen()
    logging.captureWarnings(True)
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}"
    cell = Cell.from_config(config)
    check_ceiling(cell)
    return run_cell(cell), run_ceiling(cell)


def make_beside(config: DictConfig, hydra: HydraConf) -> tuple[Run, Run]:
    """The same in the worker. Raises CellFailed, whatever went wrong there."""
    cell = Cell.from_config(config)
    run = cell.run
    interrupts.listen()
    worker, parts = _worker(), {"config": config, "logging": hydra.job_logging}
    request = {name: OmegaConf.to_container(part, resolve=True) for name, part in parts.items()}
    try:
        answer = worker.ask(json.dumps({**request, "begins": f"#{hydra.job.num} " if parent_process() else ""}))
    except KeyboardInterrupt:
        worker.interrupt()
        raise
    if answer is None:
        _worker.cache_clear()
        reason = worker.death()
        if not cell.is_scored(run.recorded()):  # else it died over the ceiling
            run.fail("cell", reason)
        raise CellFailed(reason)
    if "failed" in answer:
        raise CellFailed(answer["failed"])
    return run, Run(**{**answer["ceiling"], "root": run.root})


class Worker:
    """The process, started at once. In a group of its own: a terminal's Ctrl-C is passed on to it, once."""

    def __init__(self) -> None:
        quiet = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)"  # while it imports
        for each in (signal.SIGTERM, signal.SIGUSR2):
            if callable(signal.getsignal(each)):  # a launcher answers it: Slurm sends it to all processes of a job
                quiet += f"; signal.signal({int(each)}, lambda *_: None)"
        command = [sys.executable, "-c", f"{quiet}; from {__name__} import serve; serve()"]
        # bars of several launcher's workers would overwrite one another
        terminal = {"TERM": "dumb"} if parent_process() else {}
        environment = {
            **os.environ,
            **terminal,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path]),
        }
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, process_group=0, stdin=pipe, stdout=pipe, text=True)

    def ask(self, request: str) -> dict[str, Any] | None:
        """The answer, None where the process died."""
        requests, answers = self.process.stdin, self.process.stdout
        assert requests  # both are pipes
        assert answers
        try:
            requests.write(request + "\n")
            requests.flush()
        except BrokenPipeError:
            return None
        answer = answers.readline()
        return json.loads(answer) if answer.endswith("\n") else None

    def interrupt(self) -> None:
        """Let the process finish what it is writing, and end."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def death(self) -> str:
        """What ended the process, in one line."""
        status = self.process.wait()
        if status >= 0:
            return f"its process ended with status {status}"
        name = signal.Signals(-status).name
        return f"its process was killed by {name}{', often for want of memory' if name == 'SIGKILL' else ''}"


@functools.lru_cache(maxsize=1)
def _worker() -> Worker:
    return Worker()


def serve() -> None:
    """What the worker does."""
    interrupts.listen()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    requests: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    busy = threading.Event()

    def read() -> None:
        for line in sys.stdin:
            requests.put(line)
        if busy.is_set():
            os._exit(1)  # the sweep is gone; whatever is half written has a temporary name
        requests.put(None)

    threading.Thread(target=read, daemon=True).start()
    try:
        while request := requests.get():
            busy.set()
            answer = _answer(json.loads(request))
            busy.clear()
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    except KeyboardInterrupt:
        sys.exit(130)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    logging.config.dictConfig(request["logging"])
    console.Line.begins = request["begins"]
    try:
        _, ceiling = make(OmegaConf.create(request["config"]))
    except (InputError, StageFailed, OSError) as error:
        return {"failed": str(error)}
    except Exception as error:  # noqa: BLE001 - a defect of ours: the sweep goes on, and the traceback says where
        log.error("%s", traceback.format_exc())
        return {"failed": in_one_line(error)}
    return {"ceiling": asdict(ceiling) | {"root": None}}
