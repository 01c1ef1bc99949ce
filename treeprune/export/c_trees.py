"""Walks down the trees in C."""

from __future__ import annotations

import numpy as np

from treeprune.export.c_tables import Tables
from treeprune.export.c_text import Words, number, numbers, table, whole_type
from treeprune.export.narrow import narrow_cuts
from treeprune.model.ensemble import TreeEnsemble
from treeprune.model.traverse import total_weights


def tree_parts(words: Words, e: TreeEnsemble, tables: Tables) -> list[str]:
    """Tables and functions up to the raw output.

    Parameters
    ----------
    words : Words
    e : TreeEnsemble
    tables : Tables

    Returns
    -------
    list of str
    """
    parts = _tables(words, tables)
    if not tables.slots.plain:
        parts.append(_read_row(words, tables))
    if len(tables.set_count):
        parts.append(words.fill(_in_set(e, tables)))
    if tables.n_splits:
        parts.append(words.fill(_walk(tables)))
    raw = _median(e, tables) if e.aggregation == "median" else _sum(e, tables)
    return [*parts, words.fill(raw)]


def _single(tables: Tables) -> bool:
    """Whether inputs are compared in single precision."""
    return tables.cut.dtype == np.float32


def _seen(tables: Tables) -> str:
    """Type of the numbers that the trees compare."""
    return "float" if _single(tables) else "double"


def _tables(words: Words, t: Tables) -> list[str]:
    name, leaf = words.name, "float" if t.leaf.dtype == np.float32 else "double"
    parts = []
    if t.n_splits:
        parts += [
            table(f"{name}_place", t.place, "whole"),
            table(f"{name}_cut", t.cut, _seen(t)),
            table(f"{name}_left", t.left, "whole"),
            table(f"{name}_right", t.right, "whole"),
        ]
    parts += [table(f"{name}_root", t.root, "whole"), table(f"{name}_leaf", t.leaf, leaf)]
    if t.column is not None:
        parts.append(table(f"{name}_column", t.column, "whole"))
    if not t.slots.plain and t.slots.slots:
        columns = np.array([slot.feature for slot in t.slots.slots], np.int64)
        parts.append(table(f"{name}_slot", columns, "whole"))
    if len(t.set_count):
        parts += [
            table(f"{name}_set_first", t.set_first, "whole"),
            table(f"{name}_set_count", t.set_count, "whole"),
            table(f"{name}_set_byte", t.set_byte, "whole"),
        ]
    return parts


def _read_row(words: Words, t: Tables) -> str:
    """Function that turns a row into what the trees look at."""
    kinds = [slot.kind for slot in t.slots.slots]
    lines = [f"        T value = x[{words.name}_slot[i]];", ""]
    if t.slots.missing is not None:
        low, high = (number(x, words.kind) for x in narrow_cuts(np.array(t.slots.missing), _dtype(words)))
        lines.append(f"        if (value > {low} && value <= {high})\n            value = NAN;")
    if "nonzero" in kinds:
        limit = number(float(narrow_cuts(np.array([t.zero]), _dtype(words))[0]), words.kind)
        first = kinds.index("nonzero")
        last = first + kinds.count("nonzero")
        lines.append(f"        if ({_between(first, last, len(kinds))}fabs(value) <= {limit})")
        lines.append("            value = NAN;")
    seen = _seen(t)
    body = "\n".join(lines)
    return words.fill(
        f"static void M_read(const T *x, {seen} *v)\n{{\n    int i;\n\n"
        f"    for (i = 0; i < {len(kinds)}; i++) {{\n{body}\n        v[i] = ({seen})value;\n    }}\n}}"
    )


def _between(first: int, last: int, n: int) -> str:
    above = f"i >= {first} && " if first > 0 else ""
    return above + (f"i < {last} && " if last < n else "")


def _dtype(words: Words) -> str:
    return "float32" if words.kind == "float" else "float64"


def _in_set(e: TreeEnsemble, t: Tables) -> str:
    """Whether a code goes left; codes are cut towards 0."""
    others = {"left": "1", "right": "0", "default": "missing"}[e.unknown_category]
    negative = "v <= -1" if e.unknown_category == "right" else "v < 0"
    number_of_set = whole_type(max(len(t.set_count) - 1, 0))
    return f"""static int M_in({_seen(t)} v, {number_of_set} set, int missing)
{{
    uint32_t code;

    if (isnan(v))
        return missing;
    if ({negative} || v >= M_set_count[set])
        return {others};
    code = v < 0 ? 0 : (uint32_t)v;
    return M_set_byte[M_set_first[set] + (code >> 3)] >> (code & 7) & 1;
}}"""


def _walk(t: Tables) -> str:
    """Function from a row and where a tree starts to the row of its leaf."""
    seen = _seen(t)
    given = seen if not t.slots.plain else "T"
    missing = "place & 1" if t.sided else "0"
    first_code = next((i for i, slot in enumerate(t.slots.slots) if slot.kind == "category"), None)
    at_most = "v <= M_cut[at]"
    left = f"{at_most} || ({missing} && isnan(v))" if t.sided else at_most
    if first_code is not None and not t.slots.plain:
        kind = whole_type(max(len(t.set_count) - 1, 0))
        chosen = f"M_in(v, ({kind})M_cut[at], {missing})"
        where = "place >> 1" if t.sided else "place"
        left = chosen if first_code == 0 else f"({where}) >= {first_code} ? {chosen} : ({left})"
    value = "x[place >> 1]" if t.sided else "x[place]"
    return f"""static uint32_t M_find(const {given} *x, uint32_t at)
{{
    while (at < {t.n_splits}u) {{
        const uint32_t place = M_place[at];
        const {seen} v = ({seen}){value};

        at = ({left}) ? M_left[at] : M_right[at];
    }}
    return at - {t.n_splits}u;
}}"""


def _rows(t: Tables) -> tuple[list[str], str]:
    """Lines that prepare a row, and the call that finds the leaf of tree ``t``."""
    if not t.n_splits:
        return ["    (void)x;"], "M_root[t]"
    if t.slots.plain:
        return [], "M_find(x, M_root[t])"
    return ["    M_read(x, v);"], "M_find(v, M_root[t])"


def _row_variable(t: Tables) -> list[str]:
    return [f"    {_seen(t)} v[{len(t.slots.slots)}];"] if t.n_splits and not t.slots.plain else []


def _sum(e: TreeEnsemble, t: Tables) -> str:
    """Function that adds the trees up, in the model's own precision and order."""
    held = "float" if t.leaf.dtype == np.float32 else "double"
    n, width = e.n_columns, t.leaf.shape[1]
    before, leaf = _rows(t)
    if width == 1:
        fed = "M_column[t]" if t.column is not None else "0"
        adding = [f"        sum[{fed}] += M_leaf[{leaf}];"]
    else:
        adding = [
            f"        const {held} *said = M_leaf + {width} * {leaf};",
            "",
            f"        for (c = 0; c < {n}; c++)\n            sum[c] += said[c];",
        ]
    lines = [f"    {held} sum[{n}] = {numbers(e.base_score, held)};"]
    share = "sum[c]"
    if e.aggregation == "mean":
        lines.append(f"    static const {held} total[{n}] = {numbers(total_weights(e), held)};")
        share = "sum[c] / total[c]"
    lines += [*_row_variable(t), "    int t, c;", "", *before]
    lines += [f"    for (t = 0; t < {e.n_trees}; t++) {{", *adding, "    }"]
    lines.append(f"    for (c = 0; c < {n}; c++)\n        raw[c] = (T)({share});")
    return "\n".join(["void M_predict_raw(const T *x, T *raw)", "{", *lines, "}"])


def _median(e: TreeEnsemble, t: Tables) -> str:
    """Function that takes weighted medians: the least answer at which half of the weight is reached."""
    held = "float" if t.leaf.dtype == np.float32 else "double"
    n, width = e.n_trees, t.leaf.shape[1]
    before, leaf = _rows(t)
    row = "\n".join(_row_variable(t))
    return f"""static const {held} M_weight[] = {numbers(e.weight, held)};

void M_predict_raw(const T *x, T *raw)
{{
    {held} said[{n}], weight[{n}], reached;
    uint32_t leaf[{n}];
{row}
    int t, i, c;

{chr(10).join(before)}
    for (t = 0; t < {n}; t++)
        leaf[t] = {leaf};
    for (c = 0; c < {e.n_columns}; c++) {{
        {held} total = 0;

        for (t = 0; t < {n}; t++) {{
            const {held} own = M_leaf[{width} * leaf[t] + c];

            for (i = t; i > 0 && said[i - 1] > own; i--) {{
                said[i] = said[i - 1];
                weight[i] = weight[i - 1];
            }}
            said[i] = own;
            weight[i] = M_weight[t];
        }}
        for (t = 0; t < {n}; t++)
            total += weight[t];
        reached = weight[0];
        for (t = 0; t < {n} - 1 && reached < total / 2; t++)
            reached += weight[t + 1];
        raw[c] = (T)said[t];
    }}
}}"""
