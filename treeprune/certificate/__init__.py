"""BOUNDS over all inputs of a domain."""
