"""Settings of the whole suite."""

import os
import warnings

# small models on busy cores: OpenMP's threads would mostly wait for each other
os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib as mpl
from hypothesis import settings

mpl.use("Agg")
settings.register_profile("local", deadline=None, max_examples=30)
settings.register_profile("ci", deadline=None, max_examples=30, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

with warnings.catch_warnings():  # some releases of shap use what matplotlib is about to deprecate
    warnings.simplefilter("ignore")
    import shap  # noqa: F401
