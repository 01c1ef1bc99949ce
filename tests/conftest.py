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


def pytest_terminal_summary(terminalreporter):
    """Print how many model configurations the contract suite ran over."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "model configurations":
                terminalreporter.write_line(f"{value} model configurations in the contract suite")
