"""Where a model comes from, in the manner of a citation file."""

from __future__ import annotations

from typing import Any

from treeprune.audit.checklist import HUMAN
from treeprune.audit.context import Context
from treeprune.audit.fingerprints import model_fingerprint
from treeprune.audit.sections.identity import family, versions


def provenance(context: Context, created: str, title: str) -> dict[str, Any]:
    """Digests of models and data, software, command.

    Parameters
    ----------
    context : Context
    created, title : str

    Returns
    -------
    dict
        Plain objects, in words of the W3C's PROV and of CITATION.cff.
    """
    pair, roles = context.comparison.pair, context.roles
    models = {}
    for key, name, judged in (("before", context.before_name, pair.before),
                              ("after", context.after_name, pair.after)):  # fmt: skip
        print_ = model_fingerprint(judged)
        models[key] = {
            "name": name,
            "type": family(judged.model),
            "sha256": print_.digest or None,
            "sha256-of": print_.of,
        }
    models["after"]["was-derived-from"] = models["before"]["sha256"]
    return {
        "title": title,
        "authors": [context.author or HUMAN],
        "date-released": created[:10],
        "license": HUMAN,
        "models": models,
        "data": {
            name: {"sha256": own.digest, "sha256-of": own.of} for name, own in roles.fingerprint.items()
        },
        "test-rows-are-new": roles.judged_are_new,
        "method": None if context.pruner is None else type(context.pruner).__name__,
        "command": context.command,
        "software": versions(context),
    }
