"""stockpyl's side of a comparison. In: networks as JSON on standard input. Out: what happened, as JSON.
One reason to exist: stockpyl lives in an environment of its own, whose Python runs this file.
"""

import json
import sys
import time
import warnings

warnings.simplefilter("ignore")

from stockpyl.demand_source import DemandSource  # noqa: E402
from stockpyl.disruption_process import DisruptionProcess  # noqa: E402
from stockpyl.policy import Policy  # noqa: E402
from stockpyl.sim import close, initialize, step  # noqa: E402
from stockpyl.supply_chain_network import SupplyChainNetwork  # noqa: E402
from stockpyl.supply_chain_node import SupplyChainNode  # noqa: E402
from stockpyl.supply_chain_product import SupplyChainProduct  # noqa: E402


def build(nodes):
    """Nodes, each with a product of its own made of `children` {index: units}; none: unlimited supply."""
    network = SupplyChainNetwork()
    made = {}
    for row in nodes:
        index, stage = row["index"], SupplyChainNode(index=row["index"])
        product = SupplyChainProduct(index=1000 + index)
        for child, units in row["children"].items():
            product.set_bill_of_materials(raw_material=1000 + int(child), num_needed=units)
        stage.add_product(product)
        stage.supply_type = None if row["children"] else "U"
        stage.shipment_lead_time = row["lead"]
        stage.initial_inventory_level = row["initial"]
        stage.local_holding_cost = row.get("hold", 0)
        stage.stockout_cost = row.get("late", 0)
        stage.inventory_policy = {1000 + index: policy(row["policy"], stage, product)}
        if row.get("demand"):
            stage.demand_source = DemandSource(type="D", demand_list=row["demand"])
        if row.get("down"):
            stage.disruption_process = DisruptionProcess(
                random_process_type="E",
                disruption_type=row["kind"],
                disruption_state_list=[bool(state) for state in row["down"]],
            )
        network.add_node(stage)
        made[index] = stage
    for row in nodes:
        for child in row["children"]:
            network.add_successor(made[int(child)], made[row["index"]])
    return network


def policy(row, node, product):
    """A replenishment policy by its stockpyl type and figures."""
    return Policy(node=node, product=product, **row)


def play(case):
    """Every node and period: inventory level, on hand, orders, backorders; and the time it took."""
    network = build(case["nodes"])
    start, start_cpu = time.perf_counter(), time.process_time()
    initialize(network, case["periods"])
    for t in range(case["periods"]):
        for index, orders in case.get("orders", {}).items():
            fixed = network.get_node_from_index(int(index)).inventory_policy[1000 + int(index)]
            fixed.order_quantity = orders[t]
        step(network, consistency_checks=case.get("checks", "E"))
    cost = close(network)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    series = {}
    for node in network.nodes:
        states = node.state_vars[: case["periods"]]
        key = 1000 + node.index
        series[node.index] = {
            "inventory_level": [float(state.inventory_level[key]) for state in states],
            "order": [float(state.order_quantity_fg[key]) for state in states],
            "cost": [float(state.total_cost_incurred) for state in states],
        }
    return {"cost": cost, "seconds": seconds, "cpu": cpu, "series": series}


if __name__ == "__main__":
    json.dump([play(case) for case in json.load(sys.stdin)], sys.stdout)
