"""Some of stockpyl's answers for quick tests. In: nothing. Out: tests/data/stockpyl.json.
One reason to exist: `make test` has no peers, and still meets their figures: `python -m verification.keep`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from verification.peers.ask import ask
from verification.trees import random_assembly, serial

FILE = Path(__file__).parents[1] / "tests" / "data" / "stockpyl.json"


def main() -> None:
    """Ask, and keep."""
    rng = np.random.default_rng(11)
    trees = [serial(rng, 3, 40), random_assembly(rng, 40), random_assembly(rng, 40)]
    cases = [{"periods": len(tree.demand), "nodes": tree.nodes()} for tree in trees]
    answers = ask("stockpyl", cases)
    rows = [
        {
            "nodes": case["nodes"],
            "net": {node: series["inventory_level"] for node, series in answer["series"].items()},
        }
        for case, answer in zip(cases, answers, strict=True)
    ]
    kept = {"program": "stockpyl 1.0.2", "made by": "python -m verification.keep", "cases": rows}
    FILE.write_text(json.dumps(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
