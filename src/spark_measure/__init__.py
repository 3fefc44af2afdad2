"""Measures: arrays in, results out. No database, no HTTP, no clock.

`rates` holds intervals and shrinkage for rates; later measures (experiments, allocation) stand beside it.
"""

from spark_measure.rates import (
    BetaPrior,
    fit_beta_binomial,
    percentile_among,
    shrunk_rates,
    wilson_interval,
)

__all__ = [
    "BetaPrior",
    "fit_beta_binomial",
    "percentile_among",
    "shrunk_rates",
    "wilson_interval",
]
