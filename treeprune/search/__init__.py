"""Which pruning, and how strong: strategies against each other on the same folds and the same fits."""
