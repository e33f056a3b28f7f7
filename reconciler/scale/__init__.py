"""Targets on the workers of a Dask cluster, where one process is not enough; only this package imports Dask."""
