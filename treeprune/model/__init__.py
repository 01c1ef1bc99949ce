"""WHAT a model is: flat arrays, their invariants, walks through them and pure edits."""
