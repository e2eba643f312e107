"""Pictures of every page, at three widths, light and dark, for a person to look at.

    python3 screenshots.py SITE OUT [--pages overview,case,...] [--widths 390,900,1600]
                           [--themes light,dark]

SITE is what `assay dashboard --out SITE` wrote.
"""

import argparse
import json
import os

from browser import Browser


def addresses(site, case):
    with open(os.path.join(site, "data", "index.js"), encoding="utf-8") as file:
        text = file.read()
    index = json.loads(text[text.index(",{") + 1:text.rindex(")")])
    entry = next((c for c in index["cases"] if c["name"].endswith(case)), index["cases"][0])
    return {"overview": "", "model": f"#/model/{entry['model']}", "cases": "#/cases",
            "case": f"#/case/{entry['id']}", "runs": "#/runs",
            "run": f"#/run/{index['runs'][-1]['id']}", "compare": "#/compare"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site")
    parser.add_argument("out")
    parser.add_argument("--pages", default="")
    parser.add_argument("--widths", default="390,900,1600")
    parser.add_argument("--themes", default="light,dark")
    parser.add_argument("--case", default="_1", help="how the shown case's name ends")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    pages = addresses(options.site, options.case)
    wanted = options.pages.split(",") if options.pages else list(pages)
    with Browser() as browser:
        for theme in options.themes.split(","):
            for width in map(int, options.widths.split(",")):
                page = browser.page(width, dark=theme == "dark")
                for name in wanted:
                    page.open(f"file://{os.path.abspath(options.site)}/index.html{pages[name]}",
                              "document.querySelector('h1')")
                    # Charts are drawn when they come into view.
                    height = page.evaluate("document.documentElement.scrollHeight")
                    page.resize(width, min(height + 100, 6000))
                    page.evaluate("new Promise((done) => setTimeout(done, 400))")
                    page.screenshot(os.path.join(options.out, f"{name}-{width}-{theme}.png"))
                    page.resize(width)
                    for line in page.console:
                        print(f"{name} {width} {theme}: {line}")
                page.close()


if __name__ == "__main__":
    main()
