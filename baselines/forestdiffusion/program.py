"""ForestDiffusion as a program: python program.py FOLDER."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from ForestDiffusion import ForestDiffusionModel

folder = Path(sys.argv[1])
schema, request = (json.loads((folder / f"{name}.json").read_text()) for name in ("schema", "request"))
train = pd.read_parquet(folder / "train.parquet")
categorical = [column["name"] for column in schema["columns"] if column["kind"] == "categorical"]
values = {name: [*train[name].dropna().unique(), None] for name in categorical}
coded = train.astype(dict.fromkeys(train.columns.difference(categorical), float))
for name in categorical:  # a missing value is one more category
    codes = train[name].map({value: code for code, value in enumerate(values[name])})
    coded[name] = codes.fillna(len(values[name]) - 1).astype(float)
features = [name for name in train.columns if name != schema["target"]]  # the label chooses the model
n_values = {name: coded[name].nunique() for name in categorical}
whole = [name for name in features if name in categorical or (train[name].dropna() % 1 == 0).all()]
many = [name for name in categorical if name in features and n_values[name] > 2]

model = ForestDiffusionModel(
    coded[features].to_numpy(),
    label_y=coded[schema["target"]].to_numpy(),
    cat_indexes=[features.index(name) for name in many],
    int_indexes=[features.index(name) for name in whole if name not in many],
    n_jobs=1,
    n_batch=1,
    seed=request["seed"],
    **request["options"],
)
np.random.seed(request["seed"])
made = pd.DataFrame(model.generate(batch_size=request["rows"]), columns=[*features, schema["target"]])
for name in categorical:
    made[name] = made[name].round().astype(int).map(dict(enumerate(values[name])))
for name in train.columns.difference(categorical):
    real = train[name]
    number = made[name].clip(real.min(), real.max())
    made[name] = number.round() if name in whole else number
made[list(train.columns)].to_parquet(folder / "synthetic.parquet", index=False)
