"""Command line: ``python -m treeprune demo``, ``info``, ``prune``, ``compare``, ``export``."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

from treeprune import __version__
from treeprune.commands import compare, demo, export, info, prune

_EXPECTED = (OSError, ValueError, TypeError, ImportError)
# 128 and the number of the signal, SIGINT and SIGPIPE, as shells have it
_INTERRUPTED, _NOT_READ = 130, 141


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints fill one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {' '.join(message.split())} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="treeprune",
        description="Prune trained models, and show what changed.",
        epilog="treeprune COMMAND --help says more, with an example.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"treeprune {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (demo, info, prune, compare, export):
        command.add(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        0, 1 if a gate fails, 2 if the command could not be done (the reason is then one line on the
        error stream), 130 if it was interrupted, or 141 if nobody read on.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser().parse_args(words)
    arguments.words = words
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _tell
            status: int = arguments.run(arguments)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return _fail("interrupted", _INTERRUPTED)
    except BrokenPipeError:  # who read the output has enough of it, as in `... | head`
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - else the flush at the end complains
        return _NOT_READ
    except _EXPECTED as error:
        return _fail(str(error) or type(error).__name__, 2)
    except Exception as error:  # not foreseen: whoever looks into it needs the place
        traceback.print_exc()
        return _fail(f"{type(error).__name__}: {error}", 2)
    return status


def _fail(reason: str, status: int) -> int:
    told = reason.partition("Stack trace:")[0]  # XGBoost's own errors end in one
    print(f"treeprune: {' '.join(told.split())}", file=sys.stderr)
    return status


def _tell(message: Warning | str, *place: Any, **more: Any) -> None:
    """A warning as one line; where in the code it was raised is nothing to the user."""
    print(f"treeprune: warning: {' '.join(str(message).split())}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
