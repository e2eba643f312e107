"""Opens every page of a dashboard in headless Chromium, from file://, and looks at what came out.

    python3 pages_test.py ASSAY        (the executable)

Ends with 77 where there is no Chromium (Debian: chromium-headless-shell).
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from html.parser import HTMLParser

HERE = os.path.dirname(os.path.abspath(__file__))
ASSAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
CHROMIUM = os.environ.get("ASSAY_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), None)


class Page(HTMLParser):
    """A page's elements, as (tag, attributes), and its text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self._text = [], []
        self.feed(html)
        self.text = "".join(self._text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self._text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._directory = tempfile.TemporaryDirectory()
        root = cls._directory.name
        subprocess.run([sys.executable, os.path.join(HERE, "make_records.py"),
                        os.path.join(root, "records")], check=True)
        cls.site = os.path.join(root, "site")
        subprocess.run([ASSAY, "dashboard", "--records", os.path.join(root, "records"),
                        "--out", cls.site], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(cls.site, "data", "index.js"), encoding="utf-8") as file:
            text = file.read()
        cls.index = json.loads(text[text.index(",{") + 1:text.rindex(")")])

    @classmethod
    def tearDownClass(cls):
        cls._directory.cleanup()

    def open(self, hash_part, width=1280):
        """The page after its scripts ran; fails on anything in the browser's console."""
        result = subprocess.run(
            [CHROMIUM, "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
             "--virtual-time-budget=5000", f"--window-size={width},1000", "--dump-dom",
             f"file://{self.site}/index.html{hash_part}"],
            capture_output=True, text=True, timeout=120)
        console = [line for line in result.stderr.splitlines() if "CONSOLE" in line]
        self.assertEqual(console, [], hash_part)
        return Page(result.stdout)

    def case(self, number):
        return next(case for case in self.index["cases"] if case["name"].endswith(f"_{number}"))

    def test_overview_says_what_broke_and_what_recovered(self):
        page = self.open("")
        self.assertIn("Newly broken (1)", page.text)
        self.assertIn(self.case(1)["name"], page.text)
        self.assertIn("Recovered (1)", page.text)
        self.assertIn("24 cases, 40 runs", page.text)

    def test_every_page_has_content_and_no_problem(self):
        run = self.index["runs"][-1]["id"]
        for hash_part, expected in (("", "Models"), ("#/cases", "24 of 24 cases"), ("#/runs", run),
                                    ("#/model/esm2nv", "esm2nv_pretrain"),
                                    (f"#/run/{run}", "above max"),
                                    (f"#/case/{self.case(23)['id']}", "val_loss.range"),
                                    ("#/compare", "Verdicts that changed (2)")):
            with self.subTest(page=hash_part):
                page = self.open(hash_part)
                self.assertIn(expected, page.text)
                self.assertNotIn("problem", [a.get("class") for a in page.all("p")])

    def test_case_page_draws_its_charts_and_says_what_changed(self):
        page = self.open(f"#/case/{self.case(1)['id']}")
        self.assertGreater(len(page.all("canvas")), 2)
        self.assertIn("GPU driver: 535.104 → 550.54", page.text)
        self.assertIn("val_loss 2.", page.text)
        self.assertTrue(any("over 40 results" in a.get("aria-label", "") for a in page.all("div")))

    def test_links_lead_to_pages_that_exist(self):
        hrefs = set()
        for hash_part in ("", "#/cases", "#/runs", "#/compare", f"#/case/{self.case(1)['id']}"):
            hrefs |= {a["href"] for a in self.open(hash_part).all("a")}
        cases = {case["id"] for case in self.index["cases"]}
        runs = {run["id"] for run in self.index["runs"]}
        for href in hrefs - {"#main", "#/"}:
            match = re.match(r"#/(cases|runs|compare|model|case|run)(?:/([^?]*))?(?:\?.*)?$", href)
            self.assertIsNotNone(match, href)
            if match[1] == "case":
                self.assertIn(match[2], cases)
            if match[1] == "run":
                self.assertIn(match[2], runs)

    def test_filters_live_in_the_address(self):
        page = self.open("#/cases?q=model%3Desm2nv")
        self.assertIn("4 of 24 cases", page.text)
        self.assertIn("1 of 24 cases", self.open("#/cases?state=f").text)

    def test_hostile_names_are_text(self):
        for hash_part in ("", "#/cases", f"#/case/{self.case(0)['id']}"):
            page = self.open(hash_part)
            self.assertIn('<script>alert("pwned")</script>', page.text)
            self.assertTrue(all("src" in script for script in page.all("script")))

    def test_unknown_addresses_are_said(self):
        for hash_part in ("#/nowhere", "#/case/0123", "#/run/none", "#/compare?a=x", "#/model/x",
                          "#/constructor", "#/%E0%A4%A"):
            with self.subTest(page=hash_part):
                self.assertIn("here is no", self.open(hash_part).text)

    def test_pages_are_accessible(self):
        for hash_part in ("", "#/cases", "#/compare", f"#/case/{self.case(1)['id']}"):
            with self.subTest(page=hash_part):
                page = self.open(hash_part)
                self.assertEqual([a.get("lang") for a in page.all("html")], ["en"])
                self.assertEqual(len(page.all("h1")), 1)
                labelled = {a.get("for") for a in page.all("label")}
                for field in page.all("select") + page.all("input"):
                    if "display: none" not in field.get("style", ""):  # a part of dygraphs
                        self.assertIn(field["id"], labelled)
                ids = [a["id"] for _, a in page.elements if "id" in a]
                self.assertEqual(len(ids), len(set(ids)))
                self.assertEqual(len(page.all("table")), len(page.all("caption")))
                self.assertTrue(all("scope" in a for a in page.all("th")))

    def test_nothing_is_loaded_from_a_network(self):
        for path in glob.glob(os.path.join(self.site, "**", "*"), recursive=True):
            if path.endswith((".html", ".css")) or path.endswith("app.js"):
                with open(path, encoding="utf-8") as file:
                    self.assertNotRegex(file.read(), r"(src|href|url)\W{1,3}https?:")


if __name__ == "__main__":
    if not CHROMIUM:
        print("skipped: no Chromium here (Debian: chromium-headless-shell)")
        sys.exit(77)
    unittest.main()
