"""Cuts of narrower inputs."""

from __future__ import annotations

import numpy as np

from treeprune.model.ensemble import Array


def narrow_cuts(cuts: Array, dtype: str) -> Array:
    """Cuts that decide about numbers of a precision as double precision cuts do.

    Parameters
    ----------
    cuts : ndarray of float64
        ``x <= cut`` goes left; infinite or NaN as in `treeprune.export.cuts.exact_cuts`.
    dtype : {"float32", "float64"}
        Precision of all inputs.

    Returns
    -------
    ndarray of dtype
        The largest numbers of that precision that are no larger, so that for each ``x`` of it ``x <= cut``
        holds exactly where it held before.
    """
    if dtype == "float64":
        return cuts
    with np.errstate(over="ignore", under="ignore"):
        near = cuts.astype(np.float32)
        above = near.astype(np.float64) > cuts
        return np.where(above, np.nextafter(near, np.float32(-np.inf)), near)
