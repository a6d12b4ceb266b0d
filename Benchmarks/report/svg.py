"""Charts as SVG, readable in dark and light and at the width of a phone.

Written here, because the libraries draw in fixed colours, and their text shrinks with the page; it needs nothing installed.
"""

import math
from html import escape

from report.figure import Figure, number

WIDTH = 400
TEXT, SMALL = 13, 11  # pixels

STYLE = """
.chart{--ink:#1d2330;--soft:#5b6475;--line:#dfe3ea;--card:#fff;
--c0:#2563eb;--c1:#c2570c;--c2:#0f8a5f;--c3:#9333ea;--c4:#be123c;--c5:#0e7490;--c6:#7c6a0a;--c7:#64748b}
@media (prefers-color-scheme:dark){.chart{--ink:#e8ebf2;--soft:#a2abbd;--line:#333b4b;--card:#171b24;
--c0:#7aa7ff;--c1:#f59e5b;--c2:#4fd1a0;--c3:#c99bff;--c4:#ff8097;--c5:#5cc8dd;--c6:#dcc65a;--c7:#a8b3c5}}
.chart text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--ink)}
.chart .soft{fill:var(--soft)}
.chart .rule{stroke:var(--line);stroke-width:1}
.chart .card{fill:var(--card)}
""".strip()


def drawing(chart):
    """The whole file of a chart.

    >>> from report.result import Chart
    >>> chart = Chart("A <title>", "route", "µs", series={"": [("read", 1.5), ("update", Figure.of([1, 3, 5], "µs"))]})
    >>> text = drawing(chart)
    >>> "A &lt;title&gt;" in text, text.count('class="bar"'), "unsure" in text
    (True, 2, True)
    >>> import xml.etree.ElementTree
    >>> xml.etree.ElementTree.fromstring(text).tag
    '{http://www.w3.org/2000/svg}svg'
    """
    return picture(chart, f"<style>{STYLE}</style>")


def picture(chart, style=""):
    """A chart for a page that has the style already."""
    is_bars = any(isinstance(x, str) for points in chart.series.values() for x, _ in points)
    height, parts = (bars if is_bars else lines)(chart)
    name = escape(chart.title)
    return (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" role="img" aria-label="{name}"><title>{name}</title>{style}'
        f'<rect class="card" width="{WIDTH}" height="{height:.0f}" rx="10"/>{"".join(parts)}</svg>')


def heading(chart):
    """Title, unit and legend, and where they end."""
    parts, y = [], 10
    for row in wrapped(chart.title, TEXT + 1, WIDTH - 28):
        y += 18
        parts.append(label(14, y, row, TEXT + 1, weight=600))
    y += 17
    parts.append(label(14, y, chart.y, SMALL, soft=True))
    names = list(chart.series)
    if names == [""]:
        return parts, y + 6
    x, y = 14, y + 18
    for index, name in enumerate(names):
        width = 26 + text_width(name, SMALL)
        if x > 14 and x + width > WIDTH - 10:
            x, y = 14, y + 17
        parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" rx="2" fill="{colour(index)}"/>')
        parts.append(label(x + 15, y, name, SMALL))
        x += width
    return parts, y + 6


def bars(chart):
    """Names with bars below each, one a series."""
    parts, y = heading(chart)
    groups = list(dict.fromkeys(x for points in chart.series.values() for x, _ in points))
    values = {name: dict(points) for name, points in chart.series.items()}
    top = max((high(figure) for points in values.values() for figure in points.values()), default=0)
    room = WIDTH - 28 - 104  # The longest value stands behind the longest bar.
    scale = room / top if top > 0 else 0
    for group in groups:
        y += 19
        parts.append(label(14, y, group, SMALL + 1))
        for index, points in enumerate(values.values()):
            if group not in points:
                continue
            figure = points[group]
            length = max(scale * max(middle(figure), 0), 1)
            y += 5
            parts.append(
                f'<rect class="bar" x="14" y="{y}" width="{length:.1f}" height="11" rx="2" fill="{colour(index)}"'
                f'{"" if is_sure(figure) else faded()}/>')
            end = length
            if isinstance(figure, Figure) and figure.low != figure.high:
                left, end = 14 + scale * max(figure.low, 0), max(length, scale * figure.high)
                parts.append(whisker(left, y + 5.5, 14 + scale * figure.high, y + 5.5))
            parts.append(label(14 + end + 6, y + 9.5, caption(figure), SMALL, soft=True))
            y += 11
    return y + 16, parts


def lines(chart):
    """Points joined by lines, over an axis of numbers."""
    parts, y = heading(chart)
    points = [(x, figure) for series in chart.series.values() for x, figure in series]
    if not points:
        return y + 20, parts
    xs = [x for x, _ in points]
    is_logarithmic = chart.is_logarithmic and min(xs) > 0
    least, most = min(xs), max(xs)
    top, step = nice(max(high(figure) for _, figure in points))
    left, right, height = 52, WIDTH - 18, 210
    first, base = y + 14, y + 14 + height

    def across(x):
        if least == most:
            return (left + right) / 2
        share = math.log(x / least) / math.log(most / least) if is_logarithmic else (x - least) / (most - least)
        return left + 6 + share * (right - left - 12)

    def up(value):
        return base - height * max(min(value, top), 0) / top

    for tick in range(round(top / step) + 1):
        value = tick * step
        parts.append(f'<line class="rule" x1="{left}" x2="{right}" y1="{up(value):.1f}" y2="{up(value):.1f}"/>')
        parts.append(label(left - 7, up(value) + 4, short(value), SMALL, soft=True, anchor="end"))
    for x in ticks(sorted(set(xs)), is_logarithmic):
        parts.append(label(across(x), base + 17, short(x), SMALL, soft=True, anchor="middle"))
    parts.append(label((left + right) / 2, base + 35, chart.x, SMALL, soft=True, anchor="middle"))
    for index, series in enumerate(chart.series.values()):
        path = " ".join(f"{across(x):.1f},{up(middle(figure)):.1f}" for x, figure in series)
        if len(series) > 1:
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour(index)}" stroke-width="2" '
                         'stroke-linejoin="round"/>')
        if len(series) > 40:
            continue  # A line of many points, such as one over time, needs no marks.
        for x, figure in series:
            if isinstance(figure, Figure) and figure.low != figure.high:
                parts.append(whisker(across(x), up(figure.low), across(x), up(figure.high)))
            parts.append(f'<circle cx="{across(x):.1f}" cy="{up(middle(figure)):.1f}" r="3.5" fill="{colour(index)}"'
                         f'{"" if is_sure(figure) else faded()}/>')
    return base + 48, parts


def label(x, y, text, size, soft=False, anchor="start", weight=400):
    classes = ' class="soft"' if soft else ""
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    strong = "" if weight == 400 else f' font-weight="{weight}"'
    return f'<text{classes} x="{x:.1f}" y="{y:.1f}" font-size="{size}"{place}{strong}>{escape(text)}</text>'


def whisker(x1, y1, x2, y2):
    """From quartile to quartile."""
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="var(--ink)" stroke-width="1.5" '
            'stroke-opacity=".55"/>')


def colour(index):
    return f"var(--c{index % 8})"


def faded():
    return ' fill-opacity=".35"'


def middle(figure):
    return figure.median if isinstance(figure, Figure) else figure


def high(figure):
    return max(figure.high, figure.median) if isinstance(figure, Figure) else figure


def is_sure(figure):
    return not isinstance(figure, Figure) or figure.is_sure


def caption(figure):
    if not isinstance(figure, Figure):
        return number(figure, figure)
    return figure.number(figure.median) if figure.is_sure else f"unsure, {figure.number(figure.low)}–{figure.number(figure.high)}"


def text_width(text, size):
    return 0.56 * size * len(text)


def wrapped(text, size, width):
    """The rows of a text, so that each is about as wide at most.

    >>> wrapped("one two three", 10, 50)
    ['one two', 'three']
    """
    rows = [""]
    for word in text.split():
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and text_width(longer, size) > width:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows


def nice(most):
    """The end of an axis from zero, and its step.

    >>> nice(93), nice(0.42), nice(0)
    ((100, 20.0), (0.5, 0.1), (1, 0.2))
    """
    if most <= 0:
        return 1, 0.2
    size = 10 ** math.floor(math.log10(most))
    for end, count in [(1, 5), (2, 4), (2.5, 5), (5, 5), (10, 5)]:
        if most <= end * size * 1.0001:
            return round(end * size, 12), round(end * size / count, 12)
    raise ValueError(most)


def ticks(xs, is_logarithmic):
    """The values of an axis that get a number.

    >>> ticks([1, 8, 64], True), ticks(list(range(0, 101)), False)
    ([1, 8, 64], [0.0, 20.0, 40.0, 60.0, 80.0, 100.0])
    >>> ticks([0.13 + index / 12 for index in range(357)], False)
    [5.0, 10.0, 15.0, 20.0, 25.0]
    """
    if len(xs) <= 7:
        return xs
    least, most = xs[0], xs[-1]
    if is_logarithmic:
        powers = range(math.ceil(math.log10(least) - 1e-9), math.floor(math.log10(most) + 1e-9) + 1)
        return [10 ** power for power in powers]
    _, step = nice(most - least)
    if most - least < 4 * step:
        step /= 2
    return [round(step * index, 12) for index in range(math.ceil(least / step), math.floor(most / step) + 1)]


def short(value):
    """A number that fits on an axis.

    >>> short(1500), short(20_000), short(10_000_000), short(0.25), short(3), short(1000)
    ('1,500', '20,000', '10 M', '0.25', '3', '1,000')
    """
    if value >= 1_000_000:
        return f"{value / 1e6:g} M"
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"
