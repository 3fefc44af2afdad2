"""How people respond to one view: rates from a post's latents and the conditions (science.md §2.2).

The only place where response is computed. The counts engine mixes the two branches (recognised as
an ad or not); the impression engine draws the branch of each viewer and then walks the same chain.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tiktok_sandbox.world.families.family import Response
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray

ORGANIC, SPARK, ADS_ONLY = 0, 1, 2
QUARTILES = (0.25, 0.5, 0.75, 1.0)
TWO_SECONDS, SIX_SECONDS = 2.0, 6.0
EARLY_SECONDS = SIX_SECONDS - TWO_SECONDS
SCROLL_SECONDS = 0.9
"""Mean seconds of a view that does not stop the thumb; our own, no source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Conditions of views; every array broadcasts to one shape, mostly (ads or posts, segments).

    hook … finish, duration : the post; affinity, fit : the post (its product) with these viewers
    likes : visible on the post, 0 where the ad hides them; frequency : earlier paid views per person
    appeal, buying, clicking : factors of product, optimised delivery and wear
    """

    mode: IntArray
    hook: FloatArray
    hold: FloatArray
    engage: FloatArray
    persuade: FloatArray
    click: FloatArray
    native: FloatArray
    climate: FloatArray
    share: FloatArray
    save: FloatArray
    visit: FloatArray
    finish: FloatArray
    duration: FloatArray
    affinity: FloatArray
    fit: FloatArray
    likes: FloatArray
    frequency: FloatArray
    appeal: FloatArray
    buying: FloatArray
    clicking: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What follows once it is settled whether the ad was recognised.

    stop : chance of two seconds; watch_rate : hazard of leaving after them, per second, and
    late_rate the one after six seconds;
    like … click : chance per stop; purchase : chance per meant click
    """

    stop: FloatArray
    watch_rate: FloatArray
    late_rate: FloatArray
    like: FloatArray
    comment: FloatArray
    share: FloatArray
    favorite: FloatArray
    follow: FloatArray
    profile_visit: FloatArray
    click: FloatArray
    purchase: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares of views; quartiles is shape (4, …); purchase is per click, accidental ones included."""

    view_2s: FloatArray
    view_6s: FloatArray
    quartiles: FloatArray
    watch_seconds: FloatArray
    like: FloatArray
    comment: FloatArray
    share: FloatArray
    favorite: FloatArray
    follow: FloatArray
    profile_visit: FloatArray
    click: FloatArray
    purchase: FloatArray


def at_rows(found: Rates, places: IntArray) -> Rates:
    """The rates of these rows, which may repeat; quartiles keep their first dimension."""
    return Rates(
        **{
            field.name: getattr(found, field.name)[..., places, :]
            if field.name == "quartiles"
            else getattr(found, field.name)[places]
            for field in fields(Rates)
        }
    )


def sigmoid(x: FloatArray) -> FloatArray:
    result: FloatArray = 1.0 / (1.0 + np.exp(-x))
    return result


def logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def pick(mode: IntArray, organic: float, spark: float, ads_only: float) -> FloatArray:
    """The number that belongs to each mode."""
    chosen: FloatArray = np.array([organic, spark, ads_only])[mode]
    return chosen


def recognised(p: Response, views: Views) -> FloatArray:
    """Chance that a viewer takes the view for advertising."""
    base = pick(views.mode, p.recognise_organic, p.recognise_spark, p.recognise_ads_only)
    return sigmoid(base + p.recognise_polish * (1 - views.native))


def accidental(p: Response, views: Views) -> FloatArray:
    """Clicks per impression that nobody meant."""
    return pick(views.mode, 0.0, p.accidental_spark, p.accidental_ads_only)


def chain(p: Response, views: Views, is_recognised: FloatArray | float) -> Chain:
    """The chain of one branch; is_recognised is 1, 0, or an array of both."""
    r = is_recognised
    stop = sigmoid(
        p.stop
        + views.hook
        + p.stop_affinity * views.affinity
        - p.blind_stop * r
        - p.stop_wear * np.log1p(views.frequency)
    )
    watch_rate = p.watch_rate * np.exp(
        -views.hold - p.watch_affinity * views.affinity + p.blind_watch * r
    )
    seen = 1 - np.exp(-views.likes / p.social_full_likes)
    warmth = np.exp(views.engage) * (1 - p.blind_engage * r)
    crowd = 1 + p.social_like * np.log10(1 + views.likes) / 5
    diverted = pick(views.mode, p.diverted_organic, p.diverted_spark, p.diverted_ads_only)
    click = (
        p.click
        * np.exp(views.click / 2 + views.fit / 2 + p.social_click * seen)
        * (1 - diverted)
        * (1 - p.blind_click * r)
        * views.clicking
    )
    purchase = views.buying * sigmoid(
        logit(p.purchase)
        + views.persuade / 2
        + views.fit
        + np.log(views.appeal)
        + p.thread * views.climate * seen
    )
    return Chain(
        stop=stop,
        watch_rate=watch_rate,
        late_rate=watch_rate * np.exp(-views.finish),
        like=np.minimum(p.like * warmth * crowd, 1.0),
        comment=np.minimum(p.comment * warmth, 1.0),
        share=np.minimum(p.share * warmth * np.exp(views.share), 1.0),
        favorite=np.minimum(p.favorite * warmth * np.exp(views.save), 1.0),
        follow=np.minimum(p.follow * warmth, 1.0),
        profile_visit=np.minimum(p.profile_visit * warmth * np.exp(views.visit), 1.0),
        click=np.minimum(click, 1.0),
        purchase=np.minimum(purchase, 1.0),
    )


def watched(links: Chain, seconds: FloatArray | float) -> FloatArray:
    """Chance per view of watching at least so long: everybody who stops stays two seconds."""
    early = np.clip(seconds - TWO_SECONDS, 0.0, EARLY_SECONDS)
    late = np.maximum(seconds - SIX_SECONDS, 0.0)
    result: FloatArray = links.stop * np.exp(-links.watch_rate * early - links.late_rate * late)
    return result


def seconds_watched(links: Chain, duration: FloatArray) -> FloatArray:
    """Mean seconds per view, no longer than the video."""
    early = np.clip(duration - TWO_SECONDS, 0.0, EARLY_SECONDS)
    stays = np.exp(-links.watch_rate * early)
    late = np.maximum(duration - SIX_SECONDS, 0.0)
    after = (1 - stays) / links.watch_rate
    after = after + stays * (1 - np.exp(-links.late_rate * late)) / links.late_rate
    seconds: FloatArray = SCROLL_SECONDS * (1 - links.stop) + (TWO_SECONDS + after) * links.stop
    return seconds


def rates(p: Response, views: Views) -> Rates:
    """Mean rates per view over both branches."""
    r = recognised(p, views)
    unseen, seen = chain(p, views, 0.0), chain(p, views, 1.0)

    def mixed(a: FloatArray, b: FloatArray) -> FloatArray:
        both: FloatArray = (1 - r) * a + r * b
        return both

    def per_view(name: str) -> FloatArray:
        return mixed(unseen.stop * getattr(unseen, name), seen.stop * getattr(seen, name))

    meant = per_view("click")
    click = meant + accidental(p, views)
    # Persuasion does not depend on recognition, so one branch's purchase rate serves both.
    bought = meant * unseen.purchase
    return Rates(
        view_2s=mixed(unseen.stop, seen.stop),
        view_6s=mixed(watched(unseen, SIX_SECONDS), watched(seen, SIX_SECONDS)),
        quartiles=np.stack(
            [
                mixed(watched(unseen, q * views.duration), watched(seen, q * views.duration))
                for q in QUARTILES
            ]
        ),
        watch_seconds=mixed(
            seconds_watched(unseen, views.duration), seconds_watched(seen, views.duration)
        ),
        like=per_view("like"),
        comment=per_view("comment"),
        share=per_view("share"),
        favorite=per_view("favorite"),
        follow=per_view("follow"),
        profile_visit=per_view("profile_visit"),
        click=click,
        purchase=np.divide(bought, click, out=np.zeros_like(click), where=click > 0),
    )
