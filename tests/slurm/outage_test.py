"""`assay run` while Slurm itself fails, or is another: on clusters of their own."""
import os
import signal
import subprocess
import time
import unittest

from case import CLUSTER, eventually, slurm
from own_cluster import OwnCluster


# Only root can hold jobs to limits, and Slurm's plug-in for it without systemd is cgroup v1's.
MEMORY = os.getuid() == 0 and os.access("/sys/fs/cgroup/memory", os.W_OK)


class Outages(OwnCluster):
    def controller(self, number):
        os.kill(int((self.cluster / "run/slurmctld.pid").read_text()), number)

    def start_controller(self):
        subprocess.run([CLUSTER, "start", "slurmctld", "--dir", self.cluster], check=True)

    def test_a_controller_that_is_restarted_loses_no_result(self):
        run = self.start("sleep 12; exit 6")
        self.assertTrue(run.until_state("RUNNING"))
        time.sleep(6)  # what is older than 5 s is saved
        self.controller(signal.SIGKILL)
        time.sleep(8)  # the job ends meanwhile
        self.start_controller()
        self.assert_end(run.wait(), 1, "exited", "exit code 6")

    def test_a_controller_that_is_down_at_the_submission_is_waited_for(self):
        self.controller(signal.SIGTERM)
        time.sleep(1)
        run = self.start("echo done")
        time.sleep(3)
        self.start_controller()
        self.assert_end(run.wait(), 0, "exited")

    def wait_for_save(self):
        """What is submitted from now on is not saved for up to 5 s."""
        state = self.cluster / "state/job_state"
        before = state.stat().st_mtime_ns if state.exists() else 0
        slurm("sbatch", "-o", "/dev/null", "--wrap", "true")
        self.assertTrue(eventually(lambda: state.exists() and state.stat().st_mtime_ns > before))

    def test_a_job_that_the_controller_forgot_is_not_taken_for_another(self):
        self.wait_for_save()
        run = self.start("true", spec="queue_limit: 20", site="flags: {begin: now+300}")
        forgotten = eventually(run.job_id)
        self.controller(signal.SIGKILL)
        self.start_controller()
        stranger = slurm("sbatch", "--parsable", "-o", "/dev/null", "-J", "stranger", "--wrap",
                         "sleep 300").strip()
        self.assertEqual(stranger, forgotten, "the controller did not give the id anew")
        run.wait()
        self.assertEqual(run.code, 3, run.out)
        self.assertEqual(run.record["attempts"][0]["end"]["kind"], "lost", run.out)
        self.assertEqual(slurm("squeue", "-h", "-j", stranger, "-o", "%j").strip(), "stranger")
        slurm("scancel", stranger)


class OutagesWithoutBroker(Outages):
    BROKER = False


class Accounting(OwnCluster):
    """With slurmdbd, quick ageing, and memory that is held to what was asked for."""

    OPTIONS = ["--nodes", "2", "--gpus", "0", "--dbd"] + (["--memory"] if MEMORY else [])
    EXTRA = "AccountingStorageEnforce=associations,limits,qos\n"

    def test_what_has_aged_out_while_nobody_asked_is_found_in_accounting(self):
        run = self.start("sleep 3; kill -9 $PPID; sleep 1")
        self.assertTrue(run.until_state("RUNNING"))
        os.kill(self.asker(run), signal.SIGSTOP)
        self.assertTrue(eventually(lambda: not slurm("squeue", "-h", "-t", "all"), 60))
        os.kill(self.asker(run), signal.SIGCONT)
        run.wait()
        # sacct cannot tell a signal from an exit code, so the job's own file decides.
        first = run.record["attempts"][0]["end"]
        self.assertEqual((first["kind"], first["reason"]),
                         ("lost", "it ended but wrote no exit_code"), run.out)

    def test_a_person_who_cancelled_is_named_by_accounting(self):
        run = self.start("sleep 100")
        self.assertTrue(run.until_state("RUNNING"))
        os.kill(self.asker(run), signal.SIGSTOP)
        slurm("scancel", run.job_id())
        self.assertTrue(eventually(lambda: not slurm("squeue", "-h", "-t", "all"), 60))
        os.kill(self.asker(run), signal.SIGCONT)
        self.assert_end(run.wait(), 3, "cancelled", f"by user {os.getuid()}")

    def limited(self, **limits):
        """The limits of QOS `normal`, until the test ends."""
        words = ["sacctmgr", "-i", "modify", "qos", "normal", "set"]
        self.addCleanup(slurm, *words, *(f"{name}=-1" for name in limits))
        slurm(*words, *(f"{name}={value}" for name, value in limits.items()))

    def assert_refused(self, words, **more):
        run = self.run_case("true", **more)
        self.assert_end(run, 3, "launch-failed", words)
        self.assertEqual(slurm("squeue", "-h"), "")

    def test_an_account_or_a_qos_that_there_is_none_of_is_refused_at_once(self):
        self.assert_refused("Invalid account or account/partition combination specified "
                            "('account', site.yaml:6:14)", site="account: nobody")
        self.assert_refused("Invalid qos specification ('qos', site.yaml:6:10)", site="qos: none")

    def test_a_job_that_a_limit_never_lets_start_does_not_wait_for_ever(self):
        self.limited(MaxWall=1)
        self.assert_refused("it would never start: QOSMaxWallDurationPerJobLimit",
                            spec="time_limit: 3600")
        slurm("sacctmgr", "-i", "modify", "qos", "normal", "set", "Flags=DenyOnLimit")
        self.addCleanup(slurm, "sacctmgr", "-i", "modify", "qos", "normal", "set", "Flags=-1")
        self.assert_refused("QOSMaxWallDurationPerJobLimit", spec="time_limit: 3600")

    def test_a_limit_on_running_jobs_is_waited_for_and_said(self):
        self.limited(MaxJobsPerUser=1)
        first = self.start("sleep 15")
        self.assertTrue(first.until_state("RUNNING"))
        second = self.start("echo done")
        self.assert_end(first.wait(), 0, "exited")
        self.assert_end(second.wait(), 0, "exited", "QOSMaxJobsPerUserLimit")

    def test_a_limit_on_jobs_in_flight_delays_and_fails_nothing(self):
        self.limited(MaxSubmitJobsPerUser=1)
        first = self.start("sleep 5")
        self.assertTrue(eventually(first.job_id))
        refused = subprocess.run(["sbatch", "-o", "/dev/null", "--wrap", "true"], text=True,
                                 capture_output=True)
        self.assertIn("QOSMaxSubmitJobPerUserLimit", refused.stderr)
        second = self.start("echo done")
        self.assert_end(first.wait(), 0, "exited")
        self.assert_end(second.wait(), 0, "exited")

    @unittest.skipUnless(MEMORY, "memory is held to limits by root in cgroup v1 only")
    def test_a_job_that_takes_more_memory_than_it_asked_for(self):
        run = self.run_case("/usr/bin/python3 -c 'print(len(bytearray(400 << 20)))'",
                            site="flags: {mem: 60}")
        self.assertEqual(run.code, 1, run.out)
        end = run.record["attempts"][-1]["end"]
        self.assertIn(end["kind"], ("out-of-memory", "signaled"), run.out)

    @unittest.skipUnless(MEMORY, "memory is held to limits by root in cgroup v1 only")
    def test_the_peak_memory_of_a_job_is_in_its_record(self):
        run = self.run_case("/usr/bin/python3 -c 'bytearray(50 << 20)'", site="flags: {mem: 200}")
        self.assert_end(run, 0, "exited")
        peak = run.record["attempts"][0]["peak_memory_bytes"]
        self.assertTrue(50 << 20 <= peak <= 200 << 20, peak)


class AccountingWithoutBroker(Accounting):
    BROKER = False


if __name__ == "__main__":
    unittest.main(verbosity=2)
