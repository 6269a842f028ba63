"""Net stock of every period as stockpyl gave it (`python -m verification.keep`); `make verify` asks anew."""

from __future__ import annotations

import json

import numpy as np
import pytest

from verification.keep import FILE
from verification.stages import build, order_up_to
from verification.trees import Tree
from verification.weeks import net_levels, play

CASES = json.loads(FILE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES)
def test_net_stock_is_that_of_stockpyl(case) -> None:  # type: ignore[no-untyped-def]
    nodes = {row["index"]: row for row in case["nodes"]}
    tree = Tree(
        children={
            index: {int(child): units for child, units in row["children"].items()}
            for index, row in nodes.items()
        },
        lead={index: row["lead"] for index, row in nodes.items()},
        level={index: row["initial"] for index, row in nodes.items()},
        demand=np.array(nodes[len(nodes)]["demand"]),
        late=5.0,
    )
    arrays = build(tree.stages(), len(tree.demand) + 1, late=tree.late)
    net = net_levels(play(arrays, order_up_to(arrays, tree.levels()), tree.weekly()), tree.levels())
    assert min(min(series) for series in case["net"].values()) < 0
    for node, series in case["net"].items():
        assert net[node] == pytest.approx(series, rel=1e-9, abs=1e-9)
