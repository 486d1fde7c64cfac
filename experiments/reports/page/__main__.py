"""Write <results_dir>/report/index.html: python -m experiments.reports.page [results_dir]"""

from __future__ import annotations

import sys
from pathlib import Path

from experiments import files, store
from experiments.reports.page.document import document

if __name__ == "__main__":
    results = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[3] / "results"
    if not store.finished(results / "runs"):
        sys.exit("no runs yet: python run.py makes one")
    path = results / "report" / "index.html"
    files.write_text(path, document(results))
    sys.stdout.write(f"{path}\n")
