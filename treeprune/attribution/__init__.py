"""SHAP values of tree ensembles: what each feature adds to the raw output of a row."""
