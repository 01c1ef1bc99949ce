"""DECIDE: one method per file, pure functions of arrays; no rows come in here."""
