"""Predicates: texts such as "end >= start" that are true, false or unknown of each row of a table."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import reduce
from itertools import pairwise

import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.frames import as_spelled
from fairtab.rules.syntax import Syntax
from fairtab.rules.values import ORDERED, Values, calculate, compare, negated

Evaluate = Callable[[pd.DataFrame], Values]

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class Predicate:
    """A condition on the values of a row, written as in pandas' `DataFrame.query`.

    It has column names (in back-ticks if they are no identifiers), numbers, texts in quotes, `True` and `False`,
    comparisons and chains of them, `in [..]`, `not in [..]`, `is None` (the value is missing), `+ - * /`, and
    `& | ~` or `and or not`. `&` and `|` bind like `and` and `or`. The text is parsed, and never run as code.

    A comparison with a missing value is neither true nor false but unknown, as in SQL (Kleene's logic of three
    values): `unknown & false` is false, and `unknown | true` is true. Numbers that differ by rounding alone are equal.
    Numbers are compared in double precision, which is exact for whole numbers up to 2**53. Text has the order of its
    letters, which is right for dates that begin with the year.

    Parameters
    ----------
    text
        The condition.

    Attributes
    ----------
    columns : frozenset of str
        The columns that it names.

    Raises
    ------
    InputError
        The text is no condition.

    Examples
    --------
    >>> rule = Predicate("pregnant == 'no' | sex == 'F'")
    >>> frame = pd.DataFrame({"pregnant": ["no", "yes", "yes"], "sex": ["M", "M", None]})
    >>> rule.true(frame).tolist(), rule.false(frame).tolist()
    ([True, False, False], [False, True, False])
    >>> Predicate("sex = 'F'")
    Traceback (most recent call last):
    fairtab.errors.InputError: "sex = 'F'": to compare, write ==, not =
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._syntax = Syntax.parse(text)
            self.columns = self._syntax.columns
            self._evaluate = _truth(self._syntax, self._syntax.root)
        except RecursionError:
            raise self._error("it has too many parts inside parts") from None
        except InputError as error:
            raise self._error(error) from None
        if not self.columns:
            raise self._error("expected the name of a column, found none")

    def __repr__(self) -> str:
        return f"Predicate({self.text!r})"

    def true(self, frame: pd.DataFrame) -> np.ndarray:
        """Return for each row whether the condition is true.

        Parameters
        ----------
        frame
            The rows.

        Returns
        -------
        np.ndarray
            bool [N]

        Raises
        ------
        InputError
            A column is absent, or values of two kinds are compared.
        """
        return np.broadcast_to(self._values(frame).true, len(frame))

    def false(self, frame: pd.DataFrame) -> np.ndarray:
        """Return for each row whether the condition is false, as `true` does."""
        return np.broadcast_to(self._values(frame).false, len(frame))

    def parts(self) -> list[Predicate]:
        """Return the conditions that `&` joins at the top. All of them together are this condition."""
        root = self._syntax.root
        if not (isinstance(root, ast.BoolOp) and isinstance(root.op, ast.And)):
            return [self]
        return [Predicate(self._syntax.text(part)) for part in root.values]

    def _values(self, frame: pd.DataFrame) -> Values:
        spelled = zip(as_spelled(self.columns, frame), self.columns, strict=True)
        if others := {found: name for found, name in spelled if found != name}:
            frame = frame.rename(columns=others)
        if absent := sorted(self.columns - set(frame.columns)):
            known = ", ".join(name if name.isidentifier() else f"`{name}`" for name in map(str, frame.columns))
            raise self._error(f"unknown column {', '.join(absent)}: expected one of {known}")
        try:
            return self._evaluate(frame)
        except RecursionError:
            raise self._error("it has too many parts inside parts") from None
        except InputError as error:
            raise self._error(error) from None

    def _error(self, what: object) -> InputError:
        in_one_line = "\\n".join(str(what).splitlines())  # a column that it names may have a line break
        return InputError(f"{self.text!r}: {in_one_line}")


def _any(syntax: Syntax, node: ast.expr) -> Evaluate:
    """Compile a part of a tree, whatever its values are."""
    match node:
        case ast.Name():
            name = syntax.name(node)
            return lambda frame: Values.of_column(frame[name])
        case ast.Constant():
            constant = Values.of_constant(node.value)
            return lambda frame: constant
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            return _calculation(
                _ARITHMETIC[type(node.op)], *(_number(syntax, each) for each in (node.left, node.right))
            )
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            number = _number(syntax, node.operand)
            return (lambda frame: negated(number(frame))) if isinstance(node.op, ast.USub) else number
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            return _not(_truth(syntax, node.operand))
        case ast.BoolOp():
            return reduce(_and if isinstance(node.op, ast.And) else _or, [_truth(syntax, each) for each in node.values])
        case ast.Compare():
            operands = [node.left, *node.comparators]
            pairs = zip(node.ops, pairwise(operands), strict=True)
            return reduce(_and, [_comparison(syntax, op, *pair) for op, pair in pairs])
    raise InputError(
        f"{syntax.text(node)} is not allowed: expected columns, numbers, texts in quotes, comparisons, "
        "in [..], is None, + - * /, & | ~ and parentheses"
    )


def _of_kind(kind: str, syntax: Syntax, node: ast.expr) -> Evaluate:
    """Compile a part of a tree whose values must be of one kind."""
    evaluate = _any(syntax, node)

    def checked(frame: pd.DataFrame) -> Values:
        values = evaluate(frame)
        if values.kind not in (kind, "nothing"):
            raise InputError(f"expected {kind}, got {syntax.text(node)}, which has {values.kind}")
        return values

    return checked


def _truth(syntax: Syntax, node: ast.expr) -> Evaluate:
    return _of_kind("truth values", syntax, node)


def _number(syntax: Syntax, node: ast.expr) -> Evaluate:
    return _of_kind("numbers", syntax, node)


def _calculation(operator: str, a: Evaluate, b: Evaluate) -> Evaluate:
    return lambda frame: calculate(operator, a(frame), b(frame))


def _and(a: Evaluate, b: Evaluate) -> Evaluate:
    def evaluate(frame: pd.DataFrame) -> Values:
        x, y = a(frame), b(frame)
        return Values.of_truth(x.true & y.true, x.false | y.false)

    return evaluate


def _not(a: Evaluate) -> Evaluate:
    def evaluate(frame: pd.DataFrame) -> Values:
        x = a(frame)
        return Values.of_truth(x.false, x.true)

    return evaluate


def _or(a: Evaluate, b: Evaluate) -> Evaluate:
    return _not(_and(_not(a), _not(b)))


def _comparison(syntax: Syntax, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Evaluate:
    match op:
        case ast.NotIn():
            return _not(_comparison(syntax, ast.In(), left, right))
        case ast.In():
            if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
                raise InputError(f"expected a list such as ['a', 'b'] after in, got {syntax.text(right)}")
            return reduce(_or, [_comparison(syntax, ast.Eq(), left, each) for each in right.elts])
        case ast.IsNot():
            return _not(_comparison(syntax, ast.Is(), left, right))
        case ast.Is():
            if not (isinstance(right, ast.Constant) and right.value is None):
                raise InputError(f"expected None after is, got {syntax.text(right)}")
            values = _any(syntax, left)
            return lambda frame: _is_missing(values(frame))
    operator = _COMPARISONS[type(op)]
    a, b = _any(syntax, left), _any(syntax, right)

    def evaluate(frame: pd.DataFrame) -> Values:
        x, y = a(frame), b(frame)
        if x.kind != y.kind and "nothing" not in (x.kind, y.kind):
            sides = (f"{syntax.text(side)} ({values.kind})" for side, values in ((left, x), (right, y)))
            raise InputError(f"cannot compare {' with '.join(sides)}")
        if operator in ORDERED and "truth values" in (x.kind, y.kind):
            raise InputError(f"truth values have no order: {syntax.text(left)} {operator} {syntax.text(right)}")
        return compare(operator, x, y)

    return evaluate


def _is_missing(values: Values) -> Values:
    return Values.of_truth(values.missing, ~values.missing)
