"""Integer scorecards: how a logistic model's coefficients are rounded with the least loss."""
