"""The audit report: one model was pruned into another, and here is the evidence."""
