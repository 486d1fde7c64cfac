"""From the text of a predicate to Python's syntax tree, and back to text."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from fairtab.errors import InputError

# a text in quotes, a name in back-ticks, an operator that is written as in pandas, a single =, or space
_TOKEN = re.compile(
    r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|`([^`]*)`|([&|])|((?<![=!<>:])=(?!=))|(\#)|\s+|((?:\w|[^\x00-\x7f])+)"""
)
_WORDS = {"&": " and ", "|": " or "}


@dataclass(frozen=True, eq=False)
class Syntax:
    """The syntax tree of an expression.

    Parameters
    ----------
    root
        The tree. Names in back-ticks stand in it as identifiers that `prefix` begins.
    quoted
        The names in back-ticks.
    prefix
        A word that occurs nowhere else in the text.

    Examples
    --------
    >>> syntax = Syntax.parse("`hours per week` > 40 & age < 30")
    >>> sorted(syntax.columns)
    ['age', 'hours per week']
    >>> syntax.text(syntax.root)
    '`hours per week` > 40 and age < 30'
    """

    root: ast.expr
    quoted: tuple[str, ...]
    prefix: str

    @classmethod
    def parse(cls, text: str) -> Syntax:
        """Parse a text, with & and | in the place of `and` and `or`.

        Raises
        ------
        InputError
            It cannot be parsed.
        """
        prefix, quoted = "column_", []
        while prefix in text:
            prefix += "_"

        def written(token: re.Match[str]) -> str:
            literal, name, operator, single, comment, word = token.groups()
            if comment:
                raise InputError("# begins no comment here: write a name that has it in back-ticks")
            if single:
                raise InputError("to compare, write ==, not =")
            if word and (word.isascii() or not word.isidentifier()):
                return word
            name = word or name  # Python would write other letters in their normal form
            if name is not None:
                quoted.append(name)
                return f" {prefix}{len(quoted) - 1} "
            return literal or _WORDS.get(operator, " ")

        code = _TOKEN.sub(written, text).strip()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of odd escapes in texts
                root = ast.parse(code, mode="eval").body
        except SyntaxError as error:
            raise InputError(f"it cannot be read: {error.msg}") from None
        except (ValueError, MemoryError, RecursionError):
            raise InputError("it cannot be read") from None
        return cls(root, tuple(quoted), prefix)

    @property
    def columns(self) -> frozenset[str]:
        """The names in the tree."""
        return frozenset(self.name(node) for node in ast.walk(self.root) if isinstance(node, ast.Name))

    def name(self, node: ast.Name) -> str:
        """Return the column that a name stands for."""
        number = node.id.removeprefix(self.prefix)
        return node.id if number == node.id else self.quoted[int(number)]

    def text(self, node: ast.expr) -> str:
        """Write a part of the tree as text."""
        return re.sub(rf"{self.prefix}(\d+)", lambda match: f"`{self.quoted[int(match[1])]}`", ast.unparse(node))
