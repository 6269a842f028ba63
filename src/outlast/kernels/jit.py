"""The gateway to numba. In: plain functions on arrays. Out: the same, compiled.
One reason to exist: how kernels are compiled is decided once. No fast-math: the same input
gives the same bytes. The GIL is released. Compiled code is cached beside the module; the cache
of a kernel does not notice a change in a kernel of another module that it calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

prange = numba.prange


def kernel(function: Function) -> Function:
    """Compile a function on first use; a division by zero gives inf or nan as in numpy."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inner_kernel(function: Function) -> Function:
    """The same for a function that only kernels call; without an entry from Python it compiles faster."""
    compiled = numba.njit(
        cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)
    return cast(Function, compiled)


def parallel_kernel(function: Function) -> Function:
    """The same, with loops over `prange` shared among threads."""
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy", parallel=True)(function)
    return cast(Function, compiled)
