"""The report of a run: one page of Markdown, one of HTML, and its charts."""

import re
from html import escape

from report import svg, targets
from report.overview import overview
from report.result import Result, markdown_table, text

# The order of the parts on a page; others follow.
ORDER = ["shop", "peers", "redis", "sqlite", "postgres", "stores", "engine", "observers", "contention", "memory", "growth",
         "soak", "sizing", "profile", "instructions"]
VERDICTS = ["reached", "missed", "unsure", "not in this run"]


class Report:
    """The results of a folder."""

    def __init__(self, results):
        def place(result):
            name = result.part.split(":")[0]
            return ORDER.index(name) if name in ORDER else len(ORDER)
        self.results = sorted(results, key=place)
        # Of what several results have measured, the last one counts.
        self.facts = {name: fact for result in self.results for name, fact in result.facts.items()}
        self.sections = [section for section in [overview(self.facts), *self.results] if section]

    @staticmethod
    def read(contents):
        return Report([Result.read(content) for content in contents])

    @property
    def targets(self):
        """Rows of target, figure and verdict."""
        noisy = {name for result in self.results if result.noise and not result.noise.is_quiet for name in result.facts}
        return targets.rows(self.facts, noisy)

    @property
    def machine(self):
        """The machine, in a sentence."""
        last = self.results[-1]
        machine = last.machine
        return (f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, {machine['system']}; "
                f"{min(result.date for result in self.results)} to {max(result.date for result in self.results)}.")

    @property
    def noise(self):
        """How noisy it was, in a sentence."""
        noisy = [result.part for result in self.results if result.noise and not result.noise.is_quiet]
        if not noisy:
            return "The machine was quiet."
        if len(noisy) == len(self.results):
            return "The machine was not quiet, so none of these figures may be quoted; each part says why."
        return f"The machine was quiet, except in these parts, which may not be quoted: {', '.join(noisy)}."

    def charts(self):
        """{name of a file without its ending: chart}."""
        return {name: chart for result in self.sections for name, chart in named_charts(result)}

    def markdown(self, charts="charts"):
        """The page; its charts lie in that folder beside it."""
        lines = ["# What sessions cost: the results of a run", "", *filled(self.machine), "", *filled(self.noise), ""]
        lines += [*filled(
            "A figure is the median of the rounds, with the quartiles in brackets. One whose quartiles lie further apart "
            "than it claims is “unsure”, and only says where it lies."), ""]
        if self.facts:
            lines += ["## Targets", "", *markdown_table(["target", "in this run", ""], self.targets), ""]
        for result in self.sections:
            lines += [f"## {result.title}", ""]
            for name, chart in named_charts(result):
                lines += [f"![{chart.title}]({charts}/{name}.svg)", ""]
            for table in result.tables:
                lines += [*filled(f"{table.title}:"), ""] if table.title else []
                lines += markdown_table(table.columns, table.rows) + [""]
            for remark in result.remarks + ([result.noise.text] if result.noise else []):
                lines += [*filled(remark), ""]
        return "\n".join(lines)

    def html(self):
        parts = [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>What sessions cost</title><style>{PAGE_STYLE}\n{svg.STYLE}</style></head><body><main>",
            f"<h1>What sessions cost</h1><p class=lead>{escape(self.machine)} {escape(self.noise)}</p>",
            "<p class=lead>A figure is the median of the rounds, with the quartiles in brackets. One whose quartiles lie "
            "further apart than it claims is <em>unsure</em>, and only says where it lies.</p>",
            "<nav><a href='#targets'>Targets</a>" + "".join(
                f"<a href='#{anchor(result.part)}'>{escape(result.part)}</a>" for result in self.sections) + "</nav>",
            self._targets(),
        ]
        for result in self.sections:
            parts.append(f"<section id='{anchor(result.part)}'><h2>{escape(result.title)}</h2>")
            charts = [svg.picture(chart) for _, chart in named_charts(result)]
            if charts:
                parts.append(f"<div class=charts>{''.join(charts)}</div>")
            parts += [html_table(table.title, table.columns, table.rows) for table in result.tables]
            parts += [f"<p>{marked(remark)}</p>" for remark in result.remarks]
            if result.noise:
                quiet = "quiet" if result.noise.is_quiet else "noisy"
                parts.append(f"<p class={quiet}>{escape(result.noise.text)}</p>")
            parts.append("</section>")
        return "\n".join([*parts, "</main></body></html>", ""])

    def _targets(self):
        rows = [
            f'<li class="{anchor(verdict).split("-")[0]}"><span class=verdict>{verdict}</span><span>{escape(target)}</span>'
            f"<span class=figure>{escape(text(figure))}</span></li>" for target, figure, verdict in self.targets]
        counts = {verdict: sum(row[2].startswith(verdict) for row in self.targets) for verdict in VERDICTS}
        summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
        return f"<section id=targets><h2>Targets</h2><p>{summary}</p><ul class=targets>{''.join(rows)}</ul></section>"


def named_charts(result):
    """A result's charts that aren't empty, each with the name of its file without the ending."""
    charts = [chart for chart in result.charts if chart.series]
    return [(anchor(f"{result.part}-{number}" if number > 1 else result.part), chart)
            for number, chart in enumerate(charts, 1)]


def anchor(name):
    """A name for a file or a link.

    >>> anchor("shop:memory:500")
    'shop-memory-500'
    """
    return re.sub(r"[^\w.]+", "-", name.lower()).strip("-")


def filled(paragraph, width=118):
    """The lines of a paragraph, none longer than that but for a long word.

    >>> filled("one two three", 8)
    ['one two', 'three']
    """
    lines = [""]
    for word in paragraph.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def html_table(title, columns, rows):
    """A table that scrolls by itself where it is wider than the page.

    >>> html_table("", ["a"], [["`x`"], [1000]])
    '<div class=table><table><thead><tr><th>a</th></tr></thead><tr><td><code>x</code></td></tr><tr><td class=number>1,000</td>\
</tr></table></div>'
    """
    caption = f"<caption>{marked(title)}</caption>" if title else ""
    head = "".join(f"<th>{marked(column)}</th>" for column in columns)

    def data(cell):
        kind = "" if isinstance(cell, str) else " class=unsure" if getattr(cell, "is_sure", True) is False else " class=number"
        return f"<td{kind}>{marked(text(cell))}</td>"
    body = "".join(f"<tr>{''.join(map(data, row))}</tr>" for row in rows)
    return f"<div class=table><table>{caption}<thead><tr>{head}</tr></thead>{body}</table></div>"


def marked(text):
    """Text with Markdown's code, as HTML."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


PAGE_STYLE = """
:root{color-scheme:light dark;--ink:#1d2330;--soft:#5b6475;--line:#dfe3ea;--page:#f3f5f9;--card:#fff;
--good:#0a7a4f;--bad:#b4232f;--doubt:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#e8ebf2;--soft:#a2abbd;--line:#333b4b;--page:#0e1118;--card:#171b24;
--good:#4fd1a0;--bad:#ff8a92;--doubt:#e6b450}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1280px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:30px;line-height:1.15;margin:8px 0 12px}
h2{font-size:20px;line-height:1.25;margin:48px 0 14px}
p{max-width:80ch;margin:10px 0}
.lead{color:var(--soft)}
nav{display:flex;flex-wrap:wrap;gap:6px 8px;margin:20px 0 0}
nav a{color:inherit;text-decoration:none;font-size:14px;background:var(--card);border:1px solid var(--line);border-radius:99px;
padding:3px 11px}
nav a:hover{border-color:var(--soft)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(400px,100%),1fr));gap:16px;align-items:start;margin:0 0 16px}
.charts svg{width:100%;max-width:480px;height:auto;border-radius:10px}
.table{overflow-x:auto;background:var(--card);border-radius:10px;margin:0 0 16px;max-width:100%;width:fit-content}
table{border-collapse:collapse;font-size:14px}
caption{text-align:left;color:var(--soft);padding:10px 14px 2px}
th{text-align:left;font-weight:600;vertical-align:bottom}
th,td{padding:7px 14px;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}
td.number,td.unsure{white-space:nowrap;font-variant-numeric:tabular-nums}
td.unsure{color:var(--doubt)}
code{font-size:.92em}
.quiet,.noisy{font-size:14px;color:var(--soft);border-left:3px solid var(--good);padding-left:10px}
.noisy{border-color:var(--doubt)}
.targets{list-style:none;margin:0;padding:0;background:var(--card);border-radius:10px}
.targets li{display:grid;grid-template-columns:8.5em 1fr auto;gap:2px 12px;padding:9px 14px;border-bottom:1px solid var(--line)}
.targets li:last-child{border-bottom:0}
.verdict{font-weight:600}
.figure{white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}
.reached .verdict{color:var(--good)} .reached .verdict::before{content:"✓ "}
.missed .verdict{color:var(--bad)} .missed .verdict::before{content:"✗ "}
.unsure .verdict{color:var(--doubt)} .unsure .verdict::before{content:"? "}
.not .verdict{color:var(--soft);font-weight:400}
@media (max-width:640px){.targets li{grid-template-columns:1fr auto}.targets li>:nth-child(2){grid-column:1/-1;grid-row:2}
.figure{grid-row:1;grid-column:2}h1{font-size:26px}}
""".strip()
