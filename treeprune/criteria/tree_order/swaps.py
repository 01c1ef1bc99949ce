"""How often trees are exchanged: one parameter of several orders."""

from __future__ import annotations

from numbers import Integral


def most_swaps(swaps: object, bound: int) -> int:
    """Limit that a user's parameter `swaps` stands for.

    Parameters
    ----------
    swaps : bool or int
        True for as many as it takes, False for none.
    bound : int
        What stands for as many as it takes.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If `swaps` is a negative number, or none.
    """
    if isinstance(swaps, bool):
        return bound if swaps else 0
    if not isinstance(swaps, Integral) or swaps < 0:
        raise ValueError(f"swaps must be True, False or a whole number from 0 on, got {swaps!r}")
    return int(swaps)
