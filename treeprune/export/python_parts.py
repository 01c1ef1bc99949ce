"""Pieces of Python source that hold for all models, as they stand in an export."""

from __future__ import annotations

READ_ROW = '''
def _value(f, value):
    """A value as a number; NaN is missing."""
    if value is None:
        return math.nan
    if f in _WORDS:
        if value != value:
            return math.nan
        if value in _WORDS[f]:
            return _WORDS[f][value]
        if f in _BY_CATEGORY:
            return math.nan
        raise ValueError("%r of column %r is not a category of the model" % (value, NAMES[f]))
    if isinstance(value, (str, bytes)):
        raise TypeError("column %r must be a number, not %r" % (NAMES[f], value))
    value = float(value)
    if _MISSING and _MISSING[0] < value <= _MISSING[1]:
        return math.nan
    if math.isinf(value) and not _INFINITE:
        raise ValueError("column %r is infinite" % (NAMES[f],))
    return value


def _numbers(row):
    """The columns that the trees look at, by their place."""
    if hasattr(row, "keys"):
        absent = [NAMES[f] for f in _USED if NAMES[f] not in row]
        if absent:
            raise KeyError("the row has no %r (a missing value is None)" % (absent,))
        return {f: _value(f, row[NAMES[f]]) for f in _USED}
    if len(row) != len(NAMES):
        raise ValueError("a row has %d values, got %d" % (len(NAMES), len(row)))
    return {f: _value(f, row[f]) for f in _USED}
'''

SINGLE = '''
_FLOAT = struct.Struct("f")


def _single(x):
    """The nearest number in single precision."""
    try:
        return _FLOAT.unpack(_FLOAT.pack(x))[0]
    except OverflowError:
        return math.copysign(math.inf, x)
'''

READ_CODES = '''
def _code(x):
    """A number as the code of a category: cut towards 0; -1 for a negative one."""
    x = ROUNDED
    if x != x or math.isinf(x):
        return x
    return -1 if BELOW else int(x)
'''

MEAN = '''

def predict_raw(row):
    """Output of the trees before the link, one number a column."""
    x = _numbers(row)
    k = CODES
    total = list(_START)
    for tree, column in _TREES:
        said = tree(x, k)
        if column is None:
            total = [ADDED for a, b in zip(total, said)]
        else:
            a, b = total[column], said
            total[column] = ADDED
    if _TOTAL is not None:
        total = [SHARE for a, b in zip(total, _TOTAL)]
    return total
'''

MEDIAN = '''

def predict_raw(row):
    """Output of the trees before the link, one number a column."""
    x = _numbers(row)
    k = CODES
    said = [tree(x, k) for tree, _ in _TREES]
    said = [each if isinstance(each, tuple) else (each,) for each in said]
    return [_median([each[c] for each in said]) for c in range(len(_START))]


def _median(values):
    """The least value at which half of the weight is reached."""
    order = sorted(range(len(values)), key=values.__getitem__)
    reached, sums = 0.0, []
    for i in order:
        reached += _WEIGHTS[i]
        sums.append(reached)
    return next(values[i] for i, own in zip(order, sums) if own >= 0.5 * reached)
'''

_LINK_BY_COLUMN = '''
def _link(values):
    """Numbers or probabilities of the raw output of one target."""
    return [_answer(value * _SCALE) for value in values]
'''

_EXP = """
def _exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


"""


def _by_column(body: str, before: str = "") -> str:
    return f"{before}\ndef _answer(x):\n{body}\n\n{_LINK_BY_COLUMN}"


LINKS = {
    "identity": _by_column("    return x\n"),
    "logit": _by_column(
        "    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))\n"
    ),
    "log": _by_column("    return _exp(x)\n", _EXP),
    "step": _by_column("    return 1.0 if x > 0 else 0.0\n"),
    "log1p_exp": _by_column("    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))\n"),
    "signed_square": _by_column("    return x * abs(x)\n"),
    "isolation": _by_column("    return 2.0**-x\n"),
    "softmax": '''
def _link(values):
    """Probabilities of the raw output of one target."""
    values = [value * _SCALE for value in values]
    most = max(values)
    parts = [math.exp(value - most) for value in values]
    total = math.fsum(parts)
    return [part / total for part in parts]
''',
    "numbers": '''
def predict(row):
    """The model's answer: a number, or a list of them."""
    raw = predict_raw(row)
    said = [answer for start, stop in _TARGETS for answer in _link(raw[start:stop])]
    return said[0] if len(said) == 1 else said
''',
    "classes": '''
def predict_proba(row):
    """Probabilities in the order of CLASSES; a list of such of several targets."""
    raw = predict_raw(row)
    said = []
    for (start, stop), labels in zip(_TARGETS, CLASSES):
        own = _link(raw[start:stop])
        said.append([1.0 - own[0], own[0]] if len(labels) > len(own) else own)
    return said[0] if len(said) == 1 else said


def predict(row):
    """The likeliest class, the first of several; a list of them of several targets."""
    said = predict_proba(row)
    shares = [said] if len(CLASSES) == 1 else said
    labels = [own[p.index(max(p))] for own, p in zip(CLASSES, shares)]
    return labels[0] if len(labels) == 1 else labels
''',
}
"""By link, and what a classifier and others make of it."""
