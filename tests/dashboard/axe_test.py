"""axe-core looks at every page. It has no Debian package: npm brings it, into a directory given.

    python3 axe_test.py ASSAY PACKAGE DIRECTORY       (axe-core@4.14.1; where to put it)

Ends with 77 where there is no npm, or where it cannot bring the package: the project's own rules
(accessibility.js) are held to everywhere.
"""

import os
import shutil
import subprocess
import sys

import dashboard_site
from dashboard_site import CANNOT_RUN_HERE, READY, SiteTest

PACKAGE, DIRECTORY = sys.argv.pop(1), sys.argv.pop(1)


def axe_source():
    """The text of axe.min.js, brought once."""
    path = os.path.join(DIRECTORY, PACKAGE, "node_modules", "axe-core", "axe.min.js")
    if not os.path.exists(path):
        if not shutil.which("npm"):
            print(f"skipped: {PACKAGE} is not here, nor npm to bring it")
            sys.exit(CANNOT_RUN_HERE)
        result = subprocess.run(
            ["npm", "install", "--prefix", os.path.join(DIRECTORY, PACKAGE), "--ignore-scripts",
             "--no-audit", "--no-fund", PACKAGE], capture_output=True, text=True, timeout=300,
            check=False, stdin=subprocess.DEVNULL)
        if result.returncode != 0:
            print(f"skipped: npm cannot bring {PACKAGE}: {result.stderr.strip()[-300:]}")
            sys.exit(CANNOT_RUN_HERE)
    with open(path, encoding="utf-8") as file:
        return file.read()


class Axe(SiteTest):
    source = ""

    def violations(self, page):
        """What is wrong, one line each."""
        page.evaluate(self.source + "; 0")
        return page.evaluate("""axe.run(document, {preload: false, resultTypes: ['violations'], runOnly: {type: 'tag',
            values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})
            .then(({violations}) => violations.flatMap(({id, help, nodes}) =>
              nodes.map(({html}) => `${id}: ${help}: ${html.slice(0, 200)}`)))""", 120)

    def test_pages_have_no_violation(self):
        run = self.index["runs"][-1]["id"]
        pages = ["", "#/cases?q=model%3Dopenfold", "#/runs", "#/compare", f"#/run/{run}",
                 "#/model/openfold", f"#/case/{self.case(1)['id']}", f"#/case/{self.case(7)['id']}",
                 "#/nowhere"]
        for dark, shown in ((False, pages), (True, [pages[0], pages[6]])):
            page = self.browser.page(dark=dark)
            for hash_part in shown:
                with self.subTest(page=hash_part, dark=dark):
                    page.open(self.address(hash_part), READY)
                    self.assertEqual(self.violations(page), [])
            page.close()

    def test_details_of_a_result_have_no_violation(self):
        self.open(f"#/case/{self.case(1)['id']}")
        self.page.evaluate("document.querySelector('.plot').focus()")
        self.page.press("Enter")
        self.assertEqual(self.violations(self.page), [])

    def test_it_can_fail(self):
        self.open()
        self.page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')")
        self.assertIn("button-name", "\n".join(self.violations(self.page)))


if __name__ == "__main__":
    Axe.source = axe_source()
    dashboard_site.main()
