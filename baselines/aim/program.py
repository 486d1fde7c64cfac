"""AIM and MST of dpmm as a program: python program.py FOLDER."""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from dpmm.pipelines.aim import AIMPipeline
from dpmm.pipelines.mst import MSTPipeline

PREPARING = 0.1  # the share of epsilon for bins of numbers, as dpmm's own 0.1 of 1

folder = Path(sys.argv[1])
schema, request = (json.loads((folder / f"{name}.json").read_text()) for name in ("schema", "request"))
options = request["options"]
train = pd.read_parquet(folder / "train.parquet")
# categories go in as text; a missing value is one more category
values = {
    column["name"]: [*train[column["name"]].dropna().unique(), None]
    for column in schema["columns"]
    if column["kind"] == "categorical"
}
frame = pd.DataFrame(index=train.index)
domain: dict[str, dict[str, Any]] = {}
for name, real in train.items():
    if name in values:
        codes = real.map({value: f"c{i}" for i, value in enumerate(values[name])})
        frame[name] = codes.fillna(f"c{len(values[name]) - 1}").astype(object)
        domain[name] = {"categories": sorted(frame[name].unique())}
    else:  # all values and bounds count as public, to its advantage
        frame[name] = real.astype(float)
        domain[name] = {"lower": float(real.min()), "upper": float(real.max())}

pipeline = {"aim": AIMPipeline, "mst": MSTPipeline}[options["mechanism"]](
    epsilon=(1 - PREPARING) * options["epsilon"],
    proc_epsilon=PREPARING * options["epsilon"],
    delta=options["delta"],
    max_model_size=options["max_model_size"],
    n_jobs=1,
)
pipeline.fit(frame, domain=domain, random_state=request["seed"])
made = pipeline.generate(n_records=request["rows"], random_state=request["seed"])
for name, real in train.items():
    if name in values:
        made[name] = made[name].astype(object).map({f"c{i}": value for i, value in enumerate(values[name])})
    else:
        number = made[name].astype(float).clip(real.min(), real.max())
        made[name] = number.round() if (real.dropna() % 1 == 0).all() else number
made[list(train.columns)].to_parquet(folder / "synthetic.parquet", index=False)
