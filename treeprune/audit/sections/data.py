"""Which rows were used for what."""

from __future__ import annotations

from treeprune.audit.context import Context
from treeprune.audit.parts import Section, Table
from treeprune.audit.roles import JUDGED
from treeprune.audit.words import few

_WORDS = {
    "train": "trained the model before",
    "prune": "decided what goes",
    "select": "chose among candidates",
    JUDGED: "judge both models in this report",
}


def data(context: Context) -> Section:
    """Roles of data, their fingerprints, and whether they share rows."""
    roles = context.roles
    new = roles.judged_are_new
    if new is None:
        said = (
            "Only the test rows are known to this report: whether they are new to the models is not "
            "assessed."
        )
    elif new:
        said = "No test row is equal to a row of another role: compared by hashes of all their values."
    else:
        said = (
            "Some test rows are equal to rows of another role. Rows of few or coarse columns can be equal "
            "by chance; else the models were judged on rows they know."
        )
    rows = [
        (name, few(n, context.least), _WORDS[name], roles.fingerprint[name].digest)
        for name, n in roles.n.items()
    ]
    tables = [Table.of("Roles of data", ("role", "rows", "what they did", "SHA-256 of the rows"), rows,
                       f"Digests are of {roles.fingerprint[JUDGED].of}.")]  # fmt: skip
    if roles.overlaps:
        shared = [(f"{o.first} and {o.second}", few(o.n, context.least)) for o in roles.overlaps]
        tables.append(
            Table.of("Equal rows", ("roles", "rows of the second that the first has too"), shared)
        )
    return Section(
        key="data",
        part="Modification Protocol",
        heading="Roles of data",
        text=(said,),
        tables=tuple(tables),
    )
