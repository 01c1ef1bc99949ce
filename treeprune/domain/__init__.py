"""WHICH inputs exist: ranges, whole numbers, categories, groups of columns, missing values."""
