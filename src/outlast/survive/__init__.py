"""How long a company outlasts a cut. In: `NetworkArrays`. Out: `SurviveAnswer`.
One reason to exist: the answer that needs no probabilities, exact and fast.
"""

from outlast.survive.answer import Exposure, ProductExposure, Quantiles, SurviveAnswer
from outlast.survive.exposure import Outlasted, outlast_restrictions, survive
from outlast.survive.times import lasting_alone

__all__ = [
    "Exposure",
    "Outlasted",
    "ProductExposure",
    "Quantiles",
    "SurviveAnswer",
    "lasting_alone",
    "outlast_restrictions",
    "survive",
]
