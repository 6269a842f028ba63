"""mpi-sppy's side of a comparison. In: files of two-stage programs as JSON on standard input. Out: what it
found, as JSON. One reason to exist: mpi-sppy lives in an environment of its own, whose Python runs this file.
"""

import json
import os
import sys
import time

# mpi-sppy and what it calls report on standard output, from its import on.
ANSWER = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import numpy as np  # noqa: E402
import pyomo.environ as pyo  # noqa: E402
from mpisppy.opt.ef import ExtensiveForm  # noqa: E402
from mpisppy.utils.sputils import attach_root_node  # noqa: E402
from pyomo.core.expr.numeric_expr import LinearExpression  # noqa: E402


def linear(values, columns, variables):
    return LinearExpression(linear_coefs=values.tolist(), linear_vars=[variables[k] for k in columns])


def add_rows(model, name, rows, variables):
    """Rows of a block: (pointers, columns, values, lower, upper); the columns are those of `variables`."""
    ptr, columns, values, lower, upper = rows

    def rule(_, row):
        part = slice(ptr[row], ptr[row + 1])
        low = None if np.isinf(lower[row]) else float(lower[row])
        high = None if np.isinf(upper[row]) else float(upper[row])
        if ptr[row] == ptr[row + 1] or (low is None and high is None):
            return pyo.Constraint.Skip
        body = linear(values[part], columns[part], variables)
        return body == low if low == high else (low, body, high)

    setattr(model, name, pyo.Constraint(range(len(lower)), rule=rule))


def add_columns(model, name, lower, upper):
    def bounds(_, k):
        return float(lower[k]), None if np.isinf(upper[k]) else float(upper[k])

    setattr(model, name, pyo.Var(range(len(lower)), bounds=bounds))
    return list(getattr(model, name).values())


class Scenarios:
    """The scenario creator of a program: the first stage is the trunk, one scenario a tooth."""

    def __init__(self, path):
        with np.load(path) as data:
            self.data = dict(data)
        self.count = int(self.data["blocks"])

    def rows(self, block):
        parts = ("ptr", "columns", "values", "row_lower", "row_upper")
        return [self.data[f"{block}.{part}"] for part in parts]

    def create(self, name):
        number, model = int(name.removeprefix("tooth")), pyo.ConcreteModel(name)
        trunk = add_columns(model, "x", self.data["trunk.lower"], self.data["trunk.upper"])
        own = add_columns(model, "y", self.data[f"{number}.lower"], self.data[f"{number}.upper"])
        add_rows(model, "trunk", self.rows("trunk"), trunk)
        add_rows(model, "tooth", self.rows(number), [*trunk, *own])
        cost = self.data["trunk.cost"]
        model.first = pyo.Expression(expr=linear(cost, range(len(cost)), trunk) + float(self.data["offset"]))
        # Costs of a tooth are weighed with its odds already, and mpi-sppy takes the mean of the scenarios.
        later = self.data[f"{number}.cost"] * self.count
        model.cost = pyo.Objective(expr=model.first + linear(later, range(len(later)), own))
        attach_root_node(model, model.first, [model.x])
        model._mpisppy_probability = 1 / self.count
        return model


def solve(case):
    """The extensive form, written by mpi-sppy and solved by HiGHS: both times, and what it found."""
    scenarios, start = Scenarios(case["path"]), time.perf_counter()
    names = [f"tooth{number}" for number in range(scenarios.count)]
    form = ExtensiveForm({"solver": "appsi_highs"}, names, scenarios.create)
    written, written_cpu = time.perf_counter(), time.process_time()
    options = {"solver": "ipx", "run_crossover": "off", "time_limit": case["seconds"]}
    form.solve_extensive_form(solver_options=options)
    done, done_cpu = time.perf_counter(), time.process_time()
    return {
        "writing": written - start,
        "solving": done - written,
        "cpu": done_cpu - written_cpu,
        "objective": form.get_objective_value(),
    }


if __name__ == "__main__":
    json.dump([solve(case) for case in json.load(sys.stdin)], ANSWER)
