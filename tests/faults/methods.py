"""A method that fails in a chosen way, to run with `run.py`."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from baselines.independent import Independent


@dataclass(eq=False)
class Faulty(Independent):
    """`fault` happens in fitting: "memory" runs out of it, "kill" dies, "wait" waits, "deaf" ignores Ctrl-C, too.

    "once" waits without end, but only in its first fit with a seed. Fits leave a file in the folder FAIRTAB_TEST_MARKS;
    without this folder there is no wait.
    """

    fault: str = "none"

    def fit(self, *args, seed, **options):
        if self.fault == "once" and (folder := os.environ.get("FAIRTAB_TEST_MARKS")):
            mark = Path(folder) / str(seed)
            if not mark.exists():
                mark.touch()
                time.sleep(3600)
        if self.fault == "memory":
            raise MemoryError
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault in ("wait", "deaf"):
            seconds = float(os.environ.get("FAIRTAB_TEST_WAIT", "60"))
            try:  # around the words, too: who reads them may interrupt before the next line
                sys.stderr.write(f"waiting in process {os.getpid()}\n")
                sys.stderr.flush()
                time.sleep(seconds)
            except KeyboardInterrupt:
                if self.fault == "wait":
                    raise
                time.sleep(seconds)
        return super().fit(*args, seed=seed, **options)


def faulty(*faults: str) -> list[str]:
    """The arguments of run.py that choose it."""
    target = "method._target_=tests.faults.methods.Faulty"
    return ["method=independent", target, f"+method.fault={','.join(faults)}"]
