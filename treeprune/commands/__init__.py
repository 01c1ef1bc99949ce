"""Commands of the command line: a file that has `add` and is named in `__main__` is all it takes."""
