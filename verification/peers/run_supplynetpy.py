"""SupplyNetPy's side of a comparison. In: networks as JSON on standard input. Out: what happened, as JSON.
One reason to exist: SupplyNetPy lives in an environment of its own, whose Python runs this file.
A week k is the time around k: reviews before it, demand at it, stock is read after it.
"""

import json
import sys
import time

import simpy
import SupplyNetPy.Components as scm  # noqa: N813

REVIEW, READ, EARLY = -0.25, 0.4, 0.1
"""Of a week: when stages order, when stock is read; how much earlier than its week an order arrives."""
POLICIES = {"sS": scm.SSReplenishment, "RQ": scm.RQReplenishment}


def build(case):
    """The network: stages, links and customers as SupplyNetPy's dicts.

    SupplyNetPy calls every function once more than it uses it, to check it: so they look at the clock.
    """
    env, nodes, links = simpy.Environment(), [], []
    for order, row in enumerate(case["nodes"]):
        nodes.append(stage(env, row, REVIEW + 1 + 0.001 * order))
    for number, (source, sink, lead) in enumerate(case["links"]):
        links.append(
            {
                "ID": f"L{number}",
                "source": source,
                "sink": sink,
                "cost": 0,
                "lead_time": lag(max(lead - EARLY, 0.005)),
            }
        )
    customer = {
        "ID": "D",
        "name": "D",
        "order_arrival_model": lambda: 1,
        "order_quantity_model": lambda: case["demand"][int(env.now)],
        "demand_node": case["sold_at"],
    }
    if case["lost"]:
        customer["consume_available"] = True
    else:
        customer["tolerance"], customer["order_min_split_ratio"] = float("inf"), 1e-9
    return scm.create_sc_net(nodes=nodes, links=links, demands=[customer], env=env)


def lag(value):
    """A function without arguments that returns it."""
    return lambda: value


def until_next(env, moments):
    """Time from now to the next of some moments; far away if none is left."""
    return lambda: next((moment - env.now for moment in moments if moment > env.now), 1e9)


def stage(env, row, first_review):
    """One node; it fails at the moments `down` and recovers at the moments `up`."""
    node = {"ID": row["name"], "name": row["name"], "node_type": row["type"]}
    if row["type"] == "infinite_supplier":
        if row.get("raw"):
            node["raw_material"] = raw(row["name"])
        if row.get("down"):
            node["node_disrupt_time"] = until_next(env, row["down"])
            node["node_recovery_time"] = until_next(env, row["up"])
        return node
    node |= {
        "capacity": 1e9,
        "initial_level": row["initial"],
        "inventory_holding_cost": 0,
        "replenishment_policy": POLICIES[row["policy"]],
        "policy_param": {**row["param"], "first_review_delay": first_review, "period": 1},
        "product_sell_price": 1,
    }
    if row["type"] == "manufacturer":
        parts = [(raw(name), units) for name, units in row["parts"].items()]
        node["product"] = scm.Product("P", "P", 1, 0.001, 1, parts, 10**9)
    else:
        node["product_buy_price"] = 1
    return node


def raw(name):
    """What an outer supplier supplies."""
    return scm.RawMaterial(f"R-{name}", "raw", 1, 1, 1, 1)


def read(env, nodes, weeks, series):
    """Process that notes stock and what is owed after every week."""
    yield env.timeout(READ)
    for _ in range(weeks):
        for name, node in nodes.items():
            series[name]["on_hand"].append(float(node.inventory.level))
            series[name]["owed"].append(float(node.stats.backorder[1]))
        yield env.timeout(1)


def play(case):
    """Stock and what is owed, by week; and the time it took."""
    network = build(case)
    nodes = {
        row["name"]: network["nodes"][row["name"]]
        for row in case["nodes"]
        if row["type"] != "infinite_supplier"
    }
    series = {name: {"on_hand": [], "owed": []} for name in nodes}
    network["env"].process(read(network["env"], nodes, case["weeks"], series))
    start, start_cpu = time.perf_counter(), time.process_time()
    scm.simulate_sc_net(network, sim_time=case["weeks"] - 0.5, logging=False)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    return {"seconds": seconds, "cpu": cpu, "series": series}


if __name__ == "__main__":
    scm.global_logger.disable_logging()
    json.dump([play(case) for case in json.load(sys.stdin)], sys.stdout)
