"""What answers and hidden comments change in a thread. Pure: shares and counts in, a mood out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tiktok_sandbox.world.families.family import Conversation

CRITICISM = ("complaint", "scepticism")
TO_ANSWER = ("purchase_question", "product_question", *CRITICISM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """How a thread moved. climate : added to the post's own

    quieter : category → share of such comments that is not written any more; turned : share of
    purchase questions not asked any more that become proof of purchase; hidden : share of the
    criticism that was hidden, in [0, 1]
    """

    climate: float = 0.0
    quieter: Mapping[str, float] = field(default_factory=dict)
    turned: float = 0.0
    hidden: float = 0.0


UNMOVED = Mood()


def mood_of(
    numbers: Conversation,
    *,
    shares: Mapping[str, float],
    comments: int,
    answered: Mapping[str, int],
    hidden: Mapping[str, int],
) -> Mood:
    """The mood of a thread of so many comments with these expected shares.

    answered, hidden : category → comments that stand answered or hidden, by brand or creator.
    Hiding a little criticism warms, hiding much of it cools more than that: people notice.
    """
    if not any(answered.get(name) for name in TO_ANSWER) and not any(
        hidden.get(name) for name in CRITICISM
    ):
        return UNMOVED

    def part(done: Mapping[str, int], names: tuple[str, ...]) -> float:
        """Of the comments of these categories that one expects; few count for less."""
        expected = comments * sum(shares[name] for name in names) + numbers.crowd
        return min(1.0, sum(done.get(name, 0) for name in names) / expected)

    away = part(hidden, CRITICISM)
    climate = (
        numbers.answered_climate * part(answered, TO_ANSWER)
        + numbers.hidden_relief * away
        - numbers.hidden_price * away**2
    )
    return Mood(
        climate=max(-numbers.most_shift, min(numbers.most_shift, climate)),
        quieter={name: numbers.quieter * part(answered, (name,)) for name in TO_ANSWER},
        turned=numbers.turned,
        hidden=away,
    )
