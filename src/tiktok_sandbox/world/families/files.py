"""World files: YAML that describes a family, on top of another one or from scratch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml

from tiktok_sandbox.world.families.correlations import contradict
from tiktok_sandbox.world.families.family import Family

FOLDER = files("tiktok_sandbox").joinpath("worlds")
LONGEST_CHAIN = 8
# TikTok was not there before, and the world's clock ends in 2037 (state/clock.py): two years of
# simulated time are left after the last epoch.
EARLIEST_EPOCH, LATEST_EPOCH = datetime(2017, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
# libyaml's, where it is there, reads a file in a tenth of the time.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnknownWorldError(ValueError):
    """No family of worlds has this name."""


class FamilyFileError(ValueError):
    """The file does not describe a family; the message names the place."""


def names() -> list[str]:
    """The families that come with the package."""
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in FOLDER.iterdir()
        if entry.name.endswith(".yaml")
    )


def read_family(name: str) -> Family:
    """A family by name, or from a YAML file. Raises UnknownWorldError, FamilyFileError."""
    return family_of(_document(name))


def sent_family(world: object) -> Family:
    """A family as a control call sends it: a name, or a whole document. Never a path of this machine.

    Raises UnknownWorldError, FamilyFileError.
    """
    if isinstance(world, str) and world in names():
        return read_family(world)
    if isinstance(world, dict):
        own = dict(world)
        base = own.pop("extends", None)
        return family_of(_merged(_document(base), own) if base in names() else world)
    raise UnknownWorldError(
        f"world must be one of {', '.join(names())}, or an object like a world file"
    )


def family_of(document: Mapping[str, Any]) -> Family:
    """Check a document whose `extends` chain is resolved. Raises FamilyFileError."""
    try:
        family = msgspec.convert(dict(document), Family)
    except msgspec.ValidationError as error:
        raise FamilyFileError(f"world file: {error}") from None
    _check(family)
    return family


def starting_at(family: Family, epoch: str, *, now: datetime) -> Family:
    """The family with another epoch: an instant, a date, or "today", its midnight in UTC.

    Raises FamilyFileError.
    """
    try:
        wanted = (
            datetime.combine(now.astimezone(UTC).date(), time(), UTC)
            if epoch == "today"
            else datetime.fromisoformat(epoch)
        )
    except ValueError:
        raise FamilyFileError(
            f'epoch must be "today", a date or a full hour like 2026-03-02T00:00:00Z, not "{epoch}"'
        ) from None
    if wanted.tzinfo is None:
        wanted = wanted.replace(tzinfo=UTC)
    changed = msgspec.structs.replace(family, epoch=wanted)
    _check_epoch(changed)
    return changed


def _document(name: str, depth: int = 0) -> dict[str, Any]:
    """The document with everything it extends merged under it."""
    if depth > LONGEST_CHAIN:
        raise FamilyFileError(
            f"world file: extends goes deeper than {LONGEST_CHAIN}, or in a circle"
        )
    own = _parsed(name)
    base = own.pop("extends", None)
    if base is None:
        return own
    if not isinstance(base, str):
        raise FamilyFileError("world file: extends must be the name of a family")
    return _merged(_document(base, depth + 1), own)


def _parsed(name: str) -> dict[str, Any]:
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        source = path.read_text(encoding="utf-8")
    elif name in names():
        source = FOLDER.joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    else:
        known = ", ".join(names())
        raise UnknownWorldError(
            f'no world is called "{name}"; known: {known}, or the path of a .yaml file'
        )
    try:
        document = yaml.load(source, Loader=LOADER)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise FamilyFileError(f"world file {path.name}: not valid YAML: {error}") from None
    if not isinstance(document, dict):
        raise FamilyFileError(f"world file {path.name}: must be a mapping")
    return document


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Mappings are merged key by key; everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        standing = result.get(key)
        if isinstance(standing, dict) and isinstance(value, dict):
            result[key] = _merged(standing, value)
        else:
            result[key] = value
    return result


def _check(family: Family) -> None:
    """What types cannot say. Raises FamilyFileError."""
    for name, shares in (
        ("segments", [segment.share for segment in family.segments]),
        ("shop.delay_days", list(family.shop.delay_days)),
        ("shop.quantities", list(family.shop.quantities)),
    ):
        if abs(sum(shares) - 1) > 1e-6:
            raise FamilyFileError(
                f"world file: the shares of {name} must sum to 1, not {sum(shares):g}"
            )
    for account in family.accounts:
        try:
            ZoneInfo(account.timezone)
        except (KeyError, ValueError, OSError):
            raise FamilyFileError(
                f"world file: {account.timezone} is not a time zone; write one like Europe/Berlin"
            ) from None
    if family.posts.older > family.posts.count:
        raise FamilyFileError("world file: posts.older must not exceed posts.count")
    _check_epoch(family)
    if contradict(family.posts.correlations):
        raise FamilyFileError(
            "world file: posts.correlations contradict each other: no posts could have all of them "
            "at once; bring those between hook, hold, engage and persuasion closer together"
        )
    if (place := _not_finite(msgspec.to_builtins(family))) is not None:
        raise FamilyFileError(f"world file: {place} must be a finite number")
    skus = [item.sku for item in family.products]
    if len(set(skus)) != len(skus):
        raise FamilyFileError("world file: two products have the same sku")


def _check_epoch(family: Family) -> None:
    """Raises FamilyFileError."""
    epoch = family.epoch
    if epoch.tzinfo is None or epoch.minute or epoch.second or epoch.microsecond:
        raise FamilyFileError(
            "world file: epoch must be a full hour with a zone, like 2026-03-02T00:00:00Z"
        )
    if not EARLIEST_EPOCH <= epoch <= LATEST_EPOCH:
        raise FamilyFileError(
            f"world file: epoch must lie between {EARLIEST_EPOCH:%Y-%m-%d} and "
            f"{LATEST_EPOCH:%Y-%m-%d}, not {epoch:%Y-%m-%d}"
        )


def _not_finite(value: object, place: str = "") -> str | None:
    """Where a document holds an infinite number, or None."""
    if isinstance(value, float) and not math.isfinite(value):
        return place
    parts: list[tuple[str, object]] = []
    if isinstance(value, dict):
        parts = [(f"{place}.{name}" if place else name, part) for name, part in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(f"{place}[{number}]", part) for number, part in enumerate(value)]
    return next((at for name, part in parts if (at := _not_finite(part, name)) is not None), None)
