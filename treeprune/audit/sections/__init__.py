"""Sections of the report, one a file, in the order of `treeprune.audit.contents`."""
