"""stockpyl's closed forms and its exact cost of serial systems. In: questions as JSON. Out: figures as JSON.
One reason to exist: some of these functions need older numpy and scipy than Outlast has.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")

from scipy.stats import uniform  # noqa: E402
from stockpyl.instances import load_instance  # noqa: E402
from stockpyl.newsvendor import newsvendor_normal, newsvendor_normal_cost  # noqa: E402
from stockpyl.ssm_serial import optimize_base_stock_levels  # noqa: E402
from stockpyl.supply_uncertainty import (  # noqa: E402
    eoq_with_disruptions_cost,
    newsvendor_with_additive_yield_uncertainty,
    newsvendor_with_disruptions,
)


def serial(instance, x_num, d_num):
    """Best echelon levels of a serial instance, their cost, and its figures by stage."""
    network = load_instance(instance)
    levels, cost = optimize_base_stock_levels(network=network, x_num=x_num, d_num=d_num)
    stages = {
        node.index: {"hold": node.local_holding_cost, "lead": node.shipment_lead_time}
        for node in network.nodes
    }
    source = network.get_node_from_index(1)
    demand = {"mean": source.demand_source.mean, "sd": source.demand_source.standard_deviation}
    return {"levels": levels, "cost": cost, "stages": stages, "late": source.stockout_cost, **demand}


FORMULAS = {
    "base stock": lambda level, *rates: newsvendor_with_disruptions(*rates, base_stock_level=level)[1],
    "best base stock": lambda *rates: newsvendor_with_disruptions(*rates)[0],
    "order quantity": eoq_with_disruptions_cost,
    "newsvendor": newsvendor_normal_cost,
    "best newsvendor": lambda *rates: newsvendor_normal(*rates)[0],
    "best yield": lambda hold, late, demand, half: newsvendor_with_additive_yield_uncertainty(
        hold, late, demand, yield_distribution=uniform(-half, 2 * half)
    )[0],
    "serial": serial,
}

if __name__ == "__main__":
    answers = [FORMULAS[name](*values) for name, *values in json.load(sys.stdin)]
    json.dump(answers, sys.stdout, default=float)
