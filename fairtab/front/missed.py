"""The error if a goal cannot be met. It is here so that a command can name it and import nothing slow."""

from fairtab.errors import InputError


class GoalMissed(InputError):
    """No joint meets the goal.

    Examples
    --------
    >>> issubclass(GoalMissed, InputError)
    True
    """
