"""Links in C: from raw outputs to probabilities, classes and numbers."""

from __future__ import annotations

from treeprune.export.c_text import Words, number, string
from treeprune.export.given import Answer
from treeprune.model.ensemble import Array, Link

_LINKS: dict[Link, str] = {
    "logit": """    const T e = exp(-fabs(z));

    return (z >= 0 ? 1 : e) / (1 + e);""",
    "log": "    return exp(z);",
    "step": "    return z > 0 ? 1 : 0;",
    "log1p_exp": "    return (z > 0 ? z : 0) + log1p(exp(-fabs(z)));",
    "signed_square": "    return z * fabs(z);",
    "isolation": "    return exp2(-z);",
}

_SOFTMAX = """static void M_softmax(const T *z, int n, T *share)
{
    T most = z[0], total = 0;
    int i;

    for (i = 1; i < n; i++)
        if (z[i] > most)
            most = z[i];
    for (i = 0; i < n; i++) {
        share[i] = exp(SCALE(z[i] - most));
        total += share[i];
    }
    for (i = 0; i < n; i++)
        share[i] /= total;
}"""

_LARGEST = """static int M_largest(const T *share, int n)
{
    int i, best = 0;

    for (i = 1; i < n; i++)
        if (share[i] > share[best])
            best = i;
    return best;
}"""


def answer_parts(words: Words, answer: Answer) -> list[str]:
    """Functions that make answers of raw outputs.

    Parameters
    ----------
    words : Words
    answer : Answer

    Returns
    -------
    list of str
    """
    parts = []
    if answer.link == "softmax":
        parts.append(_SOFTMAX)
    elif answer.link != "identity":
        parts.append(f"static T M_link(T z)\n{{\n{_LINKS[answer.link]}\n}}")
    if answer.classes:
        parts += [_LARGEST, *_class_functions(answer)]
    else:
        parts.append(_number_function(answer.n_raw, answer.link))
    factor = "" if answer.scale == 1.0 else f"{number(answer.scale, words.kind)} * "
    return [words.fill(part).replace("SCALE(", f"{factor}(") for part in parts]


def class_names(name: str, classes: tuple[Array, ...]) -> list[str]:
    """Declarations of the labels, as text.

    Parameters
    ----------
    name : str
        Of the model.
    classes : tuple of ndarray

    Returns
    -------
    list of str
        Without a semicolon or a value, and the value of each.
    """
    ends = [f"_{k}" if len(classes) > 1 else "" for k in range(len(classes))]
    return [
        f"const char *const {name}_classes{end}[{len(labels)}]"
        for end, labels in zip(ends, classes, strict=True)
    ]


def class_values(classes: tuple[Array, ...]) -> list[str]:
    """Values of `class_names`."""
    return [f"{{{', '.join(string(str(label)) for label in labels)}}}" for labels in classes]


def _linked(link: Link, raw: str) -> str:
    return f"SCALE({raw})" if link == "identity" else f"M_link(SCALE({raw}))"


def _class_steps(answer: Answer) -> list[str]:
    link, steps, at = answer.link, [], 0
    for own, labels in zip(answer.targets, answer.classes, strict=True):
        width = own.stop - own.start
        if link == "softmax":
            steps.append(f"    M_softmax(raw + {own.start}, {width}, share + {at});")
        elif len(labels) > width:
            steps.append(f"    share[{at + 1}] = {_linked(link, f'raw[{own.start}]')};")
            steps.append(f"    share[{at}] = 1 - share[{at + 1}];")
        else:
            steps += [
                f"    share[{at + i}] = {_linked(link, f'raw[{own.start + i}]')};" for i in range(width)
            ]
        at += len(labels)
    return steps


def _class_functions(answer: Answer) -> list[str]:
    classes = answer.classes
    shares = "\n".join(
        [
            "void M_predict_proba(const T *x, T *share)",
            "{",
            f"    T raw[{answer.n_raw}];",
            "",
            "    M_predict_raw(x, raw);",
            *_class_steps(answer),
            "}",
        ]
    )
    head, at = [f"    T share[{answer.n_answers}];", "", "    M_predict_proba(x, share);"], 0
    if len(classes) == 1:
        last = f"    return M_largest(share, {len(classes[0])});"
        return [shares, "\n".join(["int M_predict(const T *x)", "{", *head, last, "}"])]
    lines = []
    for k, labels in enumerate(classes):
        lines.append(f"    place[{k}] = M_largest(share + {at}, {len(labels)});")
        at += len(labels)
    return [shares, "\n".join(["void M_predict(const T *x, int *place)", "{", *head, *lines, "}"])]


def _number_function(n: int, link: Link) -> str:
    head = [f"    T raw[{n}];", "", "    M_predict_raw(x, raw);"]
    if n == 1:
        return "\n".join(
            ["T M_predict(const T *x)", "{", *head, f"    return {_linked(link, 'raw[0]')};", "}"]
        )
    lines = [f"    answer[{c}] = {_linked(link, f'raw[{c}]')};" for c in range(n)]
    return "\n".join(["void M_predict(const T *x, T *answer)", "{", *head, *lines, "}"])
