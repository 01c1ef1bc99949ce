"""Command line: ``python -m treeprune demo``, ``info``, ``compare``, ``export``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from treeprune.commands import compare, demo, export, info


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="treeprune", description="Prune trained models.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (demo, info, compare, export):
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
        0, 1 if a gate fails, or 2 if the command could not be done; the reason is then one line on the
        error stream.
    """
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except (OSError, ValueError, TypeError, ImportError) as error:
        print(f"treeprune: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
