"""Synthetic rows that look like given ones: one sampler a file, found by `registry.samplers`."""
