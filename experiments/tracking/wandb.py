"""Weights & Biases: online where the user is logged in, else kept in results_dir/wandb, for `wandb sync`."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.tracking import Subject, reason

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

TITLE = "W&B"
INIT_TIMEOUT = 10  # seconds to wait for W&B's servers before going on offline
FINISH_TIMEOUT = 300  # seconds for what is left to upload; the rest stays on disk, for `wandb sync`
STEP = "trainer/global_step"  # what losses are drawn against


class WandB:
    """A `Watcher`. tracked: a run as `wandb.init` gives it."""

    TITLE = TITLE

    def __init__(self, tracked: Any, *, sample: bool, model: bool) -> None:
        self.tracked, self.takes_sample = tracked, sample
        self.takes_model = model and not (tracked.offline or tracked.disabled)

    def losses(self, metrics: Mapping[str, float], step: int) -> None:
        self.tracked.log({**metrics, STEP: step})

    def summary(self, row: Mapping[str, Any]) -> None:
        self.tracked.summary.update(dict(row))

    def figure(self, name: str, figure: Figure) -> None:
        import wandb
        from PIL import Image

        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=150)
        self.tracked.log({name: wandb.Image(Image.open(png))})

    def rows(self, name: str, frame: pd.DataFrame) -> None:
        import wandb

        from experiments.tracking.content import plain_rows

        data = list(map(list, plain_rows(frame)))
        self.tracked.log({name: wandb.Table(columns=list(map(str, frame)), data=data, allow_mixed_types=True)})

    def model(self, name: str, folder: Path, identity: Mapping[str, Any]) -> None:
        import wandb

        artifact = wandb.Artifact(name, "model", metadata=dict(identity))
        artifact.add_dir(str(folder))
        self.tracked.log_artifact(artifact)

    def close(self, *, failed: bool) -> None:
        self.tracked.finish(exit_code=int(failed))


def watcher(subject: Subject, options: Mapping[str, Any]) -> WandB:
    """options: `mode` (auto, online, offline, disabled; WANDB_MODE overrides it), `project`, `sample`, `model`."""
    os.environ.setdefault("WANDB_SILENT", "true")
    import wandb

    arguments = {
        "project": options["project"],
        "group": subject.tags.get("dataset"),
        "job_type": subject.tags.get("method") or subject.tags["kind"],
        "name": subject.name,
        "config": dict(subject.config),
        "dir": subject.folder,
        "settings": wandb.Settings(init_timeout=INIT_TIMEOUT, finish_timeout=FINISH_TIMEOUT, silent=True),
    }
    mode = os.environ.get("WANDB_MODE") or options["mode"]
    try:
        tracked = _begin(wandb, mode, arguments)
    except Exception as error:
        if mode == "offline":
            raise
        log.warning("W&B cannot be reached (%s): this run is kept offline", reason(error))
        tracked = _begin(wandb, "offline", arguments)
    return WandB(tracked, sample=options["sample"], model=options["model"])


def _begin(wandb: Any, mode: str, arguments: Mapping[str, Any]) -> Any:
    if mode == "auto":
        mode = "online" if wandb.login(prompt=False, verify=False) else "offline"
    tracked = wandb.init(mode=mode, **arguments)
    tracked.define_metric(STEP)
    for stage in ("train", "validation"):
        tracked.define_metric(f"{stage}/*", step_metric=STEP)
    return tracked
