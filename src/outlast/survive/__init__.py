"""How long a company outlasts a cut. In: `NetworkArrays`. Out: `SurviveAnswer`.
One reason to exist: the answer that needs no probabilities, exact and fast.
"""

from outlast.survive.answer import Exposure, ProductExposure, Quantiles, SurviveAnswer
from outlast.survive.exposure import survive

__all__ = ["Exposure", "ProductExposure", "Quantiles", "SurviveAnswer", "survive"]
