"""Attacks on a synthetic table: what somebody who has it learns of its training rows, and not of other rows.

`docs/attacks.md` says what each attacker knows and guesses.
"""
