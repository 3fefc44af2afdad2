"""Quantiles and shares of the few distributions that worlds are drawn from, without SciPy.

Normal ones are Cephes' rational approximations (Moshier 1989), as SciPy has them: with the same
coefficients in the same order, and the C library's `log` and `exp`, they give the same numbers to
the last bit, so worlds and saves of earlier versions stay what they were.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Coefficients = tuple[float, ...]

# Normal quantile: near the middle (P0, Q0), in the tails (P1, Q1), far out (P2, Q2).
P0 = (
    -5.99633501014107895267e1,
    9.80010754185999661536e1,
    -5.66762857469070293439e1,
    1.39312609387279679503e1,
    -1.23916583867381258016e0,
)
Q0 = (
    1.95448858338141759834e0,
    4.67627912898881538453e0,
    8.63602421390890590575e1,
    -2.25462687854119370527e2,
    2.00260212380060660359e2,
    -8.20372256168333339912e1,
    1.59056225126211695515e1,
    -1.18331621121330003142e0,
)
P1 = (
    4.05544892305962419923e0,
    3.15251094599893866154e1,
    5.71628192246421288162e1,
    4.40805073893200834700e1,
    1.46849561928858024014e1,
    2.18663306850790267539e0,
    -1.40256079171354495875e-1,
    -3.50424626827848203418e-2,
    -8.57456785154685413611e-4,
)
Q1 = (
    1.57799883256466749731e1,
    4.53907635128879210584e1,
    4.13172038254672030440e1,
    1.50425385692907503408e1,
    2.50464946208309415979e0,
    -1.42182922854787788574e-1,
    -3.80806407691578277194e-2,
    -9.33259480895457427372e-4,
)
P2 = (
    3.23774891776946035970e0,
    6.91522889068984211695e0,
    3.93881025292474443415e0,
    1.33303460815807542389e0,
    2.01485389549179081538e-1,
    1.23716634817820021358e-2,
    3.01581553508235416007e-4,
    2.65806974686737550832e-6,
    6.23974539184983293730e-9,
)
Q2 = (
    6.02427039364742014255e0,
    3.67983563856160859403e0,
    1.37702099489081330271e0,
    2.16236993594496635890e-1,
    1.34204006088543189037e-2,
    3.28014464682127739104e-4,
    2.89247864745380683936e-6,
    6.79019408009981274425e-9,
)
# Error function: within 1 (T, U), its complement beyond 1 (P, Q) and beyond 8 (R, S).
T = (
    9.60497373987051638749e0,
    9.00260197203842689217e1,
    2.23200534594684319226e3,
    7.00332514112805075473e3,
    5.55923013010394962768e4,
)
U = (
    3.35617141647503099647e1,
    5.21357949780152679795e2,
    4.59432382970980127987e3,
    2.26290000613890934246e4,
    4.92673942608635921086e4,
)
P = (
    2.46196981473530512524e-10,
    5.64189564831068821977e-1,
    7.46321056442269912687e0,
    4.86371970985681366614e1,
    1.96520832956077098242e2,
    5.26445194995477358631e2,
    9.34528527171957607540e2,
    1.02755188689515710272e3,
    5.57535335369399327526e2,
)
Q = (
    1.32281951154744992508e1,
    8.67072140885989742329e1,
    3.54937778887819891062e2,
    9.75708501743205489753e2,
    1.82390916687909736289e3,
    2.24633760818710981792e3,
    1.65666309194161350182e3,
    5.57535340817727675546e2,
)
R = (
    5.64189583547755073984e-1,
    1.27536670759978104416e0,
    5.01905042251180477414e0,
    6.16021097993053585195e0,
    7.40974269950448939160e0,
    2.97886665372100240670e0,
)
S = (
    2.26052863220117276590e0,
    9.39603524938001434673e0,
    1.20489539808096656605e1,
    1.70814450747565897222e1,
    9.60896809063285878198e0,
    3.36907645100081516050e0,
)
ROOT_OF_TWO_PI = 2.50662827463100050242e0
TAIL = 0.13533528323661269189  # exp(-2)
FAR = 8.0
FEW = 40
SMALLEST_EXPONENT = -7.09782712893383996843e2

BETA_GRID = 513
BETA_STEPS = 60
FRACTION_STEPS = 20_000
TINY = 1e-300
CLOSE = 1e-15
SMALLEST, LARGEST = 1e-300, 1 - 2.0**-53
SAME_CHANCE = 1 + 1e-7


def _polynomial(x: FloatArray, coefficients: Coefficients) -> FloatArray:
    """Horner's scheme, highest power first."""
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def _monic(x: FloatArray, coefficients: Coefficients) -> FloatArray:
    """The same with a leading 1 that is not written down."""
    value = x + coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


# numpy's own log and exp round differently from processor to processor; the C library's do not.
def _log(x: FloatArray) -> FloatArray:
    return np.fromiter(map(math.log, x.tolist()), np.float64, len(x))


def _exp(x: FloatArray) -> FloatArray:
    return np.fromiter(map(math.exp, x.tolist()), np.float64, len(x))


def normal_quantile(u: FloatArray) -> FloatArray:
    """Where a standard normal has the share u below it; u strictly between 0 and 1, any shape."""
    flat = np.ravel(u)
    if len(flat) <= FEW:
        few = np.array([_normal_quantile_of_one(each) for each in flat.tolist()], dtype=np.float64)
        return few.reshape(np.shape(u))
    is_upper = flat > 1.0 - TAIL
    y = np.where(is_upper, 1.0 - flat, flat)
    middle = y > TAIL
    found = np.empty_like(flat)
    centred = y[middle] - 0.5
    square = centred * centred
    bent = centred + centred * (square * _polynomial(square, P0) / _monic(square, Q0))
    found[middle] = bent * ROOT_OF_TWO_PI
    outside = ~middle
    x = np.sqrt(-2.0 * _log(y[outside]))
    first = x - _log(x) / x
    z = 1.0 / x
    near = x < FAR
    second = np.empty_like(x)
    second[near] = z[near] * _polynomial(z[near], P1) / _monic(z[near], Q1)
    far = ~near
    second[far] = z[far] * _polynomial(z[far], P2) / _monic(z[far], Q2)
    distance = first - second
    found[outside] = np.where(is_upper[outside], distance, -distance)
    return found.reshape(np.shape(u))


def _normal_quantile_of_one(u: float) -> float:
    """The same for one number: for a few, NumPy's calls take longer than the sums in them."""
    is_upper = u > 1.0 - TAIL
    y = 1.0 - u if is_upper else u
    if y > TAIL:
        centred = y - 0.5
        square = centred * centred
        bent = centred + centred * (square * _sum(square, P0) / _monic_sum(square, Q0))
        return bent * ROOT_OF_TWO_PI
    x = math.sqrt(-2.0 * math.log(y))
    first = x - math.log(x) / x
    z = 1.0 / x
    above, below = (P1, Q1) if x < FAR else (P2, Q2)
    distance = first - z * _sum(z, above) / _monic_sum(z, below)
    return distance if is_upper else -distance


def _sum(x: float, coefficients: Coefficients) -> float:
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def _monic_sum(x: float, coefficients: Coefficients) -> float:
    value = x + coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


def normal_share(x: FloatArray) -> FloatArray:
    """The share of a standard normal below x, any shape; x may be infinite."""
    scaled = np.ravel(x) * math.sqrt(0.5)
    size = np.abs(scaled)
    share = np.empty_like(scaled)
    near = size < 1.0
    inner = scaled[near]
    square = inner * inner
    share[near] = 0.5 + 0.5 * (inner * _polynomial(square, T) / _monic(square, U))
    beyond = ~near
    half = 0.5 * _complement(size[beyond])
    share[beyond] = np.where(scaled[beyond] > 0, 1.0 - half, half)
    return share.reshape(np.shape(x))


def _complement(x: FloatArray) -> FloatArray:
    """1 - erf(x) for flat x >= 1; 0 where it is too small for a number."""
    found = np.zeros_like(x)
    power = -x * x
    for chosen, above, below in (
        ((x < FAR) & (power >= SMALLEST_EXPONENT), P, Q),
        ((x >= FAR) & (power >= SMALLEST_EXPONENT), R, S),
    ):
        part = x[chosen]
        found[chosen] = _exp(power[chosen]) * _polynomial(part, above) / _monic(part, below)
    return found


def beta_quantile(a: float, b: float, u: FloatArray) -> FloatArray:
    """Where a beta distribution has the share u below it; flat u in (0, 1), a and b above 0.

    Newton's steps from a table, kept between bounds. The answer is good to about 1e-12, which is far
    finer than the six decimals that a world keeps.
    """
    if not len(u):
        return np.zeros(0)
    # Half a turn of a cosine puts the table's points where a beta's share changes fast.
    grid = (1 - np.cos(np.linspace(0.0, np.pi, BETA_GRID))) / 2
    shares = np.concatenate([[0.0], beta_share(a, b, grid[1:-1]), [1.0]])
    place = np.clip(np.searchsorted(shares, u, side="right") - 1, 0, BETA_GRID - 2)
    low, high = grid[place], grid[place + 1]
    x = np.clip(np.interp(u, shares, grid), low, high)
    x = np.clip(np.where((x <= low) | (x >= high), (low + high) / 2, x), SMALLEST, LARGEST)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    open_cells = np.arange(len(u))
    for _ in range(BETA_STEPS):
        here = x[open_cells]
        gap = beta_share(a, b, here) - u[open_cells]
        low[open_cells] = np.where(gap <= 0, here, low[open_cells])
        high[open_cells] = np.where(gap >= 0, here, high[open_cells])
        density = np.exp(scale + (a - 1) * np.log(here) + (b - 1) * np.log1p(-here))
        moved = here - gap / np.maximum(density, TINY)
        below, above = low[open_cells], high[open_cells]
        is_outside = ~((moved >= below) & (moved <= above))
        moved = np.clip(np.where(is_outside, (below + above) / 2, moved), SMALLEST, LARGEST)
        x[open_cells] = moved
        open_cells = open_cells[np.abs(moved - here) > CLOSE]
        if not len(open_cells):
            break
    return x


def beta_share(a: float, b: float, x: FloatArray) -> FloatArray:
    """The share of a beta distribution below x; flat x in (0, 1), a and b above 0."""
    turned = x > (a + 1) / (a + b + 2)
    share = np.empty_like(x)
    share[~turned] = _lower_share(a, b, x[~turned], 1 - x[~turned])
    share[turned] = 1 - _lower_share(b, a, 1 - x[turned], x[turned])
    return share


def _lower_share(a: float, b: float, x: FloatArray, rest: FloatArray) -> FloatArray:
    """The continued fraction of Lentz, quick where x is below the mean; rest = 1 - x."""
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = np.exp(scale + a * np.log(x) + b * np.log(rest)) / a
    c = np.ones_like(x)
    d = 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d.copy()
    for m in range(1, FRACTION_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _away_from_zero(1 + even * d)
        c = _away_from_zero(1 + even / c)
        value *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / _away_from_zero(1 + odd * d)
        c = _away_from_zero(1 + odd / c)
        step = d * c
        value *= step
        if not np.any(np.abs(step - 1) > 3e-16):
            break
    share: FloatArray = front * value
    return share


def _away_from_zero(x: FloatArray) -> FloatArray:
    return np.where(np.abs(x) < TINY, TINY, x)


def binomial_p_value(hits: int, trials: int, share: float) -> float:
    """Two-sided exact p-value of `hits` out of `trials`, each of which hits with `share`.

    The chance of everything that is no likelier than what was seen. share strictly in (0, 1).
    """
    k = np.arange(1, trials + 1)
    steps = np.log((trials - k + 1) / k) + math.log(share / (1 - share))
    logs = trials * math.log1p(-share) + np.concatenate([[0.0], np.cumsum(steps)])
    chances = np.exp(logs)
    return min(1.0, float(chances[chances <= chances[hits] * SAME_CHANCE].sum()))
