"""The same windowed aggregates by those somebody would use instead; each runs in a process of its own.

Scripts here import nothing of ours but :mod:`.task` and :mod:`experiments.benchmarks.spent`, which need the standard
library alone: some peers live in environments where nothing else is installed.
"""
