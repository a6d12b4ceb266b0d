"""Makes the report of a folder of results: `python3 -m report FOLDER [DOCS]`.

FOLDER gets report.md, report.html and charts/*.svg. With DOCS, a folder, the same is written there as results.md, with its
charts in a folder of that name beside it, and profiles, which are long, as profiles.md.
"""

import json
import shutil
import sys
from pathlib import Path

from report import svg
from report.page import Report


def write(report, page, charts):
    """Writes the page of Markdown and the charts, which replace those of an earlier page."""
    shutil.rmtree(charts, ignore_errors=True)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(report.markdown(charts.name))
    for name, chart in report.charts().items():
        charts.mkdir(exist_ok=True)
        Path(charts, f"{name}.svg").write_text(svg.drawing(chart) + "\n")


def main(folder, docs=None):
    contents = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]
    if not contents:
        raise SystemExit(f"there is no result in {folder}; a part writes one when it ends")
    report = Report.read(contents)
    write(report, Path(folder, "report.md"), Path(folder, "charts"))
    Path(folder, "report.html").write_text(report.html())
    print(f"The report of {len(contents)} results is {Path(folder, 'report.html')}, and report.md beside it.")
    if docs:
        profiles = [result for result in report.results if result.part.startswith("profile")]
        others = [result for result in report.results if result not in profiles]
        for name, results in [("results", others), ("profiles", profiles)]:
            if results:
                page = Path(docs, f"{name}.md")
                write(Report(results), page, page.with_suffix(""))
                print(f"{page} is new, with its charts.")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        raise SystemExit("usage: python3 -m report FOLDER [DOCS]")
    main(*sys.argv[1:])
