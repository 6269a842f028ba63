"""The gateway to numba. In: plain functions on arrays. Out: the same, compiled.
One reason to exist: how kernels are compiled is decided once. No fast-math: the same input gives
the same bytes. The GIL is released. Compiled code is kept in a folder named after the text of all
kernels: numba does not notice when a kernel of another module, which it has inlined, changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

CONFIG: Any = numba.config
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
"""A division by zero gives inf or nan, as in numpy."""
INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}


def _cache_folder() -> str:
    """Where compiled code of exactly these kernels is kept."""
    here = Path(__file__).parent
    text = b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))
    home = Path(CONFIG.CACHE_DIR) if CONFIG.CACHE_DIR else here / "__pycache__"
    return str(home / f"kernels-{hashlib.sha256(text).hexdigest()[:16]}")


CACHE_FOLDER = _cache_folder()


def kernel(function: Function) -> Function:
    """Compile a function on first use."""
    return _compile(function, OPTIONS)


def inner_kernel(function: Function) -> Function:
    """The same for a function that only kernels call and that makes no arrays.

    It has no entry from Python and does not count references to the arrays it is given (its
    caller holds them): it compiles faster, and short weeks run several times faster.
    """
    return _compile(function, OPTIONS | INNER)


def _compile(function: Function, options: dict[str, Any]) -> Function:
    given = CONFIG.CACHE_DIR
    CONFIG.CACHE_DIR = CACHE_FOLDER  # read when a function is decorated, and only then
    try:
        return cast(Function, numba.njit(**options)(function))
    finally:
        CONFIG.CACHE_DIR = given
