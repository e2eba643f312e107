"""What the dashboard's tests share: the executable, made-up records, and the site made of them."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from browser import Browser, find_chromium

HERE = os.path.dirname(os.path.abspath(__file__))
ASSAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
CANNOT_RUN_HERE = 77

# A page is there when its heading is; everything else comes with it.
READY = "document.querySelector('main h1') && !document.querySelector('main [role=status]')"


def make_records(directory, *arguments):
    subprocess.run([sys.executable, "-B", os.path.join(HERE, "make_records.py"), directory,
                    *map(str, arguments)], check=True)


def make_site(*arguments, status=0):
    result = subprocess.run([ASSAY, "dashboard", *arguments], capture_output=True, text=True,
                            check=False)
    if result.returncode != status:
        raise AssertionError(f"assay dashboard ended with {result.returncode}: {result.stderr}")
    return result.stdout


def read_data(site, name):
    with open(os.path.join(site, "data", f"{name}.js"), encoding="utf-8") as file:
        text = file.read()
    return json.loads(text[text.index(",{") + 1:text.rindex(")")])


class SiteTest(unittest.TestCase):
    """A site of 24 cases and 40 runs, and a page of a browser that is at it."""

    @classmethod
    def setUpClass(cls):
        cls._directory = tempfile.TemporaryDirectory(prefix="assay-dashboard-")
        cls.addClassCleanup(cls._directory.cleanup)
        cls.root = cls._directory.name
        cls.records = os.path.join(cls.root, "records")
        cls.site = os.path.join(cls.root, "site")
        make_records(cls.records)
        make_site("--records", cls.records, "--out", cls.site)
        cls.index = read_data(cls.site, "index")
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.page = self.browser.page()
        self.addCleanup(self.page.close)

    def tearDown(self):
        self.assertEqual(self.page.console, [], "the browser's console")

    def case(self, number):
        return next(case for case in self.index["cases"] if case["name"].endswith(f"_{number}"))

    def address(self, hash_part=""):
        return f"file://{self.site}/index.html{hash_part}"

    def open(self, hash_part=""):
        self.page.open(self.address(hash_part), READY)

    def go(self, hash_part):
        """To another page of the site, by its address alone."""
        self.page.evaluate("window.before = document.querySelector('main').firstChild")
        if self.page.evaluate(f"location.hash === {json.dumps(hash_part)}"):
            return
        self.page.evaluate(f"location.hash = {json.dumps(hash_part)}")
        self.page.wait(f"document.querySelector('main').firstChild !== before && {READY}")

    def text(self, selector="main"):
        return self.page.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def texts(self, selector):
        return self.page.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})].map((node) => node.innerText)")

    def place(self, selector, number=0):
        """The middle of an element, scrolled into view."""
        return self.page.evaluate(f"""(() => {{
            const node = document.querySelectorAll({json.dumps(selector)})[{number}];
            node.scrollIntoView({{block: 'center'}});
            const box = node.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")

    def choose(self, field, value):
        self.page.evaluate(f"""(() => {{
            window.before = document.querySelector('main').firstChild;
            const field = document.getElementById({json.dumps(field)});
            field.value = {json.dumps(value)};
            field.dispatchEvent(new Event('change'));
        }})()""")
        self.page.wait(f"document.querySelector('main').firstChild !== before && {READY}")


def main():
    if not find_chromium():
        print("skipped: no Chromium here (Debian: chromium-headless-shell)")
        sys.exit(CANNOT_RUN_HERE)
    unittest.main()
