"""Rules that rows must obey, and conditions that rows are asked for.

`predicate` reads a text such as "end >= start" and says for each row if it is true, false or unknown. `drawing` draws
rows of any synthesizer that obey rules and meet a condition.
"""
