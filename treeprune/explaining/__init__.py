"""What each column adds to an answer of a model, checked against the model itself."""
