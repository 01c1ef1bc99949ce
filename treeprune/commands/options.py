"""Options that several commands have, and what their texts mean."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from treeprune.commands.printing import Voice

MODEL_FILE = "model file: XGBoost (.json, .ubj), LightGBM (.txt) or skops"


def add_command(commands: Any, name: str, *, summary: str, text: str, example: str) -> Any:
    """A parser for a command, with an example at the end of its help.

    Parameters
    ----------
    commands : argparse subparsers
    name : str
    summary : str
        For the list of all commands.
    text : str
        What it does.
    example : str

    Returns
    -------
    argparse.ArgumentParser
    """
    return commands.add_parser(
        name,
        help=summary,
        description=text,
        epilog=f"example:\n{example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_rows(parser: argparse.ArgumentParser) -> None:
    """Options that say what the columns of a table are.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    rows = parser.add_argument_group("rows")
    rows.add_argument("--target", required=True, metavar="COLUMN", help="the outcome")
    rows.add_argument(
        "--positive",
        metavar="LABEL",
        help="label of the outcome that counts as the second of the model's two classes (1), "
        "where the model does not know the labels of the table",
    )
    rows.add_argument(
        "--exclude", type=names, default=[], metavar="COLUMNS",
        help="columns that are no features, separated by commas; needed only for models that know no names",
    )  # fmt: skip
    rows.add_argument("--weights", metavar="COLUMN", help="weights of rows")


def add_voice(parser: argparse.ArgumentParser) -> None:
    """How much is said, and how hard is worked.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    general = parser.add_argument_group("general")
    general.add_argument("--seed", type=int, default=0, help="of all that is drawn (0)")
    general.add_argument("--n-jobs", type=int, metavar="N", help="threads (1; all: -1)")
    how_much = general.add_mutually_exclusive_group()
    how_much.add_argument("-v", "--verbose", action="store_true", help="say more")
    how_much.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


def voice_of(arguments: argparse.Namespace) -> Voice:
    """How much was asked to be said.

    Parameters
    ----------
    arguments : argparse.Namespace

    Returns
    -------
    Voice
    """
    return Voice(arguments.quiet, arguments.verbose)


# ---------------------------------------------------------------------- meaning of texts
def names(text: str) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def numbers(text: str) -> list[float]:
    """Numbers separated by commas."""
    return [float(number) for number in names(text)]


def value_of(text: str) -> Any:
    """What a text means in JSON; itself where that is nothing."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def pairs(texts: list[str] | None, option: str) -> dict[str, Any]:
    """Values by name.

    Parameters
    ----------
    texts : list of str or None
        Each ``NAME=VALUE``.
    option : str
        Where they come from, for the message.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If one is no pair.
    """
    found = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise ValueError(f"{option} takes NAME=VALUE, got {text!r}")
        found[name] = value_of(value)
    return found


def read_policy(path: Path | None) -> dict[str, Any] | None:
    """Bars of gates from a JSON file, checked.

    Parameters
    ----------
    path : pathlib.Path or None

    Returns
    -------
    dict or None

    Raises
    ------
    ValueError
        If the file holds no bars of known gates.
    """
    from treeprune.evidence.gates import checked_policy

    if path is None:
        return None
    try:
        policy = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is no JSON: {error}") from error
    if not isinstance(policy, dict):
        raise ValueError(f"{path.name} must hold an object of gates and bars")
    try:
        checked_policy(policy)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    return policy


def check_to_write(path: Path, endings: tuple[str, ...], *apart: Path) -> None:
    """Refuse, before any long work, a file that cannot be written.

    Parameters
    ----------
    path : pathlib.Path
    endings : tuple of str
        What its name may end in; any where empty.
    *apart : pathlib.Path
        Files that are read, and must stay.

    Raises
    ------
    ValueError, FileNotFoundError, IsADirectoryError
    """
    if endings and path.suffix not in endings:
        raise ValueError(f"{path} must end in {' or '.join(endings)}")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory: name a file in it")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no directory {path.parent} to write {path.name} to")
    for other in apart:
        if path.resolve() == other.resolve():
            raise ValueError(f"{path} would be written over {other}, which is read: give another name")
