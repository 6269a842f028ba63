"""The same networks in stockpyl, period by period."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from outlast.kernels.shapes import RECEIPT, SHIPMENT, TRANSIT
from verification.peers.ask import ask
from verification.record import COLOURS, Comparison, Figure, publish
from verification.stages import build, markov_up, order_up_to
from verification.trees import Tree, random_assembly, serial, wide_assembly
from verification.weeks import Weeks, net_levels, play

EXACT = 1e-6
SEQUENCE = (
    "A period of stockpyl is demand, orders for it, arrivals, shipments. A week of ours is arrivals, "
    "orders, "
    "making, demand.",
    "So what stockpyl orders in period t we order in week t + 1, and a lead time of L from order to "
    "arrival there "
    "is L - 1 weeks for what is sold, L for what is made before it (its order and its arrival both move "
    "by one). "
    "Net stock at the end of period t is ours at the end of week t for a product and of week t + 1 for "
    "its contents.",
)
WAITING = (
    "Where one child lacks, stockpyl ships the others to the parent, where they wait as raw material; ours "
    "stay in the children's stock.",
    "The parent is finished in the same week either way. On hand and in transit therefore differ between "
    "the two, "
    "net stock (less what is owed to the parent) does not, and it is what is compared.",
)
PARENTS = (
    "Only networks in which every item has one parent are compared.",
    "Scarce items go to several parents in order of number in stockpyl, and in proportion to what each "
    "plans in ours.",
)


def our_side(tree: Tree, arrays: Any, up: NDArray[np.bool_] | None = None) -> tuple[Weeks, dict[str, Any]]:
    levels = tree.levels()
    weeks = play(arrays, order_up_to(arrays, levels), tree.weekly(), up)
    return weeks, net_levels(weeks, levels)


def meet(name: str, ours: list[dict[str, Any]], peers: list[dict[str, Any]]) -> list[Figure]:
    """The largest difference of net stock, how much was compared, and that some of it was short."""
    worst, count, short = 0.0, 0, 0
    for net, answer in zip(ours, peers, strict=True):
        for node, series in answer["series"].items():
            there = np.array(series["inventory_level"])
            worst = max(worst, float(np.abs(net[node] - there).max()))
            count += there.size
            short += int((there < 0).sum())
    return [
        Figure(f"{name}: largest difference of net stock, {count:,} node-periods", worst, 0.0, EXACT),
        Figure(f"{name}: node-periods in which something is owed", short, 0.02 * count, relation=">"),
    ]


def chart(tree: Tree, net: dict[str, Any], answer: dict[str, Any], nodes: list[int]) -> Any:
    rows = [
        {"x": t, "y": float(y), "node": f"node {node}", "who": who}
        for node in nodes
        for who, series in (
            ("stockpyl", answer["series"][str(node)]["inventory_level"]),
            ("Outlast", net[str(node)]),
        )
        for t, y in enumerate(series[:60])
    ]
    base = alt.Chart().encode(
        x=alt.X("x:Q", title="period"),
        y=alt.Y("y:Q", title="net stock"),
        color=alt.Color("who:N", scale=alt.Scale(domain=["stockpyl", "Outlast"], range=COLOURS)),
    )
    lines = base.transform_filter("datum.who == 'stockpyl'").mark_line(interpolate="step-after")
    points = base.transform_filter("datum.who == 'Outlast'").mark_point(filled=True, size=18)
    layers = alt.layer(lines, points, data=alt.Data(values=rows)).properties(width=620, height=110)
    return layers.facet(row=alt.Row("node:N", title=None)).resolve_scale(y="independent")


def test_serial_and_assembly_networks() -> None:
    rng = np.random.default_rng(1)
    groups = {
        "serial, 4 stages, 10 networks": [serial(rng, 4, 200) for _ in range(10)],
        "assembly, 101 nodes": [wide_assembly(rng, 30)],
        "random assemblies, 30 networks": [random_assembly(rng, 100) for _ in range(30)],
    }
    figures, kept = [], None
    for name, trees in groups.items():
        cases = [{"periods": len(tree.demand), "nodes": tree.nodes()} for tree in trees]
        answers = ask("stockpyl", cases)
        ours = [
            our_side(tree, build(tree.stages(), len(tree.demand) + 1, late=tree.late))[1] for tree in trees
        ]
        figures += meet(name, ours, answers)
        kept = kept or chart(trees[0], ours[0], answers[0], [1, 2, 3, 4])
    publish(
        Comparison(
            key="stockpyl-networks",
            title="stockpyl: serial and assembly networks",
            what="Local base stock on every stage, backorders, whole demand, levels that are often too "
            "low. Net "
            "stock of every node in every period, from stockpyl 1.0.2 and from ours. Parts are made of "
            "something "
            "that never lacks, as stockpyl's outer supplier. The picture shows one chain; points lie on "
            "lines.",
            source="stockpyl (Snyder 2023), INFORMS TutORials in Operations Research",
            tolerance="none but rounding: both programs do the same sums",
            figures=tuple(figures),
            differences=(SEQUENCE, WAITING, PARENTS),
        ),
        kept,
    )


def failing(tree: Tree, rng: np.random.Generator) -> tuple[Any, NDArray[np.bool_]]:
    """Our case of bought parts with smallest orders, multiples, capacities and sources that fail."""
    arrays = build(tree.stages(bought=True), len(tree.demand) + 1, late=tree.late)
    use, n_source = arrays.usage[0, arrays.source_item], len(arrays.source_ids)
    arrays = replace(
        arrays,
        source_minimum=np.where(rng.random(n_source) < 0.5, np.round(1.5 * use), 0.0),
        source_multiple=np.where(rng.random(n_source) < 0.5, 5.0, 0.0),
        source_capacity=np.where(rng.random(n_source) < 0.5, np.round(2 * use) + 5, np.inf),
    )
    return arrays, markov_up(rng, (1, arrays.n_week, n_source), 0.1, 0.4)[0]


def test_bought_parts_driven_by_our_orders() -> None:
    """Our purchases, given to stockpyl as orders, move the same goods in the same weeks."""
    rng = np.random.default_rng(2)
    ours, cases = [], []
    for _ in range(30):
        tree = random_assembly(rng, 100)
        tree = replace(tree, lead={node: max(1, weeks) for node, weeks in tree.lead.items()})
        arrays, up = failing(tree, rng)
        weeks, net = our_side(tree, arrays, up)
        orders = {
            arrays.item_ids[item]: np.diff(weeks.received[:, item])[lead:].tolist()
            for lead, item in zip(arrays.source_lead, arrays.source_item, strict=True)
        }
        fixed = {"policy": {"type": "rQ", "reorder_point": 1e15, "order_quantity": 0.0}}
        tree = replace(tree, extra={int(node): fixed for node in orders})
        periods = len(tree.demand) - int(arrays.source_lead.max())
        ours.append({name: level[:periods] for name, level in net.items()})
        cases.append({"periods": periods, "nodes": tree.nodes(), "orders": orders})
    answers = ask("stockpyl", cases)
    publish(
        Comparison(
            key="stockpyl-driven",
            title="stockpyl, driven by our purchases",
            what="30 random assemblies whose parts we buy with lead times, smallest orders, multiples, "
            "capacities "
            "and sources that fail (order pausing). Our purchases are handed to stockpyl as its orders; "
            "assemblies "
            "and product follow their own base stock in both. Net stock of every node in every period.",
            source="stockpyl, policy `rQ` with a reorder point never exceeded and Q set anew in every period",
            tolerance="none but rounding",
            figures=tuple(meet("30 networks", ours, answers)),
            differences=(
                (
                    "stockpyl's own way to hand over orders, `step(order_quantity_override=...)`, is not "
                    "used.",
                    "In version 1.0.2 it makes no difference to what a stage turns into finished goods, "
                    "which is "
                    "still reckoned with the orders of the stage's own policy; goods then stay behind as "
                    "raw material. Its policy of fixed quantities (`FQ`) fails with an UnboundLocalError. "
                    "Policy "
                    "`rQ` with a reorder point that is never exceeded has neither trouble.",
                ),
                (
                    "Left to itself, stockpyl orders a part when its parents order it; we order it a week "
                    "later, "
                    "when it has been used.",
                    "Our purchases look at position (on hand and due, less what customers wait for) "
                    "before the week's "
                    "making is planned; the week's use is in the order-up-to level instead. That is the "
                    "policy, "
                    "not the movement of goods; so the policy is handed over and the movement compared.",
                ),
            ),
        ),
        chart(tree, ours[-1], answers[-1], sorted(tree.lead)[-3:]),
    )


KINDS = {"OP": 0, "SP": SHIPMENT, "TP": SHIPMENT | TRANSIT, "RP": RECEIPT}
"""stockpyl's kinds of disruption, and the pauses of goods that are the same in ours."""
NAMES = {"OP": "order", "SP": "shipment", "TP": "transit", "RP": "receipt"}
UPSTREAM = 1e7
"""Stock of an upper stage in stockpyl that never lacks: shipments of its outer supplier cannot be paused."""


def paused(rng: np.random.Generator, kind: str, lead: int) -> tuple[Tree, Any, Any, Any]:
    """A stage whose source is down for stretches: its tree, our case, when it is up, and what pauses."""
    demand = rng.integers(0, 20, 300).astype(np.float64)
    down = ~markov_up(rng, (1, 300, 1), 0.1, 0.3)[0, :, 0]
    down[0] = False
    level, extra = float(round(10 * (lead + 1.5))), {"kind": kind, "down": down.tolist()}
    tree = Tree({1: {}}, {1: lead}, {1: level}, demand, 1.0, 5.0, {1: extra})
    arrays = build(tree.stages(bought=True), 301, late=tree.late)
    arrays = replace(arrays, source_transit=arrays.source_lead)
    ours = np.append(down, False) if kind == "RP" else np.insert(down, 0, False)
    if kind == "OP":
        return tree, arrays, ~ours[:, None], None
    return tree, arrays, None, (ours * KINDS[kind]).astype(np.uint8)[:, None]


def test_four_kinds_of_disruption_of_one_stage() -> None:
    """Base stock with order, shipment, transit and receipt pausing: net stock and cost of every period."""
    rng = np.random.default_rng(3)
    figures: list[Figure] = []
    for kind, name in NAMES.items():
        ours, cases, costs = [], [], []
        for lead in (1, 2, 4, 1, 2, 4):
            tree, arrays, up, pauses = paused(rng, kind, lead)
            weeks = play(arrays, order_up_to(arrays, tree.levels()), tree.weekly(), up, pauses)
            ours.append(net_levels(weeks, tree.levels()))
            nodes = tree.nodes()
            if kind == "SP":
                above = {"index": 2, "children": {}, "lead": 1, "initial": UPSTREAM}
                above["policy"] = {"type": "BS", "base_stock_level": UPSTREAM}
                nodes = [nodes[0] | {"children": {"2": 1}}, above]
            cases.append({"periods": 300, "nodes": nodes})
            held, owed = weeks.on_hand[:300].sum(), weeks.backlog[:300].sum()
            costs.append(float(held * tree.hold + owed * tree.late))
        answers = [{"series": {"1": answer["series"]["1"]}} for answer in ask("stockpyl", cases)]
        figures += meet(f"{name} pausing, 6 runs", ours, answers)
        there = sum(sum(answer["series"]["1"]["cost"]) for answer in answers)
        figures.append(Figure(f"{name} pausing: cost of holding and backorders", sum(costs), there, EXACT))
    publish(
        Comparison(
            key="stockpyl-disruptions",
            title="stockpyl: the four kinds of disruption",
            what="One product bought for resale with lead times of 1, 2 and 4 periods, base stock, "
            "backorders, "
            "and the same 300 states of the source in both. Net stock and cost of every period. The "
            "picture "
            "shows receipt pausing.",
            source="stockpyl, `DisruptionProcess(random_process_type='E')` with `OP`, `SP`, `TP` and `RP`",
            tolerance="none but rounding",
            figures=tuple(figures),
            differences=(
                SEQUENCE,
                (
                    "Transit pausing of stockpyl is transit and shipment pausing of ours.",
                    "stockpyl stops an order of a paused period at its start, too; in ours goods are on "
                    "their "
                    "way from the week after they are shipped, and what would be shipped is stopped by a "
                    "pause "
                    "of shipment.",
                ),
                (
                    "A pause of orders, shipment or transit in period t is one of our week t + 1, a pause "
                    "of "
                    "receipt one of week t.",
                    "Orders move by a week (above), receipts do not.",
                ),
                (
                    "stockpyl cannot pause shipments of its outer supplier.",
                    "An upper stage that never lacks stands in its place.",
                ),
            ),
        ),
        chart(tree, ours[-1], answers[-1], [1]),
    )


def test_reorder_points_of_one_stage() -> None:
    """(s, S) and (r, Q) policies: net stock and cost of every period."""
    rng = np.random.default_rng(4)
    figures: list[Figure] = []
    for kind in ("sS", "rQ"):
        ours, cases, costs = [], [], []
        for lead in (1, 2, 4, 1, 2, 4):
            demand = rng.integers(0, 20, 300).astype(np.float64)
            point = float(8 * lead)
            size = float(rng.integers(20, 60))
            form = {"type": "sS", "reorder_point": point, "order_up_to_level": point + size}
            if kind == "rQ":
                form = {"type": "rQ", "reorder_point": point, "order_quantity": size}
            start = {"policy": form}
            tree = Tree({1: {}}, {1: lead}, {1: point + size}, demand, 1.0, 5.0, {1: start})
            arrays = build(tree.stages(bought=True), 301, late=tree.late)
            levels = {"1": point + size if kind == "sS" else point}
            policy = order_up_to(arrays, levels)
            if kind == "sS":
                policy = replace(policy, gap=np.full_like(arrays.usage, size))
            else:
                policy = replace(policy, batch=np.array([size]))
            weeks = play(arrays, policy, tree.weekly())
            ours.append(net_levels(weeks, levels))
            cases.append({"periods": 300, "nodes": tree.nodes()})
            held, owed = weeks.on_hand[:300].sum(), weeks.backlog[:300].sum()
            costs.append(float(held * tree.hold + owed * tree.late))
        answers = ask("stockpyl", cases)
        figures += meet(f"{kind}, 6 runs", ours, answers)
        there = sum(sum(answer["series"]["1"]["cost"]) for answer in answers)
        figures.append(Figure(f"{kind}: cost of holding and backorders", sum(costs), there, EXACT))
    publish(
        Comparison(
            key="stockpyl-reorder-points",
            title="stockpyl: (s, S) and (r, Q)",
            what="One product bought for resale with lead times of 1, 2 and 4 periods, backorders, six "
            "(s, S) and "
            "six (r, Q) policies. Net stock and cost of every period. The picture shows an (r, Q) policy.",
            source="stockpyl, policies `sS` and `rQ`",
            tolerance="none but rounding",
            figures=tuple(figures),
            differences=(
                SEQUENCE,
                (
                    "stockpyl orders Q once a period; ours as many Q as lift the position above r.",
                    "The same where a period's demand is below Q, as here.",
                ),
            ),
        ),
        chart(tree, ours[-1], answers[-1], [1]),
    )
