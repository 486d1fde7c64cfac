"""Whether a process has ended."""

import time
from pathlib import Path


def is_gone(process: int) -> bool:
    """Tell whether a process that was killed is gone. The system may need a moment for it."""
    path = Path(f"/proc/{process}/cmdline")
    for _ in range(100):
        try:
            if not path.read_bytes():  # nobody has asked for its exit status yet
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False
