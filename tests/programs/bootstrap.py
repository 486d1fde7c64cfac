"""A method as a program: it draws training rows, of the cells that it is asked for. python bootstrap.py [fit] FOLDER"""

import json
import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

*phase, folder = sys.argv[1:]
here = Path(folder)
request, schema = (json.loads((here / f"{name}.json").read_text()) for name in ("request", "schema"))
model = here / "model" / "rows.json"

if phase == ["fit"]:
    model.parent.mkdir()
    model.write_text(json.dumps(random.Random(request["seed"]).sample(range(10), 10)))
    sys.exit()

draw = random.Random(f"{request['seed']} {model.read_text() if phase == ['sample'] else ''}")
table = pq.read_table(here / "train.parquet")
rows = table.to_pylist()
if request["joint"] is None:
    made = draw.choices(rows, k=request["rows"])
else:
    made = []
    for cell in request["joint"]:
        label = cell["values"][schema["target"]]
        like = [row for row in rows if row.items() >= cell["values"].items()]
        like = like or [row for row in rows if row[schema["target"]] == label]
        made += [{**row, **cell["values"]} for row in draw.choices(like, k=cell["rows"])]
    draw.shuffle(made)
pq.write_table(pa.Table.from_pylist(made, schema=table.schema), here / "synthetic.parquet")
