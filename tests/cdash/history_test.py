"""`assay history import --cdash` and `assay history push`, against recorded answers."""
import json
import subprocess
import unittest

from project import TOKEN, TOOL, ProjectTest

FULL = "full-" + TOKEN


class History(ProjectTest):
    def assay(self, *arguments, token=FULL):
        environment = self.environment(token=token, ASSAY_HISTORY=str(self.folder / "history.sqlite"))
        done = subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, env=environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        self.output, self.errors = done.stdout, done.stderr
        return done.returncode

    def records(self):
        self.assertEqual(self.assay("history", "export"), 0, self.errors)
        return [json.loads(line) for line in self.output.splitlines()]

    def import_from(self, dashboard, *arguments, token=FULL):
        return self.assay("history", "import", "--cdash", dashboard.url, "--project", "gpureg",
                          "--since", "2026-11-01", *arguments, token=token)

    def test_import_takes_a_projects_past_once(self):
        for version in (3, 5):
            with self.subTest(version):
                (self.folder / "history.sqlite").unlink(missing_ok=True)
                dashboard = self.dashboard(arguments=["--api", str(version)])
                self.assertEqual(self.import_from(dashboard, "--launcher", "h200"), 0, self.errors)
                records = self.records()
                self.assertGreater(len(records), 5)
                metrics = {one["name"]: one["value"] for one in records[0]["metrics"]}
                self.assertEqual(metrics["kernel_ms"], 1.2)
                self.assertEqual(metrics["l2_err"], 1.5e-9)
                self.assertEqual(records[0]["launcher"], "h200")
                self.assertEqual(self.import_from(dashboard, "--launcher", "h200"), 0, self.errors)
                self.assertEqual(len(self.records()), len(records))

    def test_every_page_of_builds_and_of_tests_is_read_once(self):
        for version in (3, 5):
            with self.subTest(version):
                (self.folder / "history.sqlite").unlink(missing_ok=True)
                dashboard = self.dashboard(arguments=["--api", str(version), "--largest-page", "3",
                                                      "--tests-per-build", "7"])
                self.assertEqual(self.import_from(dashboard), 0, self.errors)
                records = self.records()
                names = {"recipe/sim.heat.small" + end for end in ("", ".1", ".2", ".3", ".4", ".5", ".6")}
                self.assertEqual({one["key"] for one in records}, names)
                builds = {one["created"] for one in records}
                self.assertEqual((len(builds), len(records)), (10, 70))

    def test_where_graphql_shows_nothing_the_list_of_tests_is_read(self):
        dashboard = self.dashboard(arguments=["--no-graphql-history"])
        self.assertEqual(self.import_from(dashboard), 0, self.errors)
        records = self.records()
        self.assertEqual(records[0]["key"], "recipe/sim.heat.small")
        metrics = {one["name"]: one["value"] for one in records[0]["metrics"]}
        self.assertEqual(metrics["l2_err"], 1.5e-9)

    def test_a_wrong_token_is_said(self):
        dashboard = self.dashboard()
        self.assertEqual(self.import_from(dashboard, token="x"), 3)
        self.assertIn("shows no project 'gpureg' to this token", self.errors)
        self.assertNotIn(TOKEN, self.errors)

    def test_a_check_against_history_works_with_what_was_imported(self):
        recipes = self.source / "recipes"
        (recipes / "good.yaml").write_text("""type: basic
format_version: 1
loggers: [extra]
spec:
  name: small
  nodes: 1
  gpus: 0
  script: 'echo "kernel_ms: $KERNEL_MS" > {logs_dir}/extra.yaml'
metrics: {kernel_ms: {goal: minimize}}
tests_spec:
  - logic_type: history
    logic_spec: {metrics: {kernel_ms: {last: 20, at_least: 5}}}
""", encoding="utf-8")
        dashboard = self.dashboard()
        self.assertEqual(self.import_from(dashboard, "--recipes", recipes, "--prefix", "sim.heat."), 0,
                         self.errors)
        self.assertEqual(self.records()[0]["key"], "basic/small")
        for value, end in (("1.2", 0), ("9.5", 1)):
            environment = self.environment(ASSAY_HISTORY=str(self.folder / "history.sqlite"),
                                           KERNEL_MS=value, ASSAY_RUN_ID=f"run-{end}",
                                           ASSAY_REFERENCE_BRANCH="main")
            done = subprocess.run([TOOL, "run", recipes / "good.yaml", "--product", "basic/small",
                                   "--work-dir", self.folder / "work"], env=environment, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=60)
            self.assertEqual(done.returncode, end, done.stdout)
            self.assertNotIn("not enough history", done.stdout)

    def test_push_makes_past_builds_that_a_dashboard_takes(self):
        self.assertEqual(self.run_script("experimental"), 0, self.output)
        source = str(self.build / "assay/history.sqlite")
        (self.folder / "history.sqlite").symlink_to(source)
        dashboard = self.dashboard({"part": "Test", "fault": "500"})
        push = ("history", "push", "--cdash", dashboard.url, "--project", "gpureg")
        self.assertEqual(self.assay(*push, token=TOKEN), 0, self.errors)
        self.assertEqual(self.output, f"{dashboard.base}/builds/11\n")
        self.assertEqual(dashboard.parts(), ["Test", "Done"])
        self.assertEqual(dashboard.complaints(), [])
        self.assertIn('name="val_loss"', dashboard.xml("Test"))
        self.assertEqual(self.assay(*push, token="x"), 3)
        self.assertIn("Invalid Token", self.errors)


if __name__ == "__main__":
    unittest.main(verbosity=2)
