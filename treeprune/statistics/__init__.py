"""COLLECT: the only room that touches rows; what it returns is small and additive."""
