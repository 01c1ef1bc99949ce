"""Trees, subtrees and leaf values of an ensemble, chosen together."""
