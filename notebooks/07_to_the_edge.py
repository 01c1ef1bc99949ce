# ---
# jupyter:
#   jupytext:
#     formats: py:percent,ipynb
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # To the edge: C and ONNX
#
# A monitor at the bedside has a few kilobytes for a model and no Python. A service written in another language has no
# scikit-learn. This notebook prunes a boosted model until it fits, writes it as C and as ONNX, and runs both against the native
# model on every test row: an export that nobody has compared is a guess.
#
# The data are a simulated cohort of hospital admissions. A device measures, so we take the columns that hold numbers. Values are
# missing in many rows, and they stay missing.

# %%
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split

from treeprune import JointPruner, check_parity, compare, save_model, to_c, to_onnx
from treeprune.datasets import make_clinical_cohort

cohort = make_clinical_cohort(6000)
numbers = cohort.X.select_dtypes("number")
X_rest, X_test, y_rest, y_test = train_test_split(
    numbers, cohort.y, test_size=0.3, stratify=cohort.y, random_state=0
)
X_train, X_val, y_train, y_val = train_test_split(
    X_rest, y_rest, test_size=0.35, stratify=y_rest, random_state=0
)
model = HistGradientBoostingClassifier(max_iter=300, max_leaf_nodes=8, learning_rate=0.05, random_state=0)
model.fit(X_train, y_train)
print(f"{X_test.isna().any(axis=1).mean():.0%} of the test rows have a missing value")

# %% [markdown]
# ## Prune to a budget

# %%
pruner = JointPruner(FrozenEstimator(model), max_nodes=200).fit(X_train, y_train, X_val=X_val, y_val=y_val)
small = pruner.estimator_
comparison = compare(model, small, X_test, y_test)
print(comparison)
print(comparison.outcomes.non_inferiority.text)
assert comparison.outcomes.non_inferiority.passed

# %% [markdown]
# ## C
#
# `to_c` writes C99 that needs nothing but `math.h`: constant tables and one loop, no memory is asked for. `dtype="float32"` is for
# devices that count in single precision. Thresholds are then rounded in such a way that every single-precision input still
# goes where the model sends it.

# %%
source = to_c(small, name="risk", dtype="float32")
print(source.header)

# %% [markdown]
# Is it the same model? `check_parity` compiles the source, runs it on all test rows, and compares with scikit-learn's own
# answers (here on the rows rounded to single precision, which is what such a device gets).

# %%
have_compiler = shutil.which("gcc") is not None
if have_compiler:
    for export in (to_c(small, name="risk"), source):
        parity = check_parity(export, small, X_test)
        assert parity.agrees
        print(parity)

# %% [markdown]
# Now as a device would do it: a program with one patient in it, compiled with gcc. A missing value is `NAN`.

# %%
folder = Path(tempfile.mkdtemp())
patient = X_test.iloc[[0]]
values = ", ".join("NAN" if np.isnan(x) else f"{x}f" for x in patient.to_numpy()[0].tolist())
program = f"""#include <math.h>
#include <stdio.h>
#include "risk.h"

int main(void)
{{
    const float patient[{patient.shape[1]}] = {{{values}}};
    float share[2];

    risk_predict_proba(patient, share);
    printf("%.6f\\n", share[1]);
    return 0;
}}
"""
source.save(folder / "risk.c")
(folder / "main.c").write_text(program)
print(program)
if have_compiler:
    command = ["gcc", "-std=c99", "-Os", "main.c", "risk.c", "-o", "alarm", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    said = float(subprocess.run([folder / "alarm"], capture_output=True, text=True, check=True).stdout)
    print(f"C says {said:.6f}, scikit-learn {small.predict_proba(patient)[0, 1]:.6f}")
    assert abs(said - small.predict_proba(patient.astype("float32"))[0, 1]) < 1e-5

# %% [markdown]
# ## ONNX
#
# For services: one file that onnxruntime runs from C++, C#, Java, JavaScript or a phone. It is written from the trees
# themselves, in double precision unless you ask for single, so rows that lie on a threshold do not change sides.

# %%
onnx = to_onnx(small)
parity = check_parity(onnx, small, X_test)
assert parity.agrees
print(parity)
onnx.run(X_test.head(3))

# %% [markdown]
# ## Sizes
#
# Before and after pruning. "C object" is what gcc makes of the source for size (`-Os`), code and constants together, on this
# machine; a microcontroller's compiler gives other numbers of the same order.


# %%
def compiled_bytes(export):
    """Bytes of code and constants."""
    if not have_compiler:
        return np.nan
    export.save(folder / "sized.c")
    subprocess.run(["gcc", "-std=c99", "-Os", "-c", "sized.c"], cwd=folder, check=True)
    shown = subprocess.run(
        ["size", "sized.o"], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    return sum(map(int, shown.splitlines()[1].split()[:3]))


def native_bytes(each):
    """Bytes of the skops file."""
    save_model(each, folder / "model.skops")
    return (folder / "model.skops").stat().st_size


sizes = pd.DataFrame(
    {
        name: {
            "skops": native_bytes(each),
            "ONNX": to_onnx(each).n_bytes,
            "C source": to_c(each, dtype="float32").n_bytes,
            "C object": compiled_bytes(to_c(each, dtype="float32")),
        }
        for name, each in {"before": model, "after": small}.items()
    }
)
sizes["after / before"] = (sizes["after"] / sizes["before"]).round(3)
assert not have_compiler or sizes.loc["C object", "after"] < 4096 < sizes.loc["C object", "before"] / 3
print(sizes)

# %% [markdown]
# The pruned model fits into four kilobytes, tables, sums, link and labels together; before pruning it took several times that.
#
# ## One row at a time
#
# A service that answers single requests pays for what stands around the model. scikit-learn checks its input anew in every
# call; onnxruntime does not. (Times are of this machine.)

# %%
session = onnxruntime.InferenceSession(onnx.content)
feed = onnx.feed(patient)


def microseconds(call, n=200):
    """Median time of one call."""
    times = []
    for _ in range(n):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e6 * float(np.median(times))


print(
    f"scikit-learn, before pruning {microseconds(lambda: model.predict_proba(patient), 50):8.0f} microseconds"
)
print(f"scikit-learn, after pruning  {microseconds(lambda: small.predict_proba(patient), 50):8.0f}")
print(f"onnxruntime, after pruning   {microseconds(lambda: session.run(None, feed)):8.0f}")

# %% [markdown]
# `to_sql` and `to_python` write the same model for a database or for Python without dependencies, `to_treelite` for treelite;
# `check_parity("sql", small, X_test)` makes an export by its name and compares it. On the command line it is `treeprune export`.
# The documentation has a page *Make it fit a small device*.
