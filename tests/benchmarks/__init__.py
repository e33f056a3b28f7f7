"""What the reconciler costs beside its peers: `python tests/benchmarks` prints one table.

Rules of this package:

* The endpoint, the reconciler and each peer are processes of their own; a figure is of a whole process with its start.
* Every ratio is taken within one run, from medians; a cell shows the smallest and the largest value beside the median.
* Tests look at counts of requests, which are always the same. Nobody tests a time.
"""
