"""COMPARE: numbers about one model, or about a pair, one family per file."""
