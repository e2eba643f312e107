"""From a real run to the site: curves with golden ones, and cases that left no record.

    python3 expected_test.py ASSAY
"""

import json
import os
import subprocess
import tempfile
import unittest

from browser import Browser
from dashboard_site import ASSAY, READY, main, make_site, read_data
from live_test import Server

PROGRAM = """
import json, sys
with open(sys.argv[1] + "/dllogger.json", "w") as file:
    for step in range(1, 31):
        file.write("DLLL " + json.dumps({"type": "LOG", "step": [step], "data": {"loss": 3 / step}}) + "\\n")
"""

RECIPE = """type: recipe
format_version: 1
loggers: [dllogger]
spec:
  model: curved
  scope: smoke
  script: /usr/bin/python3 %s {logs_dir}
products: [{seed: [1, 2, 3]}]
key_segments: {seed: seed}
tests_spec:
  - logic_type: golden
    logic_spec: {file: golden_values.json, mode: approximate}
"""


class Expected(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="assay-dashboard-")
        cls.addClassCleanup(directory.cleanup)
        cls.root = directory.name
        cls.history = os.path.join(cls.root, "history.sqlite")
        cls.recipe = os.path.join(cls.root, "recipe.yaml")
        with open(os.path.join(cls.root, "program.py"), "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        with open(cls.recipe, "w", encoding="utf-8") as file:
            file.write(RECIPE % file.name.replace("recipe.yaml", "program.py"))
        values = {str(step): round(3 / step, 5) for step in range(1, 31, 3)}
        with open(os.path.join(cls.root, "golden_values.json"), "w", encoding="utf-8") as file:
            json.dump({"loss": {"start_step": 1, "end_step": 30, "step_interval": 3,
                                "values": values}}, file)
        cls.names = subprocess.run([ASSAY, "list", cls.recipe, "--format", "names"], check=True,
                                   capture_output=True, text=True).stdout.split()
        for name in cls.names[:2]:
            cls.run_case(name, cls.history)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def run_case(cls, name, history):
        subprocess.run([ASSAY, "run", cls.recipe, "--product", name, "--history", history,
                        "--work-dir", os.path.join(cls.root, "work")], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env={**os.environ, "ASSAY_RUN_ID": "the-run"})

    def open(self, url):
        page = self.browser.page()
        self.addCleanup(page.close)
        page.open(url, READY)
        return page

    def test_expected_case_without_a_record_is_red(self):
        site = os.path.join(self.root, "site")
        self.assertIn("3 cases, 1 runs", make_site("--history", self.history, "--out", site,
                                                   "--expect", self.recipe))
        page = self.open(f"file://{site}/index.html")
        text = page.evaluate("document.body.innerText")
        self.assertIn("1 no record", text)
        self.assertIn("66.6 %", text)
        self.assertIn("expected, but it left no record", text)
        self.assertIn("v-f", page.evaluate("document.querySelector('.big').className"))
        page.evaluate("[...document.querySelectorAll('a')].find((node) => "
                      f"node.textContent === {json.dumps(self.names[2])}).click()")
        page.wait("document.title.includes('seed-3')")
        self.assertIn("It never left a record", page.evaluate("document.body.innerText"))
        self.assertEqual(page.console, [])

    def test_filter_narrows_what_is_expected(self):
        site = os.path.join(self.root, "filtered")
        self.assertIn("2 cases", make_site("--history", self.history, "--out", site, "--expect",
                                           self.recipe, "--filter", "spec.seed < 3"))

    def test_unreadable_recipe_makes_the_command_fail_and_the_site_all_the_same(self):
        broken = os.path.join(self.root, "broken.yaml")
        with open(broken, "w", encoding="utf-8") as file:
            file.write("type: recipe\nspec: [\n")
        site = os.path.join(self.root, "despite")
        make_site("--history", self.history, "--out", site, "--expect", broken, status=2)
        self.assertEqual(len(read_data(site, "index")["cases"]), 2)

    def test_golden_curve_of_a_real_run_is_overlaid(self):
        site = os.path.join(self.root, "golden")
        make_site("--history", self.history, "--out", site)
        case = read_data(site, "index")["cases"][0]
        page = self.open(f"file://{site}/index.html#/case/{case['id']}")
        curves = read_data(site, f"cases/{case['id']}")["latest"]["curves"]
        self.assertEqual(curves[0]["name"], "loss")
        self.assertEqual(len(curves[0]["steps"]), 30)
        self.assertEqual(curves[0]["golden"]["steps"], list(range(1, 31, 3)))
        plot = "[...document.querySelectorAll('.plot')].find((plot) => " \
               "plot.getAttribute('aria-label') === 'loss by step')"
        page.evaluate(f"{plot}.focus()")
        page.press("Home")
        self.assertEqual(page.evaluate(f"{plot}.getAttribute('aria-valuetext')"),
                         "step 1: 3, golden 3")
        self.assertEqual(page.console, [])

    def test_served_site_waits_for_the_cases_of_a_run_that_goes_on(self):
        history = os.path.join(self.root, "live.sqlite")
        for name in self.names[:2]:
            self.run_case(name, history)
        server = Server("--history", history, "--expect", self.recipe)
        try:
            page = self.open(f"http://127.0.0.1:{server.port}/")
            self.assertIn("2 of 3 done", page.evaluate("document.body.innerText"))
            self.assertIn("100 %", page.evaluate("document.querySelector('.big').innerText"))
            self.run_case(self.names[2], history)
            page.wait("!document.body.innerText.includes('2 of 3 done')", 60)
            self.assertIn("3 passed", page.evaluate("document.body.innerText"))
            self.assertEqual(page.console, [])
        finally:
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    main()
