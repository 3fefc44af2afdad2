"""Counter-based randomness: every draw is a function of (seed, purpose, tick, entity).

Adding an ad or a post never shifts the draws of another one, so two branches of a world differ
only through the change itself (science.md §2.6).
"""

from __future__ import annotations

import base64
import hashlib

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
    large = np.maximum(np.rint(mean + np.sqrt(mean) * ndtri(u)), 0.0)
    small_mean = np.where(mean > EXACT_UP_TO, 0.0, mean)
    term = np.exp(-small_mean)
    total = term.copy()
    small = np.zeros(mean.shape, dtype=np.int64)
    step = 0
    while True:
        waiting = (total < u) & (term > 0)
        if not waiting.any() or step > 10 * EXACT_UP_TO:
            break
        step += 1
        small += waiting
        term = term * small_mean / step
        total = total + term
    return np.where(mean > EXACT_UP_TO, large, small).astype(np.int64)


def thinned(n: IntArray, p: FloatArray, u: FloatArray) -> IntArray:
    """How many of n pass with probability p: a binomial in all but name.

    The count's mean is n*p; its spread is the binomial's for large means and, being Poisson
    below EXACT_UP_TO, slightly wider for small ones with large p. Never below 0 or above n.
    """
    mean = n * p
    wide = np.rint(mean + np.sqrt(mean * (1 - p)) * ndtri(u))
    count = np.where(mean > EXACT_UP_TO, wide, poisson(np.minimum(mean, EXACT_UP_TO), u))
    return np.clip(count, 0, n).astype(np.int64)


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
