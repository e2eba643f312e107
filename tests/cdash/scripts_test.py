"""The ctest scripts, from settings to the dashboard's page, against a dashboard of the test's own."""
import os
import re
import shutil
import subprocess
import time
import unittest

from project import KILL_DRIVER, SOURCE, TOKEN, ProjectTest, free_port

ALL = ["Configure", "Build", "Test", "Notes", "Upload", "Done"]


class Submission(ProjectTest):
    def test_a_passing_run_arrives_whole_and_in_order(self):
        dashboard = self.dashboard()
        self.assertEqual(self.run_script("smoke", CDASH_URL=dashboard.url), 0, self.output)
        self.assertEqual(self.exit_code, "0")
        self.assertEqual(dashboard.parts(), ALL)
        self.assertEqual(dashboard.complaints(), [])
        self.assertIn(f"The dashboard's page: {dashboard.base}/builds/11", self.output)
        self.assertEqual(self.kept(), [])
        query = dashboard.requests()[2]["query"]
        self.assertEqual(query["build"], "smoke-local-cpu")
        self.assertRegex(query["stamp"], r"^\d{8}-\d{4}-Smoke$")
        test = dashboard.xml("Test")
        self.assertIn('name="val_loss"', test)
        notes = dashboard.xml("Notes")
        for said in ("launcher    local", "ctest -S ctest_scripts/smoke.cmake", "run         "):
            self.assertIn(said, notes)
        self.assert_no_token(dashboard.state)

    def test_a_failing_case_decides_the_status_and_is_submitted(self):
        self.other("exit 4")
        dashboard = self.dashboard()
        self.assertEqual(self.run_script("smoke", CDASH_URL=dashboard.url), 255)
        self.assertEqual(self.exit_code, "1")
        self.assertEqual(dashboard.parts(), ALL)
        self.assertIn("<Label>failed</Label>", dashboard.xml("Test"))

    def test_a_project_that_does_not_configure_is_shown_so(self):
        (self.source / "CMakeLists.txt").write_text("message(FATAL_ERROR no)\n")
        dashboard = self.dashboard()
        self.assertEqual(self.run_script("smoke", CDASH_URL=dashboard.url), 255)
        self.assertEqual(self.exit_code, "2")
        self.assertEqual(dashboard.parts(), ["Configure", "Done"])

    def test_without_a_dashboard_nothing_is_sent_or_kept(self):
        self.assertEqual(self.run_script("experimental"), 0, self.output)
        self.assertEqual(self.exit_code, "0")
        self.assertNotIn("Submitting", self.output)
        self.assertEqual(self.kept(), [])

    def test_groups_and_build_names_are_each_scripts_own(self):
        dashboard = self.dashboard()
        for script, group in (("convergence", "Convergence"), ("experimental", "Experimental")):
            self.assertEqual(self.run_script(script, CDASH_URL=dashboard.url, GPU_MODEL="NVIDIA H200"),
                             0, self.output)
            query = dashboard.requests()[-2]["query"]
            self.assertEqual(query["build"], f"{script}-local-NVIDIA-H200")
            self.assertTrue(query["stamp"].endswith("-" + group))
        self.assertEqual(dashboard.complaints(), [])
        self.assertTrue((self.build / "assay/dashboard/index.html").exists())

    def test_two_runs_within_a_minute_get_stamps_of_their_own(self):
        dashboard = self.dashboard()
        for _ in range(2):
            self.assertEqual(self.run_script("smoke", CDASH_URL=dashboard.url), 0, self.output)
        stamps = {one["query"].get("stamp") for one in dashboard.requests() if one["part"] == "Test"}
        self.assertEqual(len(stamps), 2)
        self.assertEqual(dashboard.complaints(), [])


class Faults(ProjectTest):
    def assert_arrived(self, dashboard, build=11):
        self.assertEqual(self.exit_code, "0", self.output)
        self.assertEqual(self.kept(), [])
        self.assertIn(f"/builds/{build}\n", self.output)
        self.assert_no_token(dashboard.state)

    def test_a_server_error_is_tried_again(self):
        dashboard = self.dashboard({"part": "Configure", "fault": "500"},
                                   {"part": "Test", "fault": "500", "times": 2})
        self.run_script("smoke", CDASH_URL=dashboard.url)
        self.assert_arrived(dashboard)
        self.assertEqual(dashboard.parts(), ALL)
        self.assertEqual(dashboard.complaints(), [])

    def test_an_error_that_says_200_is_tried_again(self):
        dashboard = self.dashboard({"part": "Test", "fault": "200-error"},
                                   {"part": "Done", "fault": "200-error"})
        self.run_script("smoke", CDASH_URL=dashboard.url)
        self.assert_arrived(dashboard)
        self.assertEqual(dashboard.parts(), ALL)

    def test_tests_whose_answer_was_lost_are_not_counted_twice(self):
        for fault in ("lost", "cut"):
            with self.subTest(fault):
                dashboard = self.dashboard({"part": "Test", "fault": fault})
                self.run_script("smoke", CDASH_URL=dashboard.url, BUILD_NAME=fault)
                self.assert_arrived(dashboard, build=12)  # in place of the first, which is done
                self.assertEqual([one for one in dashboard.complaints() if "replaced" not in one], [])
                self.assertEqual(sorted(os.listdir(dashboard.state / "12") + ["Done.xml"]),
                                 sorted(part + ".xml" for part in ALL))

    def test_other_parts_whose_answer_was_lost_are_sent_again(self):
        dashboard = self.dashboard({"part": "Build", "fault": "lost"}, {"part": "Done", "fault": "cut"})
        self.run_script("smoke", CDASH_URL=dashboard.url)
        self.assert_arrived(dashboard)
        self.assertEqual(dashboard.complaints(), [])

    def test_an_answer_without_a_build_is_not_believed(self):
        dashboard = self.dashboard({"part": "Configure", "fault": "no-id"})
        self.run_script("smoke", CDASH_URL=dashboard.url)
        self.assertEqual(self.exit_code, "0")
        self.assertIn("the answer names no build", self.output)
        self.assertEqual(len(self.kept()), 1)

    def test_a_wrong_token_is_said_and_not_tried_again(self):
        dashboard = self.dashboard()
        self.run_script("smoke", self.environment(token="another"), CDASH_URL=dashboard.url)
        self.assertEqual(self.exit_code, "0")
        self.assertIn("did not take Configure: The requested URL returned error: 403", self.output)
        self.assertEqual(dashboard.parts(403), ["Configure"])
        self.assertEqual(len(self.kept()), 1)
        self.assertEqual(self.run_script("resubmit"), 0, self.output)
        self.assertEqual(dashboard.parts(), ALL)
        self.assertEqual(self.kept(), [])

    def test_a_slow_server_does_not_hold_the_script_for_ever(self):
        dashboard = self.dashboard({"part": "Configure", "fault": "slow", "times": 9})
        begin = time.monotonic()
        self.run_script("smoke", CDASH_URL=dashboard.url, SUBMIT_TIMEOUT=1, SUBMIT_TRIES=1)
        self.assertLess(time.monotonic() - begin, 60)
        self.assertEqual(self.exit_code, "0")
        self.assertEqual(len(self.kept()), 1)

    def test_what_a_dashboard_that_is_down_missed_is_sent_later(self):
        port = free_port()
        url = f"http://127.0.0.1:{port}/submit.php?project=gpureg"
        self.assertEqual(self.run_script("smoke", CDASH_URL=url), 0, self.output)
        self.assertEqual(self.exit_code, "0")
        self.assertEqual(len(self.kept()), 1)
        self.assertEqual(self.run_script("resubmit"), 255, self.output)
        self.assertEqual(self.exit_code, "0")  # the tests' own
        self.assertEqual(len(self.kept()), 1)
        dashboard = self.dashboard(port=port)
        self.assertEqual(self.run_script("resubmit"), 0, self.output)
        self.assertEqual(dashboard.parts(), ALL)
        self.assertEqual(dashboard.complaints(), [])
        self.assertEqual(self.kept(), [])
        self.assert_no_token(dashboard.state)


class Records(ProjectTest):
    def test_a_case_without_a_record_is_red_though_ctest_saw_it_pass(self):
        self.ghost()
        dashboard = self.dashboard()
        self.assertEqual(self.run_script("smoke", CDASH_URL=dashboard.url), 255)
        self.assertEqual(self.exit_code, "3")
        self.assertRegex(self.output, r"ghost +errored .*left no record")
        test = dashboard.xml("Test")
        self.assertRegex(test, r'<Test Status="failed">\s*<Name>ghost<')
        self.assertIn("left no record", test)
        for name in ("toy-1", "no-recipe"):
            self.assertRegex(test, rf'<Test Status="passed">\s*<Name>{name}<')

    def test_a_record_that_only_the_history_has_counts(self):
        self.moved_record()
        self.assertEqual(self.run_script("smoke"), 0, self.output)
        self.assertIn("All 3 cases passed", self.output)
        self.assertEqual(list(self.build.glob("assay/work/*/moved/*/record.json")), [])

    def test_a_driver_that_was_killed_is_red(self):
        self.other(KILL_DRIVER)
        dashboard = self.dashboard()
        self.run_script("smoke", CDASH_URL=dashboard.url)
        self.assertEqual(self.exit_code, "3", self.output)
        self.assertRegex(dashboard.xml("Test"), r'<Test Status="failed">\s*<Name>other<')

    def test_a_run_whose_ctest_was_killed_still_gets_to_the_dashboard(self):
        self.other("sleep 300")
        dashboard = self.dashboard()
        process = subprocess.Popen(self.command("smoke", CDASH_URL=dashboard.url, JOBS=3),
                                   cwd=self.folder, env=self.environment(), start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 120
            while len(list(self.build.glob("assay/work/*/*/*/record.json"))) < 2:
                self.assertLess(time.monotonic(), deadline)
                self.assertIsNone(process.poll())
                time.sleep(0.2)
        finally:
            process.kill()
            process.wait(timeout=30)
        self.assertEqual(dashboard.parts(), [])
        self.assertEqual(self.run_script("resubmit"), 0, self.output)
        self.assertIn("was killed", self.output)
        self.assertEqual(dashboard.parts(), ["Configure", "Build", "Test", "Notes", "Done"])
        self.assertEqual(dashboard.complaints(), [])
        test = dashboard.xml("Test")
        for name in ("toy-1", "toy-2"):
            self.assertRegex(test, rf'<Test Status="passed">\s*<Name>{name}<')
        self.assertRegex(test, r'<Test Status="failed">\s*<Name>other<')
        self.assertEqual(self.run_script("resubmit"), 0, self.output)
        self.assertEqual(len(dashboard.parts()), 5)

    def test_no_case_selected_is_an_error(self):
        self.assertEqual(self.run_script("smoke", LABELS="^model=absent$"), 255)
        self.assertEqual(self.exit_code, "2")
        self.assertIn("No case is selected", self.output)


class Settings(ProjectTest):
    def test_a_model_and_a_filter_select(self):
        self.other("exit 1")
        self.assertEqual(self.run_script("smoke", MODEL="toy", FILTER="spec.seed == 2"), 0, self.output)
        self.assertIn("All 1 cases passed", self.output)

    def test_installed_scripts_need_nothing_of_the_source_tree(self):
        installed = self.folder / "share/assay"
        shutil.copytree(SOURCE / "ctest_scripts", installed / "ctest_scripts")
        (installed / "cmake").mkdir()
        shutil.copy(SOURCE / "cmake/dependencies.cmake", installed / "cmake")
        done = subprocess.run(["ctest", "-S", installed / "ctest_scripts/smoke.cmake", "-V",
                               f"-DSOURCE_DIR={self.source}", f"-DBUILD_DIR={self.build}"],
                              env=self.environment(), stdin=subprocess.DEVNULL, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("All 2 cases passed", done.stdout)

    def test_the_command_to_look_again_works_anywhere(self):
        self.assertEqual(self.run_script("smoke"), 0, self.output)
        again = re.search(r"^To look again: (.*)$", self.output, re.MULTILINE).group(1)
        done = subprocess.run(again.split(), cwd="/", env=self.environment(), timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("2 records of run", done.stdout)

    def test_a_label_selects(self):
        self.other("exit 1")
        self.assertEqual(self.run_script("smoke", LABELS="^model=toy$"), 0, self.output)
        self.assertIn("All 2 cases passed", self.output)

    def test_a_dry_run_runs_and_sends_nothing(self):
        dashboard = self.dashboard()
        self.assertEqual(self.run_script("smoke", CDASH_URL=dashboard.url, DRY_RUN="ON"), 0, self.output)
        self.assertIn("Dry run: 2 cases would run:\n  toy-1\n  toy-2", self.output)
        self.assertIn("2 products, 0.00 GPU-hours\n", self.output)
        self.assertEqual(dashboard.requests(), [])
        self.assertEqual(list(self.build.glob("assay/work/*")), [])

    def test_the_command_line_beats_the_environment_beats_the_projects_file(self):
        (self.source / "AssayCTest.cmake").write_text(
            "set(GROUP File)\nset(SITE_NAME file)\nset(BUILD_NAME file)\n")
        environment = self.environment(ASSAY_SITE_NAME="environment", ASSAY_BUILD_NAME="environment")
        self.run_script("smoke", environment, DRY_RUN="ON", BUILD_NAME="argument")
        for line in ("GROUP=File", "SITE=environment", "BUILD_NAME=argument"):
            self.assertIn(line + "\n", self.output)

    def test_a_misspelt_setting_of_the_projects_file_is_an_error(self):
        (self.source / "AssayCTest.cmake").write_text("set(BUILD_NAEM x)\n")
        self.assertEqual(self.run_script("smoke"), 255)
        self.assertIn("there is no setting 'BUILD_NAEM'", " ".join(self.output.split()))

    def test_the_time_budget_reaches_the_drivers(self):
        self.other('test $(( $ASSAY_DEADLINE - $(date +%s) )) -gt 7100')
        self.assertEqual(self.run_script("smoke", TIME_BUDGET="2h", MODEL="other"), 0, self.output)
        self.assertEqual(self.run_script("smoke", TIME_BUDGET="2 hours"), 255)
        self.assertEqual(self.exit_code, "2")

    def test_a_token_on_the_command_line_or_for_all_to_read_is_refused(self):
        self.assertEqual(self.run_script("smoke", CDASH_TOKEN="x"), 255)
        self.assertIn("ASSAY_CDASH_TOKEN", self.output)
        file = self.folder / "token"
        file.write_text(TOKEN)
        file.chmod(0o644)
        environment = self.environment(token="")
        self.assertEqual(self.run_script("smoke", environment, CDASH_TOKEN_FILE=file), 255)
        self.assertIn("mode 644", self.output)
        self.assertEqual(self.exit_code, "2")

    def test_a_token_from_a_file_reaches_the_dashboard_and_no_job(self):
        file = self.folder / "token"
        file.write_text(TOKEN + "\n")
        file.chmod(0o600)
        self.other("env")
        dashboard = self.dashboard()
        environment = self.environment(token="")
        self.assertEqual(self.run_script("smoke", environment, CDASH_TOKEN_FILE=file,
                                         CDASH_URL=dashboard.url), 0, self.output)
        self.assertEqual(dashboard.parts(), ALL)
        self.assert_no_token(dashboard.state)

    def test_jobs_do_not_inherit_the_token(self):
        self.other("env")
        self.assertEqual(self.run_script("smoke", MODEL="other"), 0, self.output)
        self.assert_no_token()

    def test_what_looks_like_a_secret_in_the_site_file_is_not_in_the_notes(self):
        site = self.folder / "site.yaml"
        site.write_text("default_launcher: local\nlaunchers:\n  local:\n    type: local\n"
                        "    environment:\n      WANDB_API_KEY: hunter2\n")
        dashboard = self.dashboard()
        self.run_script("smoke", CDASH_URL=dashboard.url, SITE=site)
        notes = dashboard.xml("Notes")
        self.assertIn("WANDB_API_KEY: (not shown)", notes)
        self.assertNotIn("hunter2", notes)

    def test_many_jobs_raise_the_limit_of_open_files_or_are_fewer(self):
        self.other("ulimit -S -n")
        limited = ("sh", "-c", 'ulimit -S -n 200; exec "$@"', "sh")
        self.run_script("smoke", prefix=limited, JOBS=500, MODEL="other")
        self.assertEqual(self.exit_code, "0", self.output)
        self.assertNotIn("files may be open", self.output)
        logs = list(self.build.glob("assay/work/*/other/*/stdout.log"))
        self.assertEqual([log.read_text().strip() for log in logs], ["1128"])
        limited = ("sh", "-c", 'ulimit -n 200; exec "$@"', "sh")
        self.run_script("smoke", prefix=limited, JOBS=500, DRY_RUN=None, MODEL="toy")
        self.assertIn("at most 36 cases run at once, not 500", self.output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
