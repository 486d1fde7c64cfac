import subprocess

from experiments.run import environment


def test_the_commit_is_marked_where_any_code_of_the_checkout_differs_from_it(tmp_path, monkeypatch):
    for folder in ("experiments", "fairtab", "results"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "code.py").touch()
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "all"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "experiments" / "environment.py"))

    clean = environment.describe()["commit"]
    (tmp_path / "results" / "metrics.json").touch()  # a run's own results are no change of code
    assert environment.describe()["commit"] == clean
    (tmp_path / "fairtab" / "code.py").write_text("changed = True")
    assert environment.describe()["commit"] == clean + "+"
