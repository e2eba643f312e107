"""`assay cdash setup`, against both kinds of API."""
import subprocess
import unittest

import api
from project import GOOD, SOURCE, TOKEN, TOOL, ProjectTest

FULL = "full-" + TOKEN


class Setup(ProjectTest):
    def set_up_project(self, dashboard, *arguments, environment=None):
        done = subprocess.run(
            [TOOL, "cdash", "setup", "--url", dashboard.url, "--project", "gpureg",
             "--recipes", self.source / "recipes", *arguments],
            cwd=self.folder, env=environment or self.environment(token=FULL), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        self.output = done.stdout
        return done.returncode

    def changes(self, dashboard):
        return [one["change"] for one in dashboard.requests() if "change" in one]

    def check_first_and_second_run(self, version, renamed):
        dashboard = self.dashboard(arguments=["--api", str(version)])
        token = self.folder / "submit-token"
        self.assertEqual(self.set_up_project(dashboard, "--token-file", token), 0, self.output)
        made = self.changes(dashboard)
        self.assertEqual(made[0], "project made")
        for change in ("column run_seconds", "column val_loss"):
            self.assertIn(change, made)
        self.assertEqual(made[-1].split()[:2], ["token", renamed])
        self.assertEqual(token.read_text(), "a-new-token\n")
        self.assertEqual(token.stat().st_mode & 0o777, 0o600)
        self.assertNotIn("a-new-token", self.output)
        self.assertIn(f"Submit to {dashboard.base}/submit.php?project=gpureg", self.output)
        self.assertEqual(self.set_up_project(dashboard, "--token-file", token), 0, self.output)
        self.assertEqual(self.changes(dashboard), made)
        self.assertIn("project gpureg: as wanted", self.output)
        return made

    def test_rest_makes_a_project_once(self):
        made = self.check_first_and_second_run(3, "submit_only")
        for group in ("Smoke", "Convergence"):
            self.assertIn("group " + group, made)
        self.assertNotIn("group Nightly", made)

    def test_graphql_makes_a_project_once(self):
        made = self.check_first_and_second_run(5, "SUBMIT_ONLY")
        changed = next(one for one in made if one.startswith("project changed"))
        self.assertIn("autoRemoveTimeFrame", changed)
        self.assertIn("enableTestTiming", changed)
        self.assertIn("group Smoke: make it by hand", self.output)

    def test_a_new_metric_becomes_a_column_of_an_old_project(self):
        for version in (3, 5):
            with self.subTest(version):
                dashboard = self.dashboard(arguments=["--api", str(version)])
                self.recipe("good", GOOD)
                self.set_up_project(dashboard)
                before = len(self.changes(dashboard))
                self.recipe("good", GOOD.replace("val_loss: {op", "lddt: {op"))
                self.assertEqual(self.set_up_project(dashboard), 0, self.output)
                self.assertEqual(self.changes(dashboard)[before:], ["column lddt"])

    def test_logs_in_where_there_is_no_token(self):
        dashboard = self.dashboard()
        environment = self.environment(token="", ASSAY_CDASH_PASSWORD=api.PASSWORD)
        self.assertEqual(self.set_up_project(dashboard, "--email", api.EMAIL, environment=environment),
                         0, self.output)
        environment = self.environment(token="", ASSAY_CDASH_PASSWORD="wrong")
        self.assertEqual(self.set_up_project(dashboard, "--email", api.EMAIL, environment=environment), 3)
        self.assertIn("These credentials do not match our records.", self.output)

    def test_without_rights_nothing_is_made_and_the_server_is_quoted(self):
        dashboard = self.dashboard()
        self.assertEqual(self.set_up_project(dashboard, environment=self.environment(token="x")), 3)
        self.assertIn("This request requires authentication.", self.output)
        self.assertEqual(self.set_up_project(dashboard, environment=self.environment(token="")), 2)
        self.assertEqual(self.changes(dashboard), [])

    def test_the_compose_file_names_every_service_and_no_secret(self):
        text = (SOURCE / "dashboards/cdash/compose.yaml").read_text(encoding="utf-8")
        for word in ("kitware/cdash", "postgres", "worker:", "QUEUE_CONNECTION: database", "storage:"):
            self.assertIn(word, text)
        self.assertIn("${DB_PASSWORD:?", text)
        self.assertIn("${APP_KEY:?", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
