"""What `run.py` has to know about failures before anything heavy is imported."""


class StageFailed(Exception):
    """A stage of a cell failed. The message is one line; the traceback is in the run's error.txt."""
