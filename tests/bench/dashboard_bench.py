#!/usr/bin/python3
"""The dashboard's sizes and times.

    tests/bench/dashboard_bench.py ASSAY [--history FILE] [--days 90] [--work DIR]

Makes records of 1,000 cases in 500 runs with 10 metrics each (1.4 GB of JSON lines, kept in --work),
writes the site and opens its pages in headless Chromium; the same for one case with 10,000 results.
With --history it also writes the site of that history's last days: history_bench.cpp makes one of
1,000,000 records.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(os.path.dirname(HERE), "dashboard")
sys.path.insert(0, TESTS)

from browser import Browser  # noqa: E402

READY = "document.querySelector('main h1') && !document.querySelector('main [role=status]')"
# From the moment the page was asked for until its content, charts in view included, is there.
OPENED = f"""new Promise((done) => {{
  const look = () => {READY} ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 2);
  look();
}})"""


def make_records(path, *arguments):
    if not os.path.exists(path):
        subprocess.run([sys.executable, os.path.join(TESTS, "make_records.py"), path, "--lines",
                        *arguments], check=True)


def dashboard(assay, out, *arguments):
    """(seconds of wall time, seconds of CPU time)"""
    before = os.times()
    start = time.monotonic()
    subprocess.run([assay, "dashboard", "--out", out, *arguments], check=True,
                   stdout=subprocess.DEVNULL)
    after = os.times()
    cpu = (after.children_user + after.children_system - before.children_user -
           before.children_system)
    return time.monotonic() - start, cpu


def size_of(site):
    return sum(os.path.getsize(os.path.join(directory, name))
               for directory, _, names in os.walk(site) for name in names)


def opening(page, address, times=5):
    """The median of several openings, in milliseconds; the first one, which warms up, is left out."""
    taken = []
    for _ in range(times + 1):
        page.open(address, "true")
        taken.append(page.evaluate(OPENED))
    return sorted(taken[1:])[times // 2]


def first_case(page, site):
    page.open(f"file://{site}/index.html#/cases", READY)
    return page.evaluate("document.querySelector('td.name a').hash")


def report(what, value):
    print(f"{what:58} {value}", flush=True)


def measure_site(assay, work):
    lines, site = os.path.join(work, "large.jsonl"), os.path.join(work, "large")
    make_records(lines, "--cases", "1000", "--runs", "500", "--metrics", "10", "--hours", "6")
    wall, cpu = dashboard(assay, site, "--records", lines)
    report("1,000 cases x 500 runs: written in", f"{wall:.1f} s ({cpu:.1f} s CPU)")
    report("1,000 cases x 500 runs: size", f"{size_of(site) / 1e6:.1f} MB")
    with Browser() as browser:
        page = browser.page(1600, 1000)
        case = first_case(page, site)
        for name, hash_part in (("overview", ""), ("all cases", "#/cases"), ("a case", case),
                                ("a run", "#/run/nightly-0499"), ("runs", "#/runs")):
            taken = opening(page, f"file://{site}/index.html{hash_part}")
            report(f"1,000 cases x 500 runs: {name} opens in", f"{taken:.0f} ms")
        assert page.console == [], page.console


def measure_points(assay, work):
    lines, site = os.path.join(work, "long.jsonl"), os.path.join(work, "long")
    make_records(lines, "--cases", "2", "--runs", "10000", "--metrics", "4", "--hours", "1")
    dashboard(assay, site, "--records", lines)
    with Browser() as browser:
        page = browser.page(1600, 1000)
        case = first_case(page, site)
        report("10,000 results: the case opens in",
               f"{opening(page, f'file://{site}/index.html{case}'):.0f} ms")
        zoom, move = page.evaluate("""(() => {
          const time = (work) => { const start = performance.now(); work(); return performance.now() - start; };
          const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
          const plots = [...document.querySelectorAll('.plot')].filter((plot) => plot.querySelector('canvas'));
          plots.slice(1).forEach((plot) => { plot.closest('figure').hidden = true; });
          const zooms = Array.from({length: 15}, (_, at) => time(() => assay.setWindow(at % 2 ? null : [1.79e12, 1.8e12])));
          const box = plots[0].getBoundingClientRect();
          const moves = Array.from({length: 50}, (_, at) => time(() => plots[0].querySelector('canvas').dispatchEvent(
            new MouseEvent('mousemove', {bubbles: true, clientX: box.x + 80 + 6 * at, clientY: box.y + 50}))));
          return [middle(zooms), middle(moves)];
        })()""")
        report("10,000 points: one chart is zoomed in", f"{zoom:.0f} ms")
        report("10,000 points: a pointer's move is answered in", f"{move:.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assay")
    parser.add_argument("--history")
    parser.add_argument("--days", default="90")
    parser.add_argument("--work")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as temporary:
        work = options.work or temporary
        os.makedirs(work, exist_ok=True)
        if options.history:
            site = os.path.join(temporary, "history")
            wall, cpu = dashboard(options.assay, site, "--history", options.history, "--days",
                                  options.days)
            report(f"the last {options.days} days of the history: written in",
                   f"{wall:.1f} s ({cpu:.1f} s CPU)")
            report(f"the last {options.days} days of the history: size",
                   f"{size_of(site) / 1e6:.1f} MB")
        measure_site(options.assay, work)
        measure_points(options.assay, work)


if __name__ == "__main__":
    main()
