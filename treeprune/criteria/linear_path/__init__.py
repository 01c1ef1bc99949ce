"""Paths of sparse linear models: L1, elastic-net and group penalties, all folds in lock-step."""
