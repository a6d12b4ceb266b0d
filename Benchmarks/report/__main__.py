"""Makes the report of a folder of results: `python3 -m report FOLDER [PAGE]`.

FOLDER gets report.md, report.html and charts/*.svg. With PAGE, a page of Markdown to be, the same page of Markdown is
written there, and its charts into a folder of its name beside it.
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
    charts.mkdir(parents=True)
    page.write_text(report.markdown(charts.name))
    for name, chart in report.charts().items():
        Path(charts, f"{name}.svg").write_text(svg.drawing(chart) + "\n")


def main(folder, page=None):
    contents = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]
    if not contents:
        raise SystemExit(f"there is no result in {folder}; a part writes one when it ends")
    report = Report.read(contents)
    write(report, Path(folder, "report.md"), Path(folder, "charts"))
    Path(folder, "report.html").write_text(report.html())
    print(f"The report of {len(contents)} results is {Path(folder, 'report.html')}, and report.md beside it.")
    if page:
        write(report, Path(page), Path(page).with_suffix(""))
        print(f"{page} and its charts are new.")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        raise SystemExit("usage: python3 -m report FOLDER [PAGE]")
    main(*sys.argv[1:])
