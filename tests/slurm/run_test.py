"""`assay run` on a Slurm cluster that works: jobs of all shapes, and how they end."""
import signal
import subprocess
import time
import unittest

from case import ASSAY, Case, eventually, slurm


class Jobs(Case):
    def test_a_job_that_succeeds_passes_and_says_where_it_ran(self):
        run = self.run_case("echo hello")
        self.assert_end(run, 0, "exited")
        self.assertEqual(run.file("stdout.log"), "hello\n")
        record = run.record
        self.assertEqual(record["launcher_type"], "slurm")
        self.assertRegex(record["attempts"][0]["nodes"][0], "^n[1-4]$")
        self.assertTrue(record["attempts"][0]["job_id"].isdigit())
        self.assertGreaterEqual(record["queue_seconds"], 0)

    def test_an_exit_code_is_the_jobs_own(self):
        for code in (7, 139, 200):
            with self.subTest(code=code):
                run = self.run_case(f"exit {code}")
                self.assertEqual(run.code, 1, run.out)
                self.assertEqual(run.record["attempts"][0]["end"]["exit_code"], code)

    def test_a_crash_is_told_as_its_signal(self):
        run = self.run_case("kill -SEGV $$")
        self.assert_end(run, 1, "signaled", "signal 11")

    def test_several_tasks_on_several_nodes_run_in_one_step(self):
        run = self.run_case('echo "$SLURM_PROCID of $SLURM_NTASKS, $ASSAY_KEY, x${{LEAKED-}}"',
                            spec="nodes: 2", settings="ntasks_per_node: 2",
                            environment={"LEAKED": "leaked"})
        self.assert_end(run, 0, "exited")
        self.assertEqual(sorted(run.file("stdout.log").splitlines()),
                         [f"{i} of 4, basic/case, x" for i in range(4)])
        self.assertEqual(len(run.record["attempts"][0]["nodes"]), 2)

    def test_cpu_time_of_the_script_and_of_all_tasks_is_in_the_record(self):
        burn = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
        one = self.run_case(burn).record["attempts"][0]
        self.assertGreater(one["cpu_seconds"], 0.05)
        three = self.run_case(burn, spec="nodes: 3").record["attempts"][0]
        self.assertGreater(three["cpu_seconds"], 1.5 * one["cpu_seconds"])

    def test_the_first_task_that_fails_ends_the_others(self):
        started = time.monotonic()
        run = self.run_case("[ $SLURM_PROCID = 1 ] && exit 5\nsleep 100", spec="nodes: 2")
        self.assert_end(run, 1, "exited", "exit code 5")
        self.assertLess(time.monotonic() - started, 60)

    def test_set_up_runs_once_per_node_before_the_script(self):
        run = self.run_case("cat setup.$SLURMD_NODENAME", settings="ntasks_per_node: 2",
                            spec="nodes: 2\nscript_setup: echo done >>setup.$SLURMD_NODENAME")
        self.assert_end(run, 0, "exited")
        self.assertEqual(run.file("stdout.log"), "done\n" * 4)

    def test_set_up_that_fails_is_the_jobs_end(self):
        run = self.run_case("echo never", spec="script_setup: exit 9")
        self.assert_end(run, 1, "exited", "exit code 9")
        self.assertNotIn("never", run.file("stdout.log"))

    def test_gpus_are_those_of_the_job_and_none_without_asking(self):
        run = self.run_case('echo "$CUDA_VISIBLE_DEVICES|$SLURM_GPUS_ON_NODE"', spec="gpus: 2")
        self.assertRegex(run.file("stdout.log"), r"^\d,\d\|2\n$")
        run = self.run_case('echo "${{CUDA_VISIBLE_DEVICES-all}}"')
        self.assertEqual(run.file("stdout.log"), "\n")

    def test_a_script_may_do_its_own_srun(self):
        run = self.run_case("srun sh -c 'echo $ASSAY_KEY'", spec="nodes: 2",
                            settings="launch: script")
        self.assertEqual(run.file("stdout.log"), "basic/case\n" * 2)

    def test_an_image_runs_by_apptainer_in_a_step(self):
        programs = self.directory / "bin"
        programs.mkdir()
        # A stand-in: says how it was called, and runs the command that follows the image.
        (programs / "apptainer").write_text(
            '#!/bin/sh\necho "apptainer $*"\nwhile [ "$1" != docker://ubuntu:24.04 ]; do shift; done\n'
            'shift\nexec "$@"\n')
        (programs / "apptainer").chmod(0o755)
        run = self.run_case("echo inside\nexit 4", spec="gpus: 1\nbuild: ubuntu",
                            site=f"container: apptainer\nenvironment: {{PATH: '{programs}:/usr/bin:/bin'}}",
                            environment={"ASSAY_IMAGE": "ubuntu:24.04"})
        self.assertEqual(run.code, 1, run.out)
        self.assertEqual(run.record["attempts"][0]["end"]["exit_code"], 4, run.out)
        out = run.file("stdout.log")
        self.assertRegex(out, "^apptainer exec --nv --bind [^ ]+ --pwd [^ ]+ docker://ubuntu:24.04 sh")
        self.assertTrue(out.endswith("inside\n"), out)

    def test_flags_and_environment_of_the_site_reach_the_job(self):
        run = self.run_case('echo "$GREETING"; scontrol show job $SLURM_JOB_ID',
                            site="environment: {GREETING: good day}\nflags: {nice: 77}")
        self.assertIn("good day\n", run.file("stdout.log"))
        self.assertIn("Nice=77", run.file("stdout.log"))
        self.assertIn("Requeue=0", run.file("stdout.log"))


class Refusals(Case):
    def assert_refused(self, words, **more):
        started = time.monotonic()
        run = self.run_case("true", **more)
        self.assertEqual(run.code, 3, run.out)
        self.assertIn(words, run.out)
        self.assertEqual(len(run.record["attempts"]), 1, run.out)
        self.assertLess(time.monotonic() - started, 30)

    def test_an_unknown_partition_is_told_with_the_site_files_line(self):
        self.assert_refused("Invalid partition name specified ('partition', site.yaml:4:16)",
                            site="partition: nowhere")

    def test_more_gpus_than_a_node_has(self):
        self.assert_refused("Requested node configuration is not available", spec="gpus: 99")

    def test_more_nodes_and_time_than_the_partition_allows(self):
        self.assert_refused("Slurm refuses the job", site="partition: debug", spec="nodes: 3")
        self.assert_refused("Requested time limit is invalid", site="partition: debug",
                            spec="time_limit: 7200")

    def test_an_option_that_sbatch_does_not_know(self):
        self.assert_refused("unrecognized option", site="flags: {no-such-option: 1}")


class Ends(Case):
    def test_a_person_who_cancels_the_job_makes_no_failed_test(self):
        run = self.start("sleep 100")
        self.assertTrue(run.until_state("RUNNING"))
        slurm("scancel", run.job_id())
        self.assert_end(run.wait(), 3, "cancelled", "cancelled in Slurm")

    def test_a_driver_that_is_stopped_takes_its_job_along(self):
        run = self.start("sleep 100")
        self.assertTrue(run.until_state("RUNNING"))
        run.process.send_signal(signal.SIGTERM)
        self.assert_end(run.wait(), 3, "cancelled")
        self.assert_nothing_left(run)

    def test_a_pending_job_says_why(self):
        run = self.start("true", site="flags: {begin: now+20}")
        self.assert_end(run.wait(), 0, "exited", "BeginTime")

    def test_a_queue_limit_ends_a_job_that_does_not_start(self):
        run = self.run_case("true", spec="queue_limit: 3", site="flags: {begin: now+600}")
        self.assert_end(run, 3, "launch-failed", "BeginTime")
        self.assert_nothing_left(run)

    def test_a_node_that_goes_down_is_excluded_from_the_next_attempt(self):
        run = self.start("[ $ASSAY_ATTEMPT = 2 ] || sleep 100")
        self.assertTrue(run.until_state("RUNNING"))
        node = slurm("squeue", "-h", "-j", run.job_id(), "-o", "%N").strip()
        slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
        run.wait()
        slurm("scontrol", "update", f"nodename={node}", "state=resume", check=False)
        self.assertEqual(run.code, 0, run.out)
        first, second = run.record["attempts"]
        self.assertEqual(first["end"]["kind"], "node-failed")
        self.assertNotEqual(second["nodes"], [node])
        self.assertIn(f"#SBATCH --exclude={node}\n", run.file("job.sbatch"))


class Slow(Case):
    """What takes a minute or two, at the same time."""

    def test_limits_and_missing_files(self):
        limited = self.start("sleep 300", spec="time_limit: 5")
        warned = self.start("trap 'echo warned; exit 4' USR1\nsleep 300 & wait $!",
                            spec="time_limit: 60", site="signal_before_end: 30")
        unheeded = self.start("sleep 300", spec="time_limit: 60", site="signal_before_end: 30")
        no_file = self.start("mkdir exit_code.tmp")
        killed = self.start("kill -KILL $PPID; sleep 1")
        self.assert_end(killed.wait(), 1, "signaled", "the batch script itself was killed")
        self.assert_end(no_file.wait(), 3, "lost", "wrote no exit_code")
        self.assert_end(warned.wait(), 1, "exited", "exit code 4")
        self.assertIn("warned", warned.file("stdout.log"))
        self.assert_end(limited.wait(), 1, "timed-out")
        self.assert_end(unheeded.wait(), 1, "timed-out")


class Logs(Case):
    def test_logs_follow_a_running_job_to_its_end(self):
        run = self.start("echo first\nsleep 4\necho last\necho oops >&2")
        self.assertTrue(eventually(lambda: run.attempts() and "first" in self.text(run)))
        followed = subprocess.run([ASSAY, "logs", "basic/case", "-f", "--work-dir",
                                   str(run.directory / "work")], text=True, capture_output=True,
                                  timeout=60)
        self.assertEqual(followed.stdout, "first\nlast\n")
        self.assertEqual(followed.stderr, "oops\n")
        self.assert_end(run.wait(), 0, "exited")

    @staticmethod
    def text(run):
        path = run.attempts()[-1] / "stdout.log"
        return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    unittest.main(verbosity=2)
