"""Which unknown moves the answer most. In: a case, perhaps a plan. Out: tornado and Sobol indices.
One reason to exist: one answer, asked again with other hazards, switch times, margins, costs, demand.
"""
