"""What is predicted: one of two values, one of several classes, or a number."""

from enum import StrEnum


class Task(StrEnum):
    """The kind of a label. It decides what judges a table, and by which metrics.

    Examples
    --------
    >>> Task("multi-class")
    <Task.CLASSES: 'multi-class'>
    """

    BINARY = "binary"
    CLASSES = "multi-class"
    REGRESSION = "regression"
