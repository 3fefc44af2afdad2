"""Counter-based randomness: every draw is a function of (seed, purpose, tick, entity).

Adding an ad or a post never shifts the draws of another one, so two branches of a world differ
only through the change itself (science.md §2.6).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from tiktok_sandbox.world.randomness.distributions import normal_quantile

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Below this mean the Poisson quantile is summed exactly, above it a normal one is close enough.
EXACT_UP_TO = 8.0
BYTES_PER_KEY = 16
MOST_STEPS = 200
GRID = 8192
TINY = 1e-12


@lru_cache(maxsize=4096)
def key(seed: int, purpose: str) -> tuple[int, int]:
    """Two 64-bit words that name a stream."""
    digest = hashlib.blake2b(f"{seed}|{purpose}".encode(), digest_size=BYTES_PER_KEY).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")


def uniforms(seed: int, purpose: str, tick: int, count: int) -> FloatArray:
    """`count` numbers in (0, 1); the i-th belongs to entity i, whatever `count` is."""
    words = np.array(key(seed, purpose), dtype=np.uint64)
    counter = np.array([0, 0, tick, 0], dtype=np.uint64)
    draws = np.random.Generator(np.random.Philox(key=words, counter=counter)).random(count)
    clipped: FloatArray = np.clip(draws, 1e-12, 1 - 1e-12)
    return clipped


def normals(seed: int, purpose: str, tick: int, count: int) -> FloatArray:
    """Standard normal draws by inversion, one uniform each."""
    return normal_quantile(uniforms(seed, purpose, tick, count))


def hashed_normals(seed: int, purpose: str, *coordinates: IntArray | int) -> FloatArray:
    """Standard normal draws, one per cell of the broadcast coordinates."""
    return quick_quantile(hashed(seed, purpose, *coordinates))


@cache
def _quantiles() -> FloatArray:
    """The normal quantile on an even grid of shares; its first and last entries are not used."""
    return normal_quantile(np.clip(np.linspace(0.0, 1.0, GRID + 1), TINY, 1 - TINY))


def quick_quantile(u: FloatArray) -> FloatArray:
    """The normal quantile read from a table, within .01; exact in the outermost shares."""
    table = _quantiles()
    place = np.asarray(u) * GRID
    below = np.clip(place.astype(np.int64), 1, GRID - 2)
    low = table[below]
    found: FloatArray = low + (table[below + 1] - low) * (place - below)
    outermost = (place < 1) | (place > GRID - 1)
    if outermost.any():
        found = np.asarray(found)
        found[outermost] = normal_quantile(np.asarray(u)[outermost])
    return found


def poisson(mean: FloatArray, u: FloatArray) -> IntArray:
    """Poisson quantiles at u: exact for small means, rounded normal above EXACT_UP_TO.

    mean, u : same shape, mean >= 0, u in (0, 1); returns int64 of that shape
    """
    counts = np.empty(mean.shape, dtype=np.int64)
    is_small = mean <= EXACT_UP_TO
    counts[is_small] = _poisson_exactly(mean[is_small], u[is_small])
    is_wide = ~is_small
    counts[is_wide] = _rounded(mean[is_wide], mean[is_wide], u[is_wide])
    return counts


def _rounded(mean: FloatArray, variance: FloatArray, u: FloatArray) -> IntArray:
    """Quantiles of a normal with these moments as whole numbers, never below 0."""
    # Rounding adds a twelfth of its own.
    spread = np.sqrt(np.maximum(variance - 1 / 12, 0.0))
    drawn = np.rint(mean + spread * quick_quantile(u))
    return np.maximum(drawn, 0.0).astype(np.int64)


def _poisson_exactly(mean: FloatArray, u: FloatArray) -> IntArray:
    """Smallest k whose cumulated probability reaches u, for flat arrays of small means.

    Walks k upward for the cells that are not there yet; most cells leave after a step or two.
    """
    found = np.zeros(len(mean), dtype=np.int64)
    term = np.exp(-mean)
    reached = term.copy()
    open_cells = np.flatnonzero(reached < u)
    k = 0
    while len(open_cells) and k < MOST_STEPS:
        k += 1
        term[open_cells] *= mean[open_cells] / k
        reached[open_cells] += term[open_cells]
        found[open_cells] = k
        open_cells = open_cells[reached[open_cells] < u[open_cells]]
    return found


def _binomial_exactly(n: IntArray, p: FloatArray, u: FloatArray) -> IntArray:
    """Smallest k whose cumulated binomial probability reaches u, for flat arrays of small n*p."""
    found = np.zeros(len(p), dtype=np.int64)
    term = np.exp(n * np.log1p(-p))
    odds = p / (1 - p)
    reached = term.copy()
    open_cells = np.flatnonzero((reached < u) & (n > 0))
    k = 0
    while len(open_cells) and k < MOST_STEPS:
        k += 1
        term[open_cells] *= (n[open_cells] - k + 1) / k * odds[open_cells]
        reached[open_cells] += term[open_cells]
        found[open_cells] = k
        open_cells = open_cells[(reached[open_cells] < u[open_cells]) & (n[open_cells] > k)]
    return found


def hashed(seed: int, purpose: str, *coordinates: IntArray | int) -> FloatArray:
    """Numbers in (0, 1), one per cell of the broadcast coordinates (tick, entity, ordinal, …).

    For draws that only some cells need: a cell's number depends on its coordinates alone. Each
    coordinate goes through the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    """
    return _as_share(_mixed(seed, purpose, *coordinates))


def _mixed(seed: int, purpose: str, *coordinates: IntArray | int) -> NDArray[np.uint64]:
    low, high = key(seed, purpose)
    with np.errstate(over="ignore"):
        state: NDArray[np.uint64] = np.asarray(np.uint64(low))
        for coordinate in coordinates:
            state = _scrambled(
                state ^ _scrambled(np.asarray(coordinate).astype(np.uint64) + np.uint64(high))
            )
    return state


def hashed_by_purpose(
    seed: int, name: str, purposes: Sequence[str], *coordinates: IntArray
) -> FloatArray:
    """Draws of several purposes for the same cells, shape (purposes, …)."""
    state = _mixed(seed, name, *coordinates)
    words = np.array([key(0, purpose)[0] for purpose in purposes], dtype=np.uint64)
    with np.errstate(over="ignore"):
        return _as_share(_scrambled(words.reshape(-1, *([1] * state.ndim)) ^ state))


def _as_share(state: NDArray[np.uint64]) -> FloatArray:
    scaled: FloatArray = (np.asarray(state) >> np.uint64(11)).astype(np.float64)
    scaled *= 2.0**-53
    clipped: FloatArray = np.clip(scaled, TINY, 1 - TINY)
    return clipped


def _scrambled(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = word + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return result


def thinned(n: IntArray, p: FloatArray, u: FloatArray) -> IntArray:
    """How many of n pass with probability p: binomial quantiles at u.

    Exact where few pass or few do not, a rounded normal elsewhere. Never below 0 or above n.
    """
    # What is rarer is counted, so that both ends are exact.
    is_turned = p > 0.5
    rare = np.minimum(np.where(is_turned, 1 - p, p), 0.5)
    share = np.where(is_turned, 1 - u, u)
    mean = np.asarray(n * rare, dtype=np.float64)
    counts = np.empty(mean.shape, dtype=np.int64)
    is_small = mean <= EXACT_UP_TO
    counts[is_small] = _binomial_exactly(
        np.broadcast_to(n, mean.shape)[is_small], rare[is_small], share[is_small]
    )
    is_wide = ~is_small
    far = mean[is_wide]
    counts[is_wide] = _rounded(far, far * (1 - rare[is_wide]), share[is_wide])
    counts = np.minimum(counts, n)
    result: IntArray = np.where(is_turned, n - counts, counts)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Draws of one kind of entity; purposes are told apart by name.

    ticks, places : the hour and the entity of each row, in the order of the arrays passed in
    """

    seed: int
    name: str
    ticks: IntArray
    places: IntArray

    def thinned(self, n: IntArray, shares: Mapping[str, FloatArray]) -> dict[str, IntArray]:
        """For each purpose, how many of n did it; all in one go, which is what makes it quick."""
        u = hashed_by_purpose(self.seed, self.name, list(shares), self.ticks, self.places)
        counts = thinned(np.broadcast_to(n, u.shape), np.stack(list(shares.values())), u)
        return dict(zip(shares, counts, strict=True))


class IdMint:
    """Ids, tokens and codes that nobody can guess and every run repeats."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def _bytes(self, purpose: str, number: int, size: int) -> bytes:
        text = f"{self._seed}|{purpose}|{number}".encode()
        return hashlib.blake2b(text, digest_size=size, person=b"tiktok-sandbox").digest()

    def digits(self, purpose: str, number: int, *, prefix: str) -> str:
        """A decimal id of 19 digits that starts with `prefix`."""
        room = 19 - len(prefix)
        value = int.from_bytes(self._bytes(purpose, number, 16), "big") % 10**room
        return f"{prefix}{value:0{room}d}"

    def token(self, purpose: str, number: int) -> str:
        """64 hexadecimal characters."""
        return self._bytes(purpose, number, 32).hex()

    def hex(self, purpose: str, number: int, size: int) -> str:
        return self._bytes(purpose, number, size).hex()

    def auth_code(self, number: int) -> str:
        """A Spark code: starts with "#", ends with "=", holds "/" and "+", 64 characters."""
        body = base64.b64encode(self._bytes("auth_code", number, 45)).decode()
        return f"#{body[:20]}/{body[20:40]}+{body[40:60]}="
