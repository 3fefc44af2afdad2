"""Charts as SVG pictures, in light and dark. Every chart stands beside a table with the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
WIDTH = 880
LABEL_WIDTH = 200
SPEND_HEIGHT = 270
VIEWS_WIDTH, VIEWS_HEIGHT = 560, 220
ROW_HEIGHT, AXIS_HEIGHT = 30, 50
FRESH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of a chart; the values of tokens.css for the theme."""

    text: str
    muted: str
    line: str
    bar: str
    loss: str


LIGHT = Palette("#1f1a16", "#62574e", "#e6e0d9", "#c8501c", "#8d8177")
DARK = Palette("#f4efea", "#b1a69c", "#38312b", "#ff9a5c", "#7f736a")


def spend_by_day(
    series: Sequence[tuple[date, Decimal | None]], *, currency: str, is_dark: bool
) -> str:
    """Spend per day as bars; a day that is not known has none."""
    import altair as alt

    values = [
        {"day": day.isoformat(), "spend": None if amount is None else float(amount)}
        for day, amount in series
    ]
    chart = (
        alt.Chart(alt.InlineData(values))
        .mark_bar(cornerRadiusEnd=3, color=_palette(is_dark).bar)
        .encode(
            x=alt.X("day:O", title=None, timeUnit="utcyearmonthdate").axis(
                format="%d %b", labelAngle=0, labelOverlap=True, grid=False
            ),
            y=alt.Y("spend:Q", title=f"Spend a day, {currency}").axis(tickCount=4),
        )
        .properties(width=WIDTH, height=SPEND_HEIGHT)
    )
    return _svg(chart, is_dark=is_dark)


def views_over_time(points: Sequence[tuple[datetime, int, bool]], *, is_dark: bool) -> str:
    """Views of a post as they grew: organic up to its first ad, from then on with what ads brought.

    points : instant, views, whether before the first ad; the oldest first
    """
    import altair as alt

    colours = _palette(is_dark)
    names = {True: "Organic", False: "With ads"}
    values = [
        {"at": at.isoformat(), "views": views, "kind": names[is_organic]}
        for at, views, is_organic in points
    ]
    first = next((number for number, each in enumerate(points) if not each[2]), 0)
    if first:  # the second line starts where the first one ends
        at, views, _ = points[first - 1]
        values.append({"at": at.isoformat(), "views": views, "kind": names[False]})
    scale = alt.Scale(domain=list(names.values()), range=[colours.loss, colours.bar])
    legend = alt.Legend(orient="top", labelColor=colours.text, labelFontSize=12)
    chart = (
        alt.Chart(alt.InlineData(values))
        .mark_line(point=alt.OverlayMarkDef(size=36), strokeWidth=2.5)
        .encode(
            x=alt.X("at:T", title=None).axis(
                format="%d %b", tickCount="day", labelOverlap=True, labelFlush=False, grid=False
            ),
            y=alt.Y("views:Q", title="Views").axis(tickCount=4, format="~s"),
            color=alt.Color("kind:N", title=None, scale=scale, legend=legend),
        )
        .properties(width=VIEWS_WIDTH, height=VIEWS_HEIGHT)
    )
    return _svg(chart, is_dark=is_dark)


def profit_by_row(rows: Sequence[tuple[str, Decimal]], *, currency: str, is_dark: bool) -> str:
    """Profit per row as bars to the right of zero, losses to the left in a quieter tone."""
    import altair as alt

    colours = _palette(is_dark)
    values = [
        {"label": label, "profit": float(amount), "after": max(0.0, float(amount))}
        for label, amount in rows
    ]
    names = alt.Y("label:N", title=None, sort=None).axis(
        grid=False, ticks=False, labelLimit=LABEL_WIDTH, minExtent=LABEL_WIDTH, labelPadding=8
    )
    base = alt.Chart(alt.InlineData(values)).encode(y=names)
    bars = base.mark_bar(cornerRadiusEnd=3, height={"band": 0.62}).encode(
        x=alt.X("profit:Q", title=f"Profit, {currency}").axis(tickCount=5),
        color=alt.condition("datum.profit < 0", alt.value(colours.loss), alt.value(colours.bar)),
    )
    # A loss is written right of zero, where its bar is not.
    amounts = base.mark_text(dx=6, align="left", fontSize=12).encode(
        x=alt.X("after:Q"), text=alt.Text("profit:Q", format=",.2f")
    )
    chart = alt.layer(bars, amounts).properties(width=WIDTH, height=profit_height(len(rows)))
    return _svg(chart, is_dark=is_dark)


def profit_height(rows: int) -> int:
    """The height of `profit_by_row` in pixels, so that its place can be kept free."""
    return max(3, rows) * ROW_HEIGHT + AXIS_HEIGHT


def _palette(is_dark: bool) -> Palette:
    return DARK if is_dark else LIGHT


def _svg(chart: Any, *, is_dark: bool) -> str:
    import vl_convert

    colours = _palette(is_dark)
    config = {
        # The whole picture has the size asked for: the page has kept just that free.
        "autosize": {"type": "fit", "contains": "padding"},
        "background": "transparent",
        "font": FONT,
        "padding": {"left": 4, "right": 44, "top": 8, "bottom": 4},
        "view": {"stroke": None},
        "text": {"color": colours.text, "fill": colours.text},
        "axis": {
            "labelColor": colours.muted,
            "titleColor": colours.muted,
            "titleFontWeight": 500,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "gridColor": colours.line,
            "domainColor": colours.line,
            "tickColor": colours.line,
            "domain": False,
        },
    }
    svg: str = vl_convert.vegalite_to_svg(chart.configure(**config).to_dict())
    return svg


def answer(svg: str) -> HttpResponse:
    """The picture, kept by the browser for a minute and by nobody else."""
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cache-Control"] = f"private, max-age={FRESH_SECONDS}"
    return response


SPARK_WIDTH, SPARK_HEIGHT = 96, 24


def sparkline(values: Sequence[int | None], *, alt: str) -> SafeString:
    """A line of values from 0 to the largest, drawn in the page itself; it breaks where one is not known.

    alt : what it shows, in words. Its colours are the style sheet's, for light and dark
    """
    highest = max((each for each in values if each is not None), default=0) or 1
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    lines: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            lines.append([])
        else:
            high = SPARK_HEIGHT - 2 - (SPARK_HEIGHT - 4) * max(value, 0) / highest
            lines[-1].append(f"{number * step:.1f},{high:.1f}")
    drawn = format_html_join(
        "", '<polyline points="{}"/>', ((" ".join(_line(each)),) for each in lines if each)
    )
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>',
        SPARK_WIDTH, SPARK_HEIGHT, SPARK_WIDTH, SPARK_HEIGHT, alt, drawn,
    )  # fmt: skip


def _line(points: list[str]) -> list[str]:
    """A single day is a dot: a line from it to itself."""
    return points * 2 if len(points) == 1 else points
