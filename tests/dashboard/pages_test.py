"""Every page of a dashboard, opened from file:// in headless Chromium: what it says, and how it obeys.

    python3 pages_test.py ASSAY        (the executable)

Ends with 77 where there is no Chromium (Debian: chromium-headless-shell).
"""

import json
import os
import re
import urllib.parse

from dashboard_site import HERE, READY, SiteTest, main

HOSTILE = '<script>alert("pwned")</script> "quoted\' é 模型 &amp; {run} </script>'


class Pages(SiteTest):
    def every_page(self):
        run = self.index["runs"][-1]["id"]
        return (("", "Models and suites"), ("#/cases", "25 of 25 cases"), ("#/runs", run),
                ("#/model/openfold", "openfold_"), (f"#/run/{run}", "above max"),
                (f"#/case/{self.case(1)['id']}", "val_loss.range"),
                (f"#/case/{self.case(4)['id']}", "needs 8 GPUs"),
                ("#/compare", "Verdicts that changed"))

    def test_every_page_has_content_at_every_width_and_stays_within_it(self):
        for width in (390, 900, 1600):
            self.page.resize(width)
            self.open()
            for hash_part, expected in self.every_page():
                with self.subTest(page=hash_part, width=width):
                    self.go(hash_part)
                    self.assertIn(expected, self.page.evaluate("document.body.textContent"))
                    self.assertFalse(self.page.evaluate("document.querySelector('.problem')"))
                    self.assertLessEqual(
                        self.page.evaluate("document.documentElement.scrollWidth"), width)

    def test_overview_says_what_broke_what_stays_bad_and_what_recovered(self):
        self.open()
        broken, still, recovered = self.texts("section.card:has(.cases, .quiet):not(.hero)")[:3]
        self.assertIn("Newly broken (1)", broken)
        self.assertIn(self.case(1)["name"], broken)
        self.assertIn("above max", broken)
        self.assertIn("Still bad (1)", still)
        self.assertIn(self.case(3)["name"], still)
        self.assertIn("10 results", still)
        self.assertIn("Recovered (1)", recovered)
        self.assertIn(self.case(2)["name"], recovered)
        self.assertIn("25 cases, 40 runs", self.text("footer"))
        self.assertIn("20 passed", self.text(".hero"))
        self.assertEqual(self.text(".big strong"), "90.9 %")

    def test_matrix_leads_to_the_cases_of_a_model_and_suite(self):
        self.open()
        self.page.evaluate("[...document.querySelectorAll('a.rate')].find((node) => "
                           "node.textContent.startsWith('openfold, conv-train')).click()")
        self.page.wait("document.title.startsWith('openfold')")
        self.assertEqual(self.page.evaluate("document.getElementById('scope').value"), "conv-train")
        names = self.texts("td.name")
        self.assertTrue(names and all("openfold_conv-train" in name for name in names), names)

    def test_filters_live_in_the_address(self):
        self.open("#/cases")
        self.choose("state", "f")
        self.assertIn("2 of 25 cases", self.text())
        self.choose("label", "scope=conv-train")
        shared = self.page.evaluate("location.hash")
        self.page.evaluate("history.back()")
        self.page.wait("location.hash === '#/cases?state=f' && !document.querySelector('.word')")
        self.open(shared)
        self.assertEqual(self.page.evaluate("document.getElementById('state').value"), "f")
        self.assertEqual(self.texts("button.word"), ["scope=conv-train ×"])
        self.page.evaluate("document.querySelector('button.word').click()")
        self.page.wait("location.hash === '#/cases?state=f'")

    def test_search_goes_by_words_and_by_labels(self):
        self.open()
        self.page.press("/")
        self.assertEqual(self.page.evaluate("document.activeElement.id"), "search")
        self.page.send("Input.insertText", {"text": "model=openfold BF16"})
        self.page.press("Enter")
        self.page.wait("document.title.startsWith('Cases')")
        names = self.texts("td.name")
        self.assertTrue(names)
        self.assertTrue(all("openfold" in name and "bf16" in name for name in names), names)
        self.open("#/cases?q=nothing%20such")
        self.assertIn("No case matches", self.text())

    def test_branch_filter_leaves_other_branches_out(self):
        self.open("#/?branch=dev")
        self.assertIn("nightly-0039", urllib.parse.unquote(
            self.page.evaluate("document.querySelector('.hero a').hash")))
        self.open("#/?branch=feature%2Fx")
        self.assertIn("nightly-0035", self.page.evaluate("document.querySelector('.hero a').hash"))
        self.assertIn("Newly broken (0)", self.text())

    def test_run_page_lists_its_cases_and_what_changed(self):
        self.open("#/run/nightly-0039?state=f")
        self.assertIn("Cases (2)", self.text())
        self.assertIn("newly broken", self.text())
        self.assertEqual(len(self.texts("td.name")), 2)

    def test_comparison_names_verdicts_environment_and_metrics(self):
        self.open("#/compare?a=nightly-0001&b=nightly-0039")
        self.page.wait("document.body.innerText.includes('Metrics that moved')")
        text = self.text()
        self.assertIn("driver: 535.104.12 → 550.54.15", text)
        self.assertIn("assay: 0.1.0 → 0.2.0", text)
        self.assertIn(self.case(3)["name"], text)
        self.assertIn("throughput_mean_train (samples/s)", text)
        self.assertRegex(text, r"worse")
        self.page.evaluate("[...document.querySelectorAll('button')].find((node) => "
                           "node.textContent === 'Swap').click()")
        self.page.wait("location.hash.includes('a=nightly-0039')")

    def test_every_link_of_every_page_leads_to_a_page(self):
        self.open()
        waiting, seen = [""], set()
        while waiting:
            hash_part = waiting.pop()
            seen.add(hash_part)
            self.go(hash_part or "#/")
            self.assertFalse(self.page.evaluate("document.querySelector('.problem')"), hash_part)
            for href in self.page.evaluate(
                    "[...document.querySelectorAll('a')].map((node) => node.getAttribute('href'))"):
                self.assertRegex(href, r"^#(main$|/)")
                # Of one kind a few are enough to find all that they link to.
                kind = re.match(r"#/?[^/?]*", href)[0]
                if href not in seen and href not in waiting and href != "#main" and (
                        kind in ("#/case", "#/model", "#/run") and "?" not in href or
                        sum(other.startswith(kind) for other in seen) < 6):
                    waiting.append(href)
        self.assertGreater(len(seen), 25 + 40)

    def test_hostile_names_are_text(self):
        self.open()
        for hash_part in ("#/", "#/cases", f"#/case/{self.case(0)['id']}",
                          "#/model/" + urllib.parse.quote(HOSTILE, safe=""),
                          "#/model/" + urllib.parse.quote("<img src=x onerror=alert(1)>", safe=""),
                          "#/cases?q=" + urllib.parse.quote('"><script>alert(1)</script>'),
                          "#/" + urllib.parse.quote("<script>alert(1)</script>")):
            with self.subTest(page=hash_part):
                self.go(hash_part)
                self.assertEqual(self.page.evaluate(
                    "document.querySelectorAll('script:not([src]), img, iframe, object').length"), 0)
        self.go(f"#/case/{self.case(0)['id']}")
        self.assertIn(f"model={HOSTILE}", self.texts("a.label"))
        self.page.evaluate("document.querySelector('a.label').click()")
        self.page.wait("document.title.startsWith('Cases')")

    def test_unknown_addresses_are_said(self):
        self.open()
        for hash_part in ("#/nowhere", "#/case/0123", "#/run/none", "#/compare?a=x", "#/model/x",
                          "#/constructor", "#/%E0%A4%A", "#/?branch=none"):
            with self.subTest(page=hash_part):
                self.go(hash_part)
                self.assertIn("here is no", self.text())

    def test_theme_follows_the_system_until_the_reader_chooses(self):
        page = self.browser.page(dark=True)
        page.open(self.address(), READY)
        theme = "document.documentElement.dataset.theme"
        self.assertEqual(page.evaluate(theme), "dark")
        page.evaluate("document.getElementById('theme').click()")
        self.assertEqual(page.evaluate(theme), "light")
        page.open(self.address("#/runs"), READY)
        self.assertEqual(page.evaluate(theme), "light")
        page.evaluate("localStorage.clear()")
        page.close()

    def test_nothing_is_loaded_but_the_sites_own_files(self):
        self.open()
        self.go(f"#/case/{self.case(7)['id']}")
        self.go("#/compare")
        for url in self.page.requests:
            self.assertRegex(url, r"^(file://" + re.escape(self.site) + r"/|data:,$|about:blank$)")

    def test_dygraphs_licence_is_in_the_site(self):
        with open(os.path.join(self.site, "assets", "dygraph.LICENSE.txt"),
                  encoding="utf-8") as file:
            self.assertIn("Permission is hereby granted", file.read())


class Accessibility(SiteTest):
    """Each page in both themes; axe_test.py has axe-core look at the same where npm can bring it."""

    def check(self, page):
        with open(os.path.join(HERE, "accessibility.js"), encoding="utf-8") as file:
            return page.evaluate(file.read())

    def test_pages_hold_the_rules(self):
        run = self.index["runs"][-1]["id"]
        for dark in (False, True):
            page = self.browser.page(dark=dark)
            for hash_part in ("", "#/cases?q=model%3Dopenfold", "#/runs", "#/compare", f"#/run/{run}",
                              "#/model/openfold", f"#/case/{self.case(1)['id']}",
                              f"#/case/{self.case(7)['id']}", "#/nowhere"):
                with self.subTest(page=hash_part, dark=dark):
                    page.open(self.address(hash_part), READY)
                    self.assertEqual(self.check(page), [])
            page.close()

    def test_the_check_can_fail(self):
        self.open()
        self.page.evaluate("""document.querySelector('main').insertAdjacentHTML('beforeend',
            '<h5>deep</h5><button></button><p style="color:#999">pale</p><input>' +
            '<table><tr><th>x</th></tr></table><img src="data:,">')""")
        found = "\n".join(self.check(self.page))
        for expected in ("h5 after h2", "without a name: <button>", "contrast 2.", "without a name: <input>",
                         "without a caption", "without a scope", "a picture without a text"):
            self.assertIn(expected.replace("<button>", "<button"). replace("<input>", "<input"), found)
        self.page.console.clear()

    def test_keyboard_reaches_everything_in_the_order_of_the_page(self):
        self.open("#/cases")
        order = self.page.evaluate("""[...document.querySelectorAll(
            'a[href], button, input, select, [tabindex="0"]')].filter((node) => node.getClientRects().length)
            .slice(0, 14).map((node, at) => { node.dataset.at = at; return node.tagName; })""")
        self.page.evaluate("document.activeElement.blur()")
        for at in range(len(order)):
            self.page.press("Tab")
            self.assertEqual(self.page.evaluate("document.activeElement.dataset.at"), str(at))
            self.assertNotEqual(self.page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle"), "none")

    def test_skip_link_leads_into_the_content(self):
        self.open()
        self.page.press("Tab")
        self.assertEqual(self.page.evaluate("document.activeElement.className"), "skip-link")
        self.page.press("Enter")
        self.assertEqual(self.page.evaluate("document.activeElement.id"), "main")

    def test_another_page_takes_the_focus_to_its_start(self):
        self.open("#/cases")
        self.page.evaluate("scrollTo(0, 500); document.querySelector('td.name a').click()")
        self.page.wait("document.activeElement.id === 'main'")
        self.assertEqual(self.page.evaluate("scrollY"), 0)

    def test_verdicts_differ_by_more_than_colour(self):
        self.open()
        marks = self.page.evaluate("Object.values(assay.VERDICTS).map(({mark}) => mark)")
        self.assertEqual(len(marks), len(set(marks)))
        names = self.page.evaluate("Object.values(assay.VERDICTS).map(({name}) => name)")
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    main()
