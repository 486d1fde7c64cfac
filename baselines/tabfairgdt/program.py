"""TabFairGDT as a program: python program.py FOLDER."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tabfairgdt import TABFAIRGDT

folder = Path(sys.argv[1])
schema, request = (json.loads((folder / f"{name}.json").read_text()) for name in ("schema", "request"))
options = request["options"]
train = pd.read_parquet(folder / "train.parquet")
categorical = [column["name"] for column in schema["columns"] if column["kind"] == "categorical"]
# categories go in as text of their codes, in which a missing value is one more category
values = {name: [*train[name].dropna().unique(), None] for name in categorical}
frame = train.astype(dict.fromkeys(train.columns.difference(categorical), float))
for name in categorical:
    codes = train[name].map({value: f"c{i}" for i, value in enumerate(values[name])})
    frame[name] = codes.fillna(f"c{len(values[name]) - 1}").astype("category")
missing = [name for name in train.columns.difference(categorical) if train[name].isna().any()]
for name in missing:  # the package fails on missing numbers: whether one is missing is a category beside
    frame[f"{name} is missing"] = train[name].isna().map({True: "yes", False: "no"}).astype("category")
    frame[name] = frame[name].fillna(frame[name].median())

model = TABFAIRGDT(
    protected_attribute=options["attribute"] or schema["sensitive"][0],
    target=schema["target"],
    dtype_map={name: "float" if dtype.kind == "f" else "category" for name, dtype in frame.dtypes.items()},
    seed=request["seed"],
    parallel=False,
)
model.fit(frame, lamda=options["lamda"])
np.random.seed(request["seed"])
made = model.generate(k=request["rows"])
for name in categorical:
    made[name] = made[name].astype(object).map({f"c{i}": value for i, value in enumerate(values[name])})
for name in missing:
    made[name] = made[name].mask(made[f"{name} is missing"] == "yes")
made = made.astype(dict.fromkeys(train.columns.difference(categorical), float))
made[list(train.columns)].to_parquet(folder / "synthetic.parquet", index=False)
