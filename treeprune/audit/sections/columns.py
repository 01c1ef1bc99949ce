"""Names of the columns that a model looks at."""

from __future__ import annotations

from treeprune.faithfulness.registry import Judged


def column_names(judged: Judged) -> list[str]:
    """Names of the columns of the trees, or of those that the linear last step of a pipeline sees.

    Parameters
    ----------
    judged : Judged
        Of trees, or linear.

    Returns
    -------
    list of str
        ``x[0]`` and so on where nobody knows the names.
    """
    if judged.linear is None:
        own = judged.ensemble
        return [own.name_of(j) for j in range(own.n_features)]
    linear, steps = judged.linear, getattr(judged.model, "steps", ())
    names = linear.feature_names
    if names is None and len(steps) > 1:
        try:
            names = tuple(map(str, judged.model[:-1].get_feature_names_out()))
        except (AttributeError, ValueError):  # a step that does not know, or was fitted without names
            names = None
    return list(names or (f"x[{j}]" for j in range(linear.n_features)))
