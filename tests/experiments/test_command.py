"""What every command does with help, and with what it refuses."""

import importlib

import pytest

from experiments.command import refused_in_one_line
from fairtab import InputError

WORDS = ["status", "plan", "tune"]  # commands that hand their words to Hydra


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_help_is_the_commands_docstring(name, asked, capsys):
    module = importlib.import_module(f"experiments.{name}")
    with pytest.raises(SystemExit) as ended:
        module.main(["dataset=adult", asked])
    assert not ended.value.code
    assert capsys.readouterr().out == module.__doc__


@pytest.mark.parametrize("name", [*WORDS, "cost"])
def test_a_word_that_hydra_does_not_know_ends_in_one_line(name):
    module = importlib.import_module(f"experiments.{name}")
    with pytest.raises(SystemExit, match=r"^error: .*nonsense[^\n]*$"):
        module.main(["nonsense=1"])


def test_what_is_no_refusal_keeps_its_traceback():
    @refused_in_one_line
    def main(error: Exception) -> None:
        raise error

    with pytest.raises(SystemExit, match=r"^error: two lines$"):
        main(InputError("two\n  lines"))
    with pytest.raises(ZeroDivisionError):
        main(ZeroDivisionError())
