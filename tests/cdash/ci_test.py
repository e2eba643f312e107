"""The CI templates' shell steps, run with the variables that the CIs set, and `assay ci`."""
import json
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as xml

from project import KILL_DRIVER, SOURCE, TOOL, ProjectTest

MAPPING = """suites:
  smoke: {recipes: [recipes]}
  convergence: {recipes: [recipes]}
labels: {Others: other}
"""
GITLAB = SOURCE / "ctest_scripts/gitlab/assay.yml"
GITHUB = SOURCE / "ctest_scripts/github/assay.yml"


def gitlab_steps(section):
    """The lines of the job .assay under `script` or `after_script`."""
    text = GITLAB.read_text(encoding="utf-8")
    job = re.search(r"^\.assay:\n((?:[ \n#].*\n|\n)*)", text, re.M).group(1)
    lines = re.search(rf"^  {section}:\n((?:    .*\n)+)", job, re.M).group(1).splitlines()
    return "\n".join(line.strip()[2:] for line in lines if line.strip().startswith("- "))


def github_step(name):
    """The `run` of the step of that name."""
    text = GITHUB.read_text(encoding="utf-8")
    return re.search(rf"- name: {name}\n(?:        if: .*\n)?        run: (.*)\n", text).group(1)


class CiTest(ProjectTest):
    def setUp(self):
        super().setUp()
        self.other("exit 1")
        (self.source / "assay-ci.yaml").write_text(MAPPING, encoding="utf-8")
        for name in ("ctest_scripts", "cmake"):
            (self.source / name).symlink_to(SOURCE / name)
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "assay").symlink_to(TOOL)
        self.path = f"{tools}:{os.environ['PATH']}"

    def ci_environment(self, **variables):
        return self.environment(PATH=self.path, ASSAY_SUBMIT_DELAY="0", ASSAY_SUBMIT_TRIES="1",
                                **variables)

    def gitlab(self, source, suite="smoke", **variables):
        return self.ci_environment(
            GITLAB_CI="true", CI="true", CI_PIPELINE_SOURCE=source, CI_PIPELINE_ID="9408502",
            CI_PROJECT_DIR=str(self.source), CI_COMMIT_BRANCH="main", CI_DEFAULT_BRANCH="main",
            CI_RUNNER_DESCRIPTION="a runner", ASSAY_SCRIPTS=str(SOURCE / "ctest_scripts"),
            ASSAY_HISTORY_CACHE=".assay-history/history.jsonl", ASSAY_SUITE=suite, **variables)

    def shell(self, text, environment):
        # As GitLab's runner does: bash, ending at the first line that fails.
        done = subprocess.run(["bash", "-c", "set -eo pipefail\n" + text], cwd=self.source,
                              env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300)
        self.output = done.stdout
        return done.returncode

    def cases(self):
        """{name: the element that says how it ended} of the JUnit report."""
        root = xml.parse(self.source / "assay-reports/junit.xml").getroot()
        ends = ("failure", "error", "skipped")
        return {case.get("name"): next((end for end in ends if case.find(end) is not None), "passed")
                for case in root.iter("testcase")}

    def assay(self, *arguments, environment=None):
        done = subprocess.run([TOOL, *arguments], cwd=self.source, text=True,
                              env=environment or self.ci_environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        self.output = done.stdout
        return done.returncode


class GitLab(CiTest):
    def test_a_models_label_runs_that_models_cases(self):
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="bug,Toy")
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 0, self.output)
        self.assertEqual(self.cases(), {"toy-1": "passed", "toy-2": "passed"})
        self.assertIn("label Toy chooses spec.model == 'toy'", self.output)
        metrics = (self.source / "assay-reports/metrics.txt").read_text()
        self.assertIn('val_loss{case="toy-1",launcher="local"} 0.1\n', metrics)
        self.assertTrue(metrics.endswith("# EOF\n"))

    def test_without_a_models_label_all_cases_run_and_a_failure_is_one(self):
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="bug")
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 1, self.output)
        self.assertEqual(self.cases(), {"toy-1": "passed", "toy-2": "passed", "other": "failure"})

    def test_a_skip_label_runs_nothing(self):
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="Toy,JET_NOT_REQUIRED")
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 0, self.output)
        self.assertIn("nothing to run", self.output)
        self.assertFalse((self.source / "assay-reports/junit.xml").exists())

    def test_a_web_form_chooses_a_model_by_its_label(self):
        environment = self.gitlab("web", JET="true", JET_MODEL_NAME="Others")
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 1, self.output)
        self.assertEqual(self.cases(), {"other": "failure"})
        environment = self.gitlab("web", ASSAY_SMOKE="true", ASSAY_MODEL="Others")
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 1, self.output)
        self.assertEqual(self.cases(), {"other": "failure"})

    def test_a_schedule_runs_convergence_and_updates_the_dashboard_whatever_the_result(self):
        environment = self.gitlab("schedule", suite="convergence",
                                  ASSAY_DASHBOARD_DIR=str(self.source / "public"))
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 1, self.output)
        self.assertTrue((self.source / "public/index.html").exists())

    def test_infrastructure_alone_ends_with_3(self):
        self.other(KILL_DRIVER)
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="")
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 3, self.output)
        self.assertEqual(self.cases()["other"], "error")

    def test_a_mistake_in_the_mapping_ends_with_2(self):
        (self.source / "assay-ci.yaml").write_text("suits: {}\n", encoding="utf-8")
        environment = self.gitlab("merge_request_event")
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 2, self.output)
        self.assertIn("did you mean 'suites'?", self.output)

    def test_after_the_script_what_the_dashboard_missed_is_sent(self):
        dashboard = self.dashboard({"part": "Configure", "fault": "500"})
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="Toy",
                                  ASSAY_CDASH_URL=dashboard.url)
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 0, self.output)
        self.assertEqual(dashboard.parts(), [])
        self.assertEqual(self.shell(gitlab_steps("after_script"), environment), 0, self.output)
        self.assertEqual(dashboard.parts()[-1], "Done")
        query = next(one["query"] for one in dashboard.requests() if one["part"] == "Test")
        self.assertEqual((query["site"], query["build"]), ("a-runner", "smoke-local-cpu"))
        self.build = self.source / "build"
        self.assert_no_token(dashboard.state)

    def test_without_an_installed_assay_the_build_makes_one(self):
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="Toy")
        environment["PATH"] = os.environ["PATH"]
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 0, self.output)
        self.assertEqual(self.cases(), {"toy-1": "passed", "toy-2": "passed"})

    def test_the_history_goes_through_the_cache_as_lines(self):
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="Toy")
        cache = self.source / ".assay-history/history.jsonl"
        for count in (2, 4):
            self.assertEqual(self.shell(gitlab_steps("script"), environment), 0, self.output)
            self.assertEqual(len(cache.read_text().splitlines()), count)
            shutil.rmtree(self.source / "build")
            environment["CI_PIPELINE_ID"] = "9408503"

    def test_a_child_pipeline_has_a_job_per_model_that_runs_it(self):
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="")
        self.assertEqual(self.assay("ci", "pipeline", environment=environment), 0, self.output)
        self.assertIn('include:\n  - local: "ctest_scripts/gitlab/assay.yml"', self.output)
        jobs = re.findall(r'^("smoke: .*"):\n  extends: \.assay\n  variables:\n((?:    .*\n)+)',
                          self.output, re.M)
        self.assertEqual([json.loads(name) for name, _ in jobs], ["smoke: other", "smoke: toy"])
        variables = {name: json.loads(value).replace("$$", "$")
                     for name, value in re.findall(r"    (\w+): (.*)\n", jobs[1][1])}
        environment = self.gitlab("parent_pipeline", **{
            name: value for name, value in variables.items() if name != "ASSAY_SUITE"})
        self.assertEqual(self.shell(gitlab_steps("script"), environment), 0, self.output)
        self.assertEqual(self.cases(), {"toy-1": "passed", "toy-2": "passed"})

    def test_a_child_pipeline_of_nothing_says_why(self):
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="JET_NOT_REQUIRED")
        self.assertEqual(self.assay("ci", "pipeline", environment=environment), 0, self.output)
        self.assertIn("echo 'label JET_NOT_REQUIRED skips everything'", self.output)


class GitHub(CiTest):
    def github(self, event_name, event, **variables):
        file = self.folder / "event.json"
        file.write_text(json.dumps(event), encoding="utf-8")
        return self.ci_environment(
            GITHUB_ACTIONS="true", CI="true", GITHUB_EVENT_NAME=event_name, GITHUB_RUN_ID="77",
            GITHUB_EVENT_PATH=str(file), GITHUB_REF_NAME="5/merge", GITHUB_WORKSPACE=str(self.source),
            GITHUB_STEP_SUMMARY=str(self.folder / "summary.md"), ASSAY_SUITE="smoke", **variables)

    def test_a_pull_requests_label_chooses_and_failures_annotate_the_recipe(self):
        event = {"pull_request": {"labels": [{"name": "Others"}]}}
        environment = self.github("pull_request", event)
        self.assertEqual(self.shell(github_step("model tests"), environment), 1, self.output)
        self.assertEqual(self.cases(), {"other": "failure"})
        self.assertRegex(self.output, r"(?m)^::error file=recipes/other.yaml,line=1,title=other failed::")
        summary = (self.folder / "summary.md").read_text(encoding="utf-8")
        self.assertIn("**0 passed**, 1 failed", summary)

    def test_a_dispatched_workflows_inputs_choose(self):
        event = {"inputs": {"ASSAY_MODEL": "toy", "ASSAY_SMOKE": True}}
        environment = self.github("workflow_dispatch", event)
        self.assertEqual(self.shell(github_step("model tests"), environment), 0, self.output)
        self.assertEqual(self.cases(), {"toy-1": "passed", "toy-2": "passed"})

    def test_the_other_suite_has_nothing_to_run(self):
        environment = self.github("pull_request", {"pull_request": {"labels": []}})
        environment["ASSAY_SUITE"] = "convergence"
        self.assertEqual(self.shell(github_step("model tests"), environment), 0, self.output)
        self.assertIn("nothing to run", self.output)


class Lint(CiTest):
    def test_the_sample_mapping_is_right(self):
        done = subprocess.run([TOOL, "lint", "ctest_scripts/ci/assay-ci.yaml"], cwd=SOURCE, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_label_of_a_model_that_is_none_and_a_bad_filter_are_errors(self):
        text = MAPPING.replace("{Others: other}", "\n  A: othr\n  B: {filter: \"spec.model = 'x'\"}")
        (self.source / "assay-ci.yaml").write_text(text, encoding="utf-8")
        self.assertEqual(self.assay("lint", "assay-ci.yaml"), 2)
        self.assertIn("assay-ci.yaml:5:3: unknown model 'othr'; did you mean 'other'?", self.output)
        self.assertIn("2 errors", self.output)

    def test_a_recipe_that_is_wrong_stops_no_other(self):
        self.recipe("broken", "type: recipe\nspec: [\n")
        environment = self.gitlab("merge_request_event", CI_MERGE_REQUEST_LABELS="Toy")
        self.assertEqual(self.assay("ci", "select", "--suite", "smoke", environment=environment), 0)
        self.assertIn("smoke: 2 cases", self.output)
        self.assertIn("broken.yaml:", self.output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
