"""EXPORT: what a model's trees say, as rules, tables, SQL and Python that need no model."""
