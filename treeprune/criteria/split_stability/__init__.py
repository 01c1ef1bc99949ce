"""How stable the splits of a tree are: whether another sample of the same kind would choose them again."""
