"""Weights & Biases: online if the user is logged in. If not, runs are kept in results_dir/wandb for `wandb sync`."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.tracking import TrackedRun, reason

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

TITLE = "W&B"
INIT_TIMEOUT = 10  # seconds to wait for W&B's servers; then the run goes on offline
FINISH_TIMEOUT = 300  # seconds for the rest of an upload; what is left stays on disk for `wandb sync`
STEP = "trainer/global_step"  # the horizontal axis of losses


class WandB:
    """A `Tracker`.

    Parameters
    ----------
    run : wandb.Run
        As `wandb.init` gives it.
    sample, model : bool
        Whether to show synthetic rows, and to upload the model of an online run.
    """

    TITLE = TITLE

    def __init__(self, run: Any, *, sample: bool, model: bool) -> None:
        self.run, self.takes_sample = run, sample
        self.takes_model = model and not (run.offline or run.disabled)

    def losses(self, metrics: Mapping[str, float], step: int) -> None:
        self.run.log({**metrics, STEP: step})

    def summary(self, row: Mapping[str, Any]) -> None:
        self.run.summary.update(dict(row))

    def figure(self, name: str, figure: Figure) -> None:
        import wandb
        from PIL import Image

        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=150)
        self.run.log({name: wandb.Image(Image.open(png))})

    def rows(self, name: str, frame: pd.DataFrame) -> None:
        import wandb

        from experiments.tracking.content import plain_rows

        data = list(map(list, plain_rows(frame)))
        self.run.log({name: wandb.Table(columns=list(map(str, frame)), data=data, allow_mixed_types=True)})

    def model(self, name: str, folder: Path, identity: Mapping[str, Any]) -> None:
        import wandb

        artifact = wandb.Artifact(name, "model", metadata=dict(identity))
        artifact.add_dir(str(folder))
        self.run.log_artifact(artifact)

    def close(self, *, failed: bool) -> None:
        self.run.finish(exit_code=int(failed))


def start(run: TrackedRun, options: Mapping[str, Any]) -> WandB:
    """Start to track a run.

    Parameters
    ----------
    run : TrackedRun
        The run.
    options : mapping
        `mode` (auto, online, offline or disabled; WANDB_MODE overrides it), `project`, `sample` and `model`.

    Returns
    -------
    WandB
        The tracker.
    """
    os.environ.setdefault("WANDB_SILENT", "true")
    import wandb

    arguments = {
        "project": options["project"],
        "group": run.tags.get("dataset"),
        "job_type": run.tags.get("method") or run.tags["kind"],
        "name": run.name,
        "config": dict(run.config),
        "dir": run.folder,
        "settings": wandb.Settings(init_timeout=INIT_TIMEOUT, finish_timeout=FINISH_TIMEOUT, silent=True),
    }
    mode = os.environ.get("WANDB_MODE") or options["mode"]
    try:
        begun = _begin(wandb, mode, arguments)
    except Exception as error:
        if mode == "offline":
            raise
        log.warning("W&B cannot be reached (%s): this run is kept offline", reason(error))
        begun = _begin(wandb, "offline", arguments)
    return WandB(begun, sample=options["sample"], model=options["model"])


def _begin(wandb: Any, mode: str, arguments: Mapping[str, Any]) -> Any:
    if mode == "auto":
        mode = "online" if wandb.login(prompt=False, verify=False) else "offline"
    run = wandb.init(mode=mode, **arguments)
    run.define_metric(STEP)
    for stage in ("train", "validation"):
        run.define_metric(f"{stage}/*", step_metric=STEP)
    return run
