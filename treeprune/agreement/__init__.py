"""AGREE: statistics of two models' answers and attributions, pure functions of arrays.

Differences are those of the model after minus the model before. Point estimates take any weights; a whole
weight counts as that many rows, a row of weight 0 is no row. Standard errors by formula need weights
that are counts, since those of other weights hang on how the rows were sampled.
"""
