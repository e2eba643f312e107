"""`assay run` while Slurm itself fails: on a cluster of its own."""
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from case import CLUSTER, Case, eventually, slurm


class Outages(Case):
    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="assay-slurm-", dir="/tmp"))
        cls.top.chmod(0o755)  # munge's socket is everybody's
        cls.cluster = cls.top / "c"
        subprocess.run([CLUSTER, "up", "--dir", cls.cluster, "--nodes", "2", "--gpus", "0"],
                       check=True, stdout=subprocess.DEVNULL)
        os.environ["SLURM_CONF"] = str(cls.cluster / "etc/slurm.conf")

    @classmethod
    def tearDownClass(cls):
        subprocess.run([CLUSTER, "down", "--dir", cls.cluster], check=True)
        cls.top.rmdir()

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

    def test_a_job_that_the_controller_forgot_is_not_taken_for_another(self):
        run = self.start("sleep 100", site="flags: {begin: now+300}")
        self.assertTrue(eventually(run.job_id))
        forgotten = run.job_id()
        self.controller(signal.SIGKILL)  # within 5 s of the submission
        self.start_controller()
        stranger = slurm("sbatch", "--parsable", "-o", "/dev/null", "-J", "stranger", "--wrap",
                         "sleep 200").strip()
        self.assertEqual(stranger, forgotten, "the controller did not give the id anew")
        run.wait()
        self.assertEqual(run.code, 3, run.out)
        self.assertEqual(slurm("squeue", "-h", "-j", stranger, "-o", "%j").strip(), "stranger")
        slurm("scancel", stranger)


if __name__ == "__main__":
    unittest.main(verbosity=2)
