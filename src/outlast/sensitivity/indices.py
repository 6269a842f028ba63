"""Sobol indices by SALib. In: a function's values on points that SALib chose. Out: `Index`es.
One reason to exist: the only import of SALib, which is an extra.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from outlast.errors import UsageError
from outlast.network.arrays import Floats
from outlast.sensitivity.answer import Index

FEWEST = 8
"""Base samples."""


def choose_points(names: Sequence[str], samples: int, seed: int) -> Floats:
    """Points of Saltelli's scheme in the unit cube, shape (samples x (factor + 2), factor).

    Args:
        names: of the factors.
        samples: base samples, a power of 2.
        seed: of the scrambling.

    Raises:
        UsageError: SALib is missing, or samples are no power of 2 from 8 on.

    Source: Saltelli et al. (2010), Computer Physics Communications 181, 259-270.
    """
    if samples < FEWEST or samples & (samples - 1):
        raise UsageError(f"--samples must be a power of 2 from {FEWEST} on, or 0 for none, not {samples}")
    try:
        from SALib.sample import sobol
    except ModuleNotFoundError:
        raise UsageError(
            "Sobol indices need the library SALib: pip install 'outlast[sensitivity]', "
            "or ask for the tornado alone with --samples 0."
        ) from None
    points: Floats = sobol.sample(_problem(names), samples, calc_second_order=False, seed=seed)
    return points


def find_indices(names: Sequence[str], values: Floats, seed: int) -> tuple[Index, ...]:
    """First-order and total indices with 95 % half-widths by bootstrap, in the order of the names.

    Args:
        names: of the factors.
        values: of the function at `choose_points`, in their order.
        seed: of the bootstrap.

    Source: Saltelli et al. (2010); Archer, Saltelli & Sobol (1997), J. Stat. Comput. Simul. 58 (bootstrap).
    """
    if np.ptp(values) <= 1e-12 * max(1e-300, float(np.abs(values).max())):
        return tuple(Index(name, 0.0, 0.0, 0.0, 0.0) for name in names)
    from SALib.analyze import sobol

    found = sobol.analyze(_problem(names), values, calc_second_order=False, conf_level=0.95, seed=seed)
    columns = (found[key].tolist() for key in ("S1", "S1_conf", "ST", "ST_conf"))
    return tuple(Index(name, *row) for name, *row in zip(names, *columns, strict=True))


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
