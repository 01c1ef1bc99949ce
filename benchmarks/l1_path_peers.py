"""Peers of the path benchmark: glmnet in R, and scikit-learn."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.linear_model import LassoCV, LogisticRegressionCV

N_CS = 5
"""Strengths that LogisticRegressionCV is given: a hundred would take minutes."""

_R = """
suppressMessages(library(glmnet))
args <- commandArgs(TRUE); n <- as.integer(args[1]); p <- as.integer(args[2]); folder <- args[4]
get <- function(name, size) readBin(file.path(folder, name), "double", size)
X <- matrix(get("X", n * p), n, p); y <- get("y", n); fold <- get("fold", n)
glmnet.control(fdev = 0, devmax = 1)  # no early exit of its own
thresh <- as.numeric(args[5])
before <- proc.time()
fit <- cv.glmnet(X, y, family = args[3], foldid = fold, thresh = thresh)
after <- proc.time()
path <- fit$glmnet.fit
put <- function(x, name) writeBin(as.double(x), file.path(folder, name))
put(path$lambda, "lambda"); put(path$a0, "intercept"); put(as.matrix(path$beta), "coef")
index <- c(match(fit$lambda.min, fit$lambda), match(fit$lambda.1se, fit$lambda)) - 1
put(fit$cvm, "cvm"); put(index, "index")
put(sum((after - before)[1:2]), "seconds")
"""


def why_no_glmnet() -> str | None:
    """Reason for which R's glmnet cannot be called, or None."""
    if shutil.which("Rscript") is None:
        return "Rscript is not there"
    asked = subprocess.run(
        ["Rscript", "-e", "suppressMessages(library(glmnet))"], capture_output=True, check=False
    )
    return None if asked.returncode == 0 else "R has no glmnet"


def cv_glmnet(X, y, family, fold, thresh=1e-7) -> dict[str, np.ndarray]:
    """What cv.glmnet gives on these folds, and its own CPU seconds; its default tolerance is 1e-7."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, x in (("X", X.T), ("y", y), ("fold", fold + 1)):
            np.ascontiguousarray(x, np.float64).tofile(folder / file)
        (folder / "fit.R").write_text(_R)
        shape = [str(s) for s in X.shape]
        given = [*shape, family, name, str(thresh)]
        subprocess.run(["Rscript", str(folder / "fit.R"), *given], check=True)
        names = ("lambda", "intercept", "coef", "index", "cvm", "seconds")
        out = {file: np.fromfile(folder / file) for file in names}
    out["coef"] = out["coef"].reshape(len(out["lambda"]), X.shape[1])
    return out


def scikit_learn(X, y, family, folds, lambdas) -> tuple[str, float, int]:
    """Name, CPU seconds, and number of strengths of scikit-learn's cross-validation."""
    splits = [(np.setdiff1d(np.arange(len(y)), rows), rows) for rows in folds]
    if family == "gaussian":
        model, name = LassoCV(alphas=lambdas, cv=splits), "LassoCV"
    else:
        chosen = lambdas[np.linspace(5, 40, N_CS).astype(int)]
        name = "LogisticRegressionCV, liblinear"
        model = LogisticRegressionCV(
            Cs=1 / (len(y) * chosen),
            cv=splits,
            l1_ratios=(1.0,),
            solver="liblinear",
            scoring="neg_log_loss",
            use_legacy_attributes=False,
            intercept_scaling=10.0,
        )
    start = time.process_time()
    model.fit((X - X.mean(axis=0)) / X.std(axis=0), y)
    return name, time.process_time() - start, N_CS if family == "binomial" else len(lambdas)
