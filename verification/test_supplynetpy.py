"""The same stages in SupplyNetPy, week by week."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from verification.peers.ask import ask
from verification.record import COLOURS, Comparison, Figure, publish
from verification.stages import Stage, build, markov_up, order_up_to
from verification.trees import PLENTY
from verification.weeks import Weeks, play

WEEKS, RUNS, EXACT = 300, 20, 1e-6
ORDER = (
    "SupplyNetPy plays events in continuous time; ours is a week.",
    "A week k is put around time k: arrivals, then reviews at k - 0.25 from the customer upwards, demand "
    "at k, "
    "stock is read at k + 0.4. An order arrives a tenth of a week before its time, so that no two events "
    "fall "
    "together; an outage begins at k - 0.5 and ends at k - 0.3.",
)
WHOLE = (
    "SupplyNetPy ships an order to another site only when all of it is there; ours ships what there is.",
    "So while the upper stage lacks, the lower one has as much or less in SupplyNetPy, never more, until "
    "the "
    "whole order has come. Net stock of the upper stage does not depend on it.",
)
PROBED = (
    "The first outage and the first demand were lost when they came from an iterator.",
    "SupplyNetPy calls each function it is given once more, to check it; ours for it look at the clock "
    "instead.",
)


def whole_demand(rng: np.random.Generator) -> NDArray[np.float64]:
    """Units by week, each at least 1 (SupplyNetPy refuses 0)."""
    return rng.integers(1, 11, WEEKS).astype(np.float64)


def one_stage(demand: NDArray[np.float64], lost: bool, lead: int, **stage: Any) -> dict[str, Any]:
    supplier = {"name": "S", "type": "infinite_supplier", **stage.pop("supplier", {})}
    site = {"name": "P", "type": "retailer", **stage}
    return {
        "weeks": WEEKS,
        "demand": demand.tolist(),
        "lost": lost,
        "sold_at": "P",
        "nodes": [site, supplier],
        "links": [["S", "P", lead]],
    }


def net(answer: dict[str, Any], name: str) -> NDArray[np.float64]:
    return np.array(answer["series"][name]["on_hand"]) - np.array(answer["series"][name]["owed"])


def ours_net(weeks: Weeks, name: str = "P") -> NDArray[np.float64]:
    item = weeks.arrays.item_ids.index(name)
    return weeks.on_hand[:, item] - weeks.backlog[:, item]


def chart(who: dict[str, NDArray[np.float64]]) -> Any:
    rows = [
        {"x": k, "y": float(y), "who": name}
        for name, series in who.items()
        for k, y in enumerate(series[:60])
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("x:Q", title="week"),
        y=alt.Y("y:Q", title="net stock"),
        color=alt.Color("who:N", scale=alt.Scale(domain=list(who), range=COLOURS)),
    )
    peer = f"datum.who == '{next(iter(who))}'"
    lines = base.transform_filter(peer).mark_line(interpolate="step-after")
    points = base.transform_filter(f"!({peer})").mark_point(filled=True, size=20)
    return alt.layer(lines, points).properties(width=640, height=260)


def test_one_stage() -> None:
    """Base stock and (R, Q), lost sales and backorders, lead times 0 to 3, a supplier that fails."""
    rng = np.random.default_rng(5)
    ours, cases, names = [], [], []
    for run in range(RUNS):
        demand, lead, lost, lots = whole_demand(rng), run % 4, run % 2 == 0, run % 3 == 0
        up = markov_up(rng, (1, WEEKS, 1), 0.08, 0.4)[0]
        up[0] = True
        level = float(round(5.5 * (lead + 2)))
        stage = Stage("P", weeks=lead, demand=5.5, on_hand=level)
        arrays = build([stage], WEEKS, late=None if lost else 1.0, margin=1.0)
        param, base = {"s": level, "S": level}, level
        if lots:
            arrays, base = replace(arrays, source_minimum=np.array([60.0])), level - 3
            param = {"R": base - 1, "Q": 60.0}
        weeks = play(arrays, order_up_to(arrays, {"P": base}), demand[:, None], up)
        edges = np.diff(up[:, 0].astype(int))
        supplier = {
            "down": (np.flatnonzero(edges < 0) + 0.5).tolist(),
            "up": (np.flatnonzero(edges > 0) + 0.7).tolist(),
        }
        kind = "RQ" if lots else "sS"
        cases.append(
            one_stage(demand, lost, lead, initial=level, policy=kind, param=param, supplier=supplier)
        )
        ours.append(ours_net(weeks))
        names.append(("(R, Q)" if lots else "base stock") + (", lost sales" if lost else ", backorders"))
    answers = ask("supplynetpy", cases)
    figures = []
    for name in sorted(set(names)):
        rows = [row for row, other in enumerate(names) if other == name]
        worst = max(float(np.abs(ours[row] - net(answers[row], "P")).max()) for row in rows)
        figures.append(
            Figure(f"{name}: largest difference of net stock, {len(rows) * WEEKS:,} weeks", worst, 0.0, EXACT)
        )
    short = sum(int((net(answer, "P") <= 0).sum()) for answer in answers)
    figures.append(Figure("weeks that end without stock", short, RUNS * WEEKS / 20, relation=">"))
    publish(
        Comparison(
            key="supplynetpy-stage",
            title="SupplyNetPy: one stage",
            what="A product bought for resale, base stock or (R, Q), lost sales or backorders, lead "
            "times of 0 to "
            f"3 weeks, whole demand, and a supplier that fails and recovers: {RUNS} runs of {WEEKS} weeks "
            "with "
            "the same demand and the same outages in SupplyNetPy 0.5.1 and in ours.",
            source="SupplyNetPy (PyPI)",
            tolerance="none but rounding",
            figures=tuple(figures),
            differences=(ORDER, PROBED),
        ),
        chart({"SupplyNetPy": net(answers[1], "P"), "Outlast": ours[1]}),
    )


def behind(rng: np.random.Generator, run: int) -> tuple[Weeks, dict[str, Any]]:
    """A shop behind a warehouse that is scarce in one run of four: ours, and SupplyNetPy's case."""
    demand, lead, above = whole_demand(rng), 1 + run % 3, 1 + run % 2
    shop, store = float(round(5.5 * (lead + 2))), float(round(5.5 * above * (0.6 + 0.6 * (run % 4))))
    stages = [
        Stage("PLENTY", on_hand=PLENTY),
        Stage("W", children={"PLENTY": 1.0}, weeks=above, on_hand=store),
        Stage("P", children={"W": 1.0}, weeks=lead, demand=5.5, on_hand=shop),
    ]
    arrays = build(stages, WEEKS, late=1.0)
    weeks = play(arrays, order_up_to(arrays, {"PLENTY": 0.0, "W": store, "P": shop}), demand[:, None])
    case = one_stage(demand, False, lead, initial=shop, policy="sS", param={"s": shop, "S": shop})
    warehouse = {"name": "W", "type": "distributor", "initial": store, "policy": "sS"}
    case["nodes"].insert(1, warehouse | {"param": {"s": store, "S": store}})
    case["links"] = [["W", "P", lead], ["S", "W", above]]
    return weeks, case


def test_two_stages() -> None:
    """A shop behind a warehouse: equal until the warehouse lacks, and why not after."""
    rng = np.random.default_rng(6)
    runs = [behind(rng, run) for run in range(RUNS)]
    answers = ask("supplynetpy", [case for _, case in runs])
    worst, upper, differ, more, lacking = 0.0, 0.0, 0, 0, 0
    for (weeks, case), answer in zip(runs, answers, strict=True):
        shop, lead = case["nodes"][0]["initial"], case["links"][0][2]
        there, here = net(answer, "P"), ours_net(weeks)
        lacks = np.flatnonzero(np.array(answer["series"]["W"]["owed"]) > 0)
        until = lacks[0] + lead if len(lacks) else WEEKS
        worst = max(worst, float(np.abs(there - here)[:until].max()))
        differ += int((np.abs(there - here) > EXACT).any())
        more += int((there > here + EXACT).sum())
        lacking += int(len(lacks) > 0)
        store, own = weeks.arrays.item_ids.index("W"), weeks.arrays.item_ids.index("P")
        unserved = shop - here[:-1] - np.diff(weeks.made[:, own]) - weeks.in_making(own)[1:]
        upper = max(upper, float(np.abs(weeks.on_hand[1:, store] - unserved - net(answer, "W")[1:]).max()))
    kept = {"SupplyNetPy": net(answers[0], "P"), "Outlast": ours_net(runs[0][0])}
    figures = [
        Figure("shop: largest difference before the warehouse first lacks", worst, 0.0, EXACT),
        Figure("warehouse: largest difference of net stock, in all weeks", upper, 0.0, EXACT),
        Figure("shop: weeks in which SupplyNetPy has more", more, 0.0),
        Figure("runs in which the warehouse lacks", lacking, 4.0, relation=">"),
        Figure("runs that differ at all", differ, lacking + 0.5, relation="<"),
    ]
    publish(
        Comparison(
            key="supplynetpy-two-stages",
            title="SupplyNetPy: a shop behind a warehouse",
            what=f"Base stock at both, backorders, lead times of 1 to 3 and 1 to 2 weeks; {RUNS} runs of "
            f"{WEEKS} "
            "weeks, with warehouses from scarce to plentiful. The picture shows the first run.",
            source="SupplyNetPy (PyPI)",
            tolerance="none but rounding",
            figures=tuple(figures),
            differences=(ORDER, WHOLE),
        ),
        chart(kept),
    )


def test_assembly() -> None:
    """A product of ten parts with lead times of their own, made to the plan of a base stock."""
    rng = np.random.default_rng(7)
    ours, cases = [], []
    for _ in range(5):
        demand = whole_demand(rng)
        units = {f"S{n}": int(rng.integers(1, 4)) for n in range(10)}
        leads = {name: int(rng.integers(1, 5)) for name in units}
        level = float(round(5.5 * (max(leads.values()) + 1)))
        stages = [Stage("PLENTY", on_hand=PLENTY)]
        stages += [Stage(name, children={"PLENTY": 1.0}, weeks=lead) for name, lead in leads.items()]
        stages += [Stage("P", children=units, demand=5.5, on_hand=level)]
        arrays = build(stages, WEEKS, late=1.0)
        levels = dict.fromkeys(["PLENTY", *units], 0.0) | {"P": level}
        ours.append(ours_net(play(arrays, order_up_to(arrays, levels), demand[:, None])))
        maker = {"initial": level, "policy": "sS", "param": {"s": level, "S": level}, "parts": units}
        case = one_stage(demand, False, 0, type="manufacturer", **maker)
        case["nodes"][1:] = [{"name": name, "type": "infinite_supplier", "raw": True} for name in units]
        case["links"] = [[name, "P", lead] for name, lead in leads.items()]
        cases.append(case)
    theirs = [net(answer, "P") for answer in ask("supplynetpy", cases)]
    worst = max(float(np.abs(there - here).max()) for there, here in zip(theirs, ours, strict=True))
    short, count = sum(int((there < 0).sum()) for there in theirs), len(theirs) * WEEKS
    publish(
        Comparison(
            key="supplynetpy-assembly",
            title="SupplyNetPy: assembly of ten parts",
            what="A manufacturer whose parts, one to three of each, come with lead times of 1 to 4 weeks "
            "from "
            "suppliers that never lack, and who plans by a base stock of the product; backorders; "
            f"{count:,} weeks.",
            source="SupplyNetPy (PyPI), `Manufacturer`",
            tolerance="none but rounding",
            figures=(
                Figure("largest difference of the product's net stock", worst, 0.0, EXACT),
                Figure("weeks in which customers wait", short, count / 20, relation=">"),
            ),
            differences=(
                ORDER,
                (
                    "A manufacturer of SupplyNetPy holds no stock of parts: it orders them for what it "
                    "has planned.",
                    "Ours holds parts; their base stock is set to 0 here, which is the same.",
                ),
            ),
        ),
        chart({"SupplyNetPy": theirs[0], "Outlast": ours[0]}),
    )
