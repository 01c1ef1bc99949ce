"""A page of the command line, from the help texts of the commands themselves."""

import argparse
import importlib
import os
import pkgutil

from treeprune import commands

HEAD = """# Command line

`treeprune COMMAND ...` or `python -m treeprune COMMAND ...`. The exit code is 0 if all went well, 1 if a
gate failed, and 2 if the command could not be done; the reason is then one line on the error stream.
"""


def _parsers() -> dict[str, argparse.ArgumentParser]:
    found = argparse.ArgumentParser(prog="treeprune").add_subparsers()
    for module in pkgutil.iter_modules(commands.__path__):
        command = importlib.import_module(f"{commands.__name__}.{module.name}")
        if hasattr(command, "add"):
            command.add(found)
    return dict(found.choices)


def page() -> str:
    """The whole page."""
    os.environ["COLUMNS"] = "88"  # argparse breaks lines where the terminal would
    helps = [
        f"## {name}\n\n```text\n{parser.format_help()}```\n" for name, parser in sorted(_parsers().items())
    ]
    return "\n".join([HEAD, *helps])
