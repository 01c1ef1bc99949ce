"""Orders by which the trees of an ensemble are kept: one method a file, found by `registry.tree_orders`."""
