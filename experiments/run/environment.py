"""The environment that results were made in: versions, processor, commit."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from fairtab.threads import share

PACKAGES = (
    "torch",
    "pytorch-lightning",
    "numpy",
    "pandas",
    "scikit-learn",
    "imbalanced-learn",
    "catboost",
    "fairlearn",
    "sdmetrics",
)


def describe() -> dict[str, Any]:
    """Describe the environment as JSON values, without the names of user and machine."""
    return {
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "system": platform.system(),
        "processor": _processor(),
        "gpu": _gpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": share(),
        "commit": _commit(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor() or platform.machine()


def _gpu() -> str | None:
    """Name the GPU; None if there is none, or if torch is not imported yet."""
    torch = sys.modules.get("torch")
    return torch.cuda.get_device_name() if torch and torch.cuda.is_available() else None


def _commit() -> str | None:
    """Name the commit, with a plus sign if code differs from it; None outside a checkout."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", ":/*.py", ":/conf")
        return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None
