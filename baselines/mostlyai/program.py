"""TabularARGN as a program: python program.py fit|sample FOLDER."""

import json
import sys
from pathlib import Path

import pandas as pd
from mostlyai import engine

phase, folder = sys.argv[1], Path(sys.argv[2])
schema, request = (json.loads((folder / f"{name}.json").read_text()) for name in ("schema", "request"))
options, workspace = request["options"], folder / "model"
train = pd.read_parquet(folder / "train.parquet")
# categories go in as text: the sampler for fairness takes nothing else
values = {
    column["name"]: {str(value): value for value in train[column["name"]].dropna().unique()}
    for column in schema["columns"]
    if column["kind"] == "categorical"
}
engine.init_logging()
engine.set_random_state(request["seed"])

if phase == "fit":
    text = {name: train[name].map({value: word for word, value in words.items()}) for name, words in values.items()}
    kinds = {name: "TABULAR_CATEGORICAL" if name in values else "TABULAR_NUMERIC_AUTO" for name in train.columns}
    engine.split(train.assign(**text), tgt_encoding_types=kinds, trn_val_split=0.9, workspace_dir=workspace)
    engine.analyze(value_protection=False, workspace_dir=workspace)  # else rare categories become a new one
    engine.encode(workspace_dir=workspace)
    engine.train(
        model=options["model"],
        max_epochs=options["max_epochs"],
        enable_flexible_generation=options["fair"],  # the sampler for fairness needs an order of its own
        device="cpu",
        workspace_dir=workspace,
    )
    sys.exit()

fairness = {"target_column": schema["target"], "sensitive_columns": schema["sensitive"]}
engine.generate(
    sample_size=request["rows"],
    fairness=fairness if options["fair"] else None,
    device="cpu",
    workspace_dir=workspace,
)
made = pd.read_parquet(workspace / "SyntheticData")
for name, real in train.items():
    if name in values:
        made[name] = made[name].astype(object).map(values[name])
    else:
        number = made[name].astype(float).clip(real.min(), real.max())
        made[name] = number.round() if (real.dropna() % 1 == 0).all() else number
made[list(train.columns)].to_parquet(folder / "synthetic.parquet", index=False)
