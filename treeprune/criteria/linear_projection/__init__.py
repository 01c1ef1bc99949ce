"""Pruning of a fitted linear model: which groups of columns stay, and the projected coefficients."""
