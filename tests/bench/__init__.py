"""What the dashboard costs, beside what else could do the same: ``python -m tests.bench`` (``make bench``).

Each kind of work is measured in processes of its own, on synthetic registries, in processor time, in one run with its peers;
their numbers are held against each other before their times are. Goals are data (``rows``), the result is a table and JSON.
"""
