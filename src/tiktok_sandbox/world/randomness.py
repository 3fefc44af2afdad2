"""Counter-based randomness: every draw is a function of (seed, purpose, tick, entity).

Adding an ad or a post never shifts the draws of another one, so two branches of a world differ
only through the change itself (science.md §2.6).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# Below this mean the Poisson quantile is summed exactly, above it a normal one is close enough.
EXACT_UP_TO = 12.0
BYTES_PER_KEY = 16


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
    drawn: FloatArray = ndtri(uniforms(seed, purpose, tick, count))
    return drawn


def poisson(mean: FloatArray, u: FloatArray) -> IntArray:
    """Poisson quantiles at u: exact for small means, rounded normal above EXACT_UP_TO.

    mean, u : same shape, mean >= 0, u in (0, 1); returns int64 of that shape
    """
    counts: IntArray = np.maximum(np.rint(mean + np.sqrt(mean) * ndtri(u)), 0.0).astype(np.int64)
    is_small = mean <= EXACT_UP_TO
    counts[is_small] = _poisson_exactly(mean[is_small], u[is_small])
    return counts


def _poisson_exactly(mean: FloatArray, u: FloatArray) -> IntArray:
    """Smallest k whose cumulated probability reaches u, for flat arrays of small means."""
    if not len(mean):
        return np.zeros(0, dtype=np.int64)
    highest = float(mean.max())
    most = int(highest + 10 * np.sqrt(highest) + 10)
    steps = np.concatenate(
        [np.exp(-mean)[:, None], mean[:, None] / np.arange(1, most + 1)[None, :]], axis=1
    )
    cumulated = np.cumsum(np.cumprod(steps, axis=1), axis=1)
    found: IntArray = (cumulated < u[:, None]).sum(axis=1)
    return found


def thinned(n: IntArray, p: FloatArray, u: FloatArray) -> IntArray:
    """How many of n pass with probability p: a binomial in all but name.

    The count's mean is n*p; its spread is the binomial's for large means and, being Poisson
    below EXACT_UP_TO, slightly wider for small ones with large p. Never below 0 or above n.
    """
    mean = n * p
    wide = np.rint(mean + np.sqrt(mean * (1 - p)) * ndtri(u))
    count = np.where(mean > EXACT_UP_TO, wide, poisson(np.minimum(mean, EXACT_UP_TO), u))
    return np.clip(count, 0, n).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Draws of one kind of entity in one tick; purposes are told apart by name.

    places : which of the `count` entities are meant, in the order of the arrays passed in
    """

    seed: int
    name: str
    tick: int
    count: int
    places: IntArray

    def uniforms(self, purpose: str) -> FloatArray:
        whole = uniforms(self.seed, f"{self.name}.{purpose}", self.tick, self.count)
        chosen: FloatArray = whole[self.places]
        return chosen

    def thinned(self, n: IntArray, shares: Mapping[str, FloatArray]) -> dict[str, IntArray]:
        """For each purpose, how many of n did it; all in one go, which is what makes it quick."""
        u = np.stack([self.uniforms(purpose) for purpose in shares])
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
