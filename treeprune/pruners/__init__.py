"""The scikit-learn skin: the only room that knows `BaseEstimator`."""
