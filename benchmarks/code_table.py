"""A table of code benchmarks with known truth: which model passes which task in which language?

    python -m benchmarks.code_table        writes fairtab/data/code.parquet

A row is one attempt: a model, a task in a programming language, pass or fail. All of it is made up. Whether a model
passes depends on its ability, on the language, and on the task's difficulty (a Rasch model):

    logit p(pass | model, task, language) = ability[model] + effect[language] - difficulty[task]

The table is as unbalanced as collected evaluations are. Frequent languages have more tasks and easier ones, and every
second model was tried on frequent languages most, the others on rare ones. So neither the pass rates of models nor
those of languages are in the order of the truth.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from fairtab import seeds
from fairtab.joint import apportion

FILE = Path(__file__).parents[1] / "fairtab" / "data" / "code.parquet"
LANGUAGES = (  # from frequent to rare
    *("python", "javascript", "java", "typescript", "cpp", "csharp", "go", "php", "rust", "ruby"),
    *("kotlin", "swift", "scala", "r", "perl", "lua", "julia", "haskell", "ocaml", "racket"),
)
MODELS = tuple(f"model-{letter}" for letter in "abcdefgh")
ABILITY = np.linspace(-1, 1, len(MODELS))  # model-a is the weakest
TOPICS = ("dates", "dynamic programming", "files", "graphs", "lists", "numbers", "sorting", "text")
N_TASKS, SEED = 3600, 0


def tasks() -> pd.DataFrame:
    """Make the tasks: language, topic, sizes that a person sees, and what only the script knows.

    Returns
    -------
    pandas.DataFrame
        One row for each task. `effect` is that of its language; `difficulty` and `effect` are in log-odds.
    """
    rng = seeds.numpy_generator(SEED, "tasks")
    rank = np.arange(len(LANGUAGES))
    share = (rank + 1) ** -0.6
    language = np.repeat(rank, apportion(share / share.sum(), N_TASKS))
    effect = rng.permutation(np.linspace(-0.8, 0.8, len(LANGUAGES)))
    topic = rng.integers(len(TOPICS), size=N_TASKS)
    harder = np.linspace(-1.2, 1.2, len(LANGUAGES))[language]  # the rarer the language, the harder its tasks
    difficulty = harder + np.linspace(-0.6, 0.6, len(TOPICS))[topic] + rng.normal(0, 0.8, N_TASKS)
    return pd.DataFrame(
        {
            "language": np.array(LANGUAGES)[language],
            "topic": np.array(TOPICS)[topic],
            "words": np.exp(4 + 0.15 * difficulty + rng.normal(0, 0.3, N_TASKS)).round().astype(int),
            "lines": np.exp(2.5 + 0.35 * difficulty + rng.normal(0, 0.3, N_TASKS)).round().astype(int),
            "tests": 3 + rng.poisson(np.exp(1 + 0.2 * difficulty)),
            "effect": effect[language],
            "difficulty": difficulty,
        }
    )


def attempts() -> pd.DataFrame:
    """Make the table: which attempts there are, and which of them passed."""
    rng = seeds.numpy_generator(SEED, "attempts")
    made = tasks()
    frequent = np.linspace(2, -2, len(LANGUAGES))[pd.Categorical(made["language"], LANGUAGES).codes]
    leaning = np.resize([1, -1], len(MODELS))  # to frequent languages, or to rare ones
    tried = rng.random((len(made), len(MODELS))) < expit(frequent[:, None] * leaning)
    passed = rng.random(tried.shape) < chances(made)
    task, model = np.nonzero(tried)
    outcome = np.where(passed[task, model], "pass", "fail")
    shown = made.iloc[task].drop(columns=["effect", "difficulty"])
    return shown.assign(model=np.array(MODELS)[model], outcome=outcome).reset_index(drop=True)


def chances(made: pd.DataFrame) -> np.ndarray:
    """Compute the chance of each model to pass each task: [tasks, models]. made: as of `tasks`."""
    return expit(ABILITY + made[["effect"]].to_numpy() - made[["difficulty"]].to_numpy())


def truth() -> pd.Series:
    """Compute what each model would pass if every model tried every task, and each language counted the same."""
    made = tasks()
    return pd.DataFrame(chances(made), columns=MODELS).groupby(made["language"]).mean().mean()


if __name__ == "__main__":
    attempts().to_parquet(FILE, index=False)
