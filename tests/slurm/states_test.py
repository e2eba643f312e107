"""Ends and detours of jobs that a cluster must be configured for: preemption, requeueing, a prolog
that fails, suspension, deadlines."""
import os
import unittest

from case import eventually, slurm
from own_cluster import OwnCluster

# Jobs of `high` take the nodes of the others' jobs.
EXTRA = """PreemptType=preempt/partition_prio
PreemptMode=CANCEL
PartitionName=low Nodes=ALL PriorityTier=1 PreemptMode=CANCEL MaxTime=INFINITE
PartitionName=again Nodes=ALL PriorityTier=1 PreemptMode=REQUEUE MaxTime=INFINITE
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE
"""

TWICE = """echo run ${{SLURM_RESTART_COUNT:-0}}
[ -n "${{SLURM_RESTART_COUNT-}}" ] || sleep 300
exit 6"""


class States(OwnCluster):
    EXTRA = EXTRA

    def until_it_says(self, run, words):
        """Running for Slurm is not yet running: a busy node takes its time to start a job."""
        def says():
            log = run.attempts() and run.attempts()[-1] / "stdout.log"
            return log and log.exists() and words in log.read_text()
        self.assertTrue(eventually(says, 120))

    def preempt(self, run):
        self.until_it_says(run, "run 0")
        slurm("sbatch", "-p", "high", "-N", "2", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 3")

    def assert_ran_twice(self, run, job):
        """One attempt, one id, and output and exit code of the second; the first's is kept."""
        self.assert_end(run, 1, "exited", "exit code 6")
        self.assertEqual(len(run.record["attempts"]), 1)
        self.assertEqual(run.record["attempts"][0]["job_id"], job)
        self.assertEqual(run.file("stdout.log"), "run 1\n")
        self.assertEqual(run.file("stdout.before_restart_1.log"), "run 0\n")

    def test_a_preempted_job_is_tried_again(self):
        run = self.start("[ $ASSAY_ATTEMPT = 2 ] || {{ echo run 0; sleep 300; }}",
                         site="partition: low")
        self.preempt(run)
        self.assert_end(run.wait(), 0, "exited")
        first, second = run.record["attempts"]
        self.assertEqual(first["end"]["kind"], "preempted", run.out)
        self.assertEqual(second["end"]["kind"], "exited")

    def test_a_job_that_slurm_requeues_by_itself_is_one_attempt(self):
        run = self.start(TWICE, site="partition: again\nrequeue: true")
        self.preempt(run)
        job = run.job_id()
        self.assert_ran_twice(run.wait(), job)

    def test_a_job_that_a_person_requeues_and_holds_is_waited_for(self):
        run = self.start(TWICE, site="requeue: true")
        self.until_it_says(run, "run 0")
        job = run.job_id()
        slurm("scontrol", "requeuehold", job)
        self.assertTrue(run.until_state("PENDING", 60))
        slurm("scontrol", "release", job)
        self.assert_ran_twice(run.wait(), job)

    def test_a_suspended_job_goes_on(self):
        run = self.start("sleep 4; exit 6")
        self.assertTrue(run.until_state("RUNNING"))
        slurm("scontrol", "suspend", run.job_id())
        self.assertTrue(run.until_state("SUSPENDED"))
        slurm("scontrol", "resume", run.job_id())
        self.assert_end(run.wait(), 1, "exited", "exit code 6")

    def test_a_deadline_in_slurm_is_no_failure_of_the_test(self):
        busy = slurm("sbatch", "--parsable", "-p", "high", "-N", "2", "--exclusive", "-o", "/dev/null",
                     "--wrap", "sleep 200").strip()
        run = self.run_case("true", spec="time_limit: 60", site="flags: {deadline: now+70seconds}")
        slurm("scancel", busy)
        self.assert_end(run, 3, "deadline", "its deadline in Slurm")


class Prolog(OwnCluster):
    """Nodes that cannot be made ready for a job."""

    @classmethod
    def setUpClass(cls):
        cls.broken = "/tmp/assay-prolog-broken-%d" % os.getpid()
        cls.script = cls.broken + ".sh"
        with open(cls.script, "w") as script:
            script.write("#!/bin/sh\n[ ! -e %s ]\n" % cls.broken)
        os.chmod(cls.script, 0o755)
        cls.EXTRA = "Prolog=%s\n" % cls.script
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        os.unlink(cls.script)

    def setUp(self):
        super().setUp()
        open(self.broken, "w").close()

    def tearDown(self):
        super().tearDown()
        os.unlink(self.broken)
        for node in ("n1", "n2"):
            slurm("scontrol", "update", "nodename=" + node, "state=resume", check=False)

    def test_a_job_whose_node_cannot_be_made_ready_is_no_failure_of_the_test(self):
        run = self.run_case("true")
        self.assert_end(run, 3, "cancelled", "cancelled in Slurm")

    def test_a_job_that_slurm_would_requeue_and_hold_for_ever_does_not_stay(self):
        run = self.run_case("true", site="requeue: true")
        self.assert_end(run, 3, "launch-failed", "launch failed requeued held")
        self.assert_nothing_left(run)


if __name__ == "__main__":
    unittest.main(verbosity=2)
