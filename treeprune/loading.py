"""Model files: looked at by our own parser first, and only then given to the vendor's loader.

Vendors trust their files. A child number out of range, a cycle or a truncated file ends the process, hangs
it, or changes numbers in silence; here it is an `InvalidModelError` that names the place. Pickles are
never opened: whoever can change one can run code.
"""

from __future__ import annotations

import json
import os
import stat
import warnings
from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from treeprune.backends import check_answers, read
from treeprune.backends.linear import find_linear, is_linear, read_linear
from treeprune.backends.registry import find_backend
from treeprune.exceptions import (
    InvalidModelError,
    ModelMismatchError,
    PruningWarning,
    UnsupportedModelError,
)
from treeprune.files import check_ending, replacing
from treeprune.pruners.linear_base import last_step

_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
"""How text editors begin a text in Unicode."""

_PICKLES = (
    *(b"\x80", b"x\x01", b"x^", b"x\x9c", b"x\xda", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x04\x22M\x18"),
)
"""How pickles begin, and what joblib compresses them to."""

MAX_BYTES = 2 * 2**30
"""Largest file that is opened unless told otherwise."""


def _xgboost(data: bytes) -> Any:
    from treeprune.formats import ubjson, xgboost_json
    from treeprune.formats.xgboost_model import check_document

    document = ubjson.loads(data) if data[1:2] == b"L" else xgboost_json.loads(data)
    check_document(document)
    import xgboost as xgb

    told = document["learner"].get("attributes", {}).get("scikit_learn", "{}")
    try:
        kind = json.loads(told).get("_estimator_type")
    except (ValueError, AttributeError, RecursionError):
        kind = None
    classes = {"classifier": xgb.XGBClassifier, "regressor": xgb.XGBRegressor, "ranker": xgb.XGBRanker}
    model: Any = classes.get(kind, xgb.Booster)()
    model.load_model(bytearray(data))
    return model


def _lightgbm(data: bytes) -> Any:
    from treeprune.formats.lightgbm_model import check_document
    from treeprune.formats.lightgbm_text import parse

    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidModelError(f"byte {error.start} of the file is no UTF-8") from error
    check_document(parse(text))
    import lightgbm as lgb

    return lgb.Booster(model_str=text)


def _skops_io() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise ImportError("skops files need skops: pip install 'treeprune[skops]'") from error
    return skops.io


def _skops(data: bytes) -> Any:
    from treeprune.formats.skops_archive import TRUSTED, check_archive

    check_archive(data)
    skops = _skops_io()
    try:
        unknown = set(skops.get_untrusted_types(data=data)) - set(TRUSTED)
        model = None if unknown else skops.loads(data, trusted=list(TRUSTED))
    except Exception as error:  # whatever a damaged schema provokes
        raise InvalidModelError(f"skops cannot make a model of the archive: {error}") from error
    if unknown:
        raise UnsupportedModelError(
            f"the archive holds {', '.join(sorted(unknown))}, which treeprune does not load from a "
            "skops file; save XGBoost and LightGBM models in their own format, or load it with skops"
        )
    return model


def _loader(data: bytes) -> Callable[[bytes], Any]:
    """What reads a file that begins so; names of files are not trusted."""
    if data[:4] == b"PK\x03\x04":
        return _skops
    if data[:1] == b"{":
        return _xgboost
    if data[:5].rstrip() == b"tree":
        return _lightgbm
    if data.startswith(_PICKLES):
        raise UnsupportedModelError(
            "this looks like a pickle, which treeprune never opens: a pickle can run any code; load it "
            "yourself if you trust it, and give treeprune the model, or save it by skops "
            "(skops.io.dump(model, 'model.skops')) or in the vendor's format"
        )
    if data.startswith(_MARKS):
        raise InvalidModelError(
            "the file begins with a byte order mark, which no vendor writes: an editor saved it again; "
            "copy the file that the vendor wrote, or save this one as UTF-8 without the mark"
        )
    raise InvalidModelError(
        "the file is no model that treeprune knows: XGBoost's JSON or UBJSON, LightGBM's text, or skops"
    )


def _content(path: Path, max_bytes: int) -> bytes:
    about = path.stat()
    if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
        # a pipe may never end, a device has no size; a directory the system refuses by itself
        raise InvalidModelError(f"{path} is a pipe or a device; copy what it gives into a file")
    if about.st_size > max_bytes:
        raise InvalidModelError(
            f"{path} has {about.st_size:,} bytes, more than max_bytes={max_bytes:,}; if the file is yours, "
            "raise max_bytes"
        )
    data = path.read_bytes()
    if not data:
        raise InvalidModelError(f"{path} is empty")
    return data


def _checked(model: Any) -> Any:
    """The model, if its trees are sound and answer alike by its vendor's code and by ours.

    Of a pipeline the last step, which is what treeprune prunes.
    """
    ours = InvalidModelError, UnsupportedModelError, ModelMismatchError
    last = last_step(model)
    try:
        if is_linear(last):
            read_linear(last)
        else:
            check_answers(last, read(last), None, "loaded")
    except ours:
        raise
    except Exception as error:  # attributes that no format checks, of any type: whatever they provoke
        raise InvalidModelError(
            f"the {type(last).__name__} in it contradicts itself: {type(error).__name__}: {error}"
        ) from error
    return model


def load_model(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Any:
    """Load a model file, after checking it.

    Parameters
    ----------
    path : str or path-like
        XGBoost's JSON or UBJSON, LightGBM's text, or a skops archive of a scikit-learn model: of trees or
        linear, alone or as the last step of a pipeline. The content decides, not the name.
    max_bytes : int
        Larger files are refused.

    Returns
    -------
    object
        The native model: for XGBoost the scikit-learn class that saved it (else a `Booster`), for LightGBM
        a `Booster`, for skops the estimator.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    InvalidModelError
        If the file is damaged, truncated, or says things that no model can: the message names the
        place, and the vendor's loader has not seen it. Or if that refuses what our parsers leave to it
        (training parameters, objectives).
    UnsupportedModelError
        If the model is of no supported family, or the file is a pickle.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import lightgbm as lgb
    >>> from sklearn.datasets import load_iris
    >>> from treeprune import load_model
    >>> X, y = load_iris(return_X_y=True)
    >>> path = Path(tempfile.mkdtemp()) / "model.txt"
    >>> model = lgb.LGBMRegressor(n_estimators=2, verbose=-1).fit(X, y)
    >>> _ = model.booster_.save_model(path)
    >>> bool((load_model(path).predict(X) == model.predict(X)).all())
    True
    """
    path = Path(path)
    data = _content(path, max_bytes)
    try:
        return _checked(_loader(data)(data))
    except (InvalidModelError, UnsupportedModelError) as error:
        raise type(error)(f"{path}: {error}") from error
    except (ImportError, ModelMismatchError):
        raise
    except Exception as error:  # our parsers leave parameters and objectives to the vendor
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidModelError(f"{path}: its own library refuses the file: {reason}") from error


def _save_skops(model: Any, path: Path) -> None:
    try:
        _skops_io().dump(model, path)
    except RecursionError as error:  # histogram boosting stopped early by a scorer holds itself
        raise UnsupportedModelError(
            f"skops cannot write this {type(model).__name__}, which holds a reference to itself; use joblib"
        ) from error


_SAVERS: dict[str, Callable[[Any, Path], Any]] = {
    "xgboost": lambda model, path: model.save_model(path),
    "lightgbm": lambda model, path: getattr(model, "booster_", model).save_model(path),
    "sklearn": _save_skops,
}


def save_model(model: Any, path: str | os.PathLike[str]) -> None:
    """Save a model in its vendor's own format, whole or not at all.

    Parameters
    ----------
    model : object
        A fitted model of a supported family: XGBoost (JSON where the name ends in ``.json``, else
        UBJSON), LightGBM (text) or scikit-learn (skops), linear ones and pipelines too. Nothing of
        treeprune is in the file.
    path : str or path-like
        An old file of that name stays as it was until the new one is written whole.

    Raises
    ------
    UnsupportedModelError
        If the model is of no supported family, or has no format of its own but a pickle.
    ValueError
        If the name's ending means a format that is not written here, as ``.pkl`` or ``.onnx``.

    Warns
    -----
    PruningWarning
        If the wrapper takes another number than NaN for missing (XGBoost's ``missing=-999``): its file
        does not say so.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import xgboost as xgb
    >>> from sklearn.datasets import load_iris
    >>> from treeprune import load_model, save_model
    >>> X, y = load_iris(return_X_y=True)
    >>> path = Path(tempfile.mkdtemp()) / "model.ubj"
    >>> save_model(xgb.XGBClassifier(n_estimators=2).fit(X, y), path)
    >>> type(load_model(path)).__name__
    'XGBClassifier'
    """
    last = last_step(model)
    (find_linear if is_linear(last) else find_backend)(last)
    vendor, inner = (type(each).__module__.partition(".")[0] for each in (model, last))
    save = _SAVERS.get(vendor)
    if save is None:
        raise UnsupportedModelError(
            f"{type(model).__name__} has no file format that treeprune writes; use its own save_model"
        )
    if inner != vendor:
        raise UnsupportedModelError(
            f"a {type(model).__name__} that ends in a {type(last).__name__} has no file format of its own: "
            f"skops files hold scikit-learn's models; save the {type(last).__name__} in {inner}'s"
        )
    check_ending(path, vendor)
    missing = getattr(model, "missing", np.nan)
    if isinstance(missing, Real) and not np.isnan(float(missing)):
        warnings.warn(
            f"the file does not hold missing={missing!r}, which is the wrapper's: tell whatever loads it",
            PruningWarning,
            stacklevel=2,
        )
    with replacing(path) as temporary:
        save(model, temporary)
