"""`assay run` through slurmrestd, on a cluster of its own."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from case import ASSAY, CLUSTER, Case, eventually, slurm


class Rest(Case):
    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="assay-slurm-", dir="/tmp"))
        cls.top.chmod(0o755)  # munge's socket is everybody's
        cls.cluster = cls.top / "c"
        subprocess.run([CLUSTER, "up", "--dir", cls.cluster, "--nodes", "2", "--gpus", "2", "--rest"],
                       check=True, stdout=subprocess.DEVNULL)
        os.environ["SLURM_CONF"] = str(cls.cluster / "etc/slurm.conf")
        cls.socket = f"transport: rest\nurl: unix:{cls.cluster}/run/rest.sock\n"
        port = (cls.cluster / "etc/rest_port").read_text().strip()
        cls.tcp = f"transport: rest\nurl: http://127.0.0.1:{port}\n"

    @classmethod
    def tearDownClass(cls):
        subprocess.run([CLUSTER, "down", "--dir", cls.cluster], check=True)
        shutil.rmtree(cls.top)

    def token(self, lifespan=600):
        return slurm("scontrol", "token", f"lifespan={lifespan}").strip().split("=", 1)[1]

    def token_file(self, token):
        path = self.directory / "token"
        path.write_text(token + "\n")
        path.chmod(0o600)
        return f"token_file: {path}\n"

    def test_jobs_run_as_they_do_through_commands(self):
        run = self.run_case('echo "$SLURM_PROCID of $SLURM_NTASKS $CUDA_VISIBLE_DEVICES $GREETING"',
                            spec="nodes: 2\ngpus: 1", settings="ntasks_per_node: 2",
                            site=self.socket + "environment: {GREETING: hello}\nflags: {nice: 77}",
                            environment={"LEAKED": "leaked"})
        self.assert_end(run, 0, "exited")
        self.assertEqual(sorted(run.file("stdout.log").splitlines()),
                         [f"{i} of 4 0 hello" for i in range(4)])
        job = slurm("scontrol", "show", "job", run.job_id())
        self.assertIn("Nice=77", job)
        self.assertIn("Requeue=0", job)

    def test_an_exit_code_is_the_jobs_own(self):
        run = self.run_case("exit 139", site=self.socket)
        self.assertEqual(run.code, 1, run.out)
        self.assertEqual(run.record["attempts"][0]["end"]["exit_code"], 139)

    def test_a_driver_that_is_stopped_takes_its_job_along(self):
        run = self.start("sleep 100", site=self.socket)
        self.assertTrue(run.until_state("RUNNING"))
        run.process.send_signal(signal.SIGTERM)
        self.assert_end(run.wait(), 3, "cancelled")
        self.assert_nothing_left(run)

    def test_logs_are_followed_while_a_job_runs(self):
        run = self.start("echo first\nsleep 4\necho last", site=self.socket)
        self.assertTrue(eventually(lambda: run.attempts() and "first" in self.text(run)))
        followed = subprocess.run([ASSAY, "logs", "basic/case", "-f", "--work-dir",
                                   str(run.directory / "work")], text=True, capture_output=True,
                                  timeout=60)
        self.assertEqual(followed.stdout, "first\nlast\n")
        self.assert_end(run.wait(), 0, "exited")

    @staticmethod
    def text(run):
        path = run.attempts()[-1] / "stdout.log"
        return path.read_text() if path.exists() else ""

    def test_refusals_have_slurms_words_and_the_site_files_line(self):
        run = self.run_case("true", site="partition: nowhere\n" + self.socket)
        self.assertEqual(run.code, 3, run.out)
        self.assertIn("Invalid partition name specified ('partition', site.yaml:4:16)", run.out)
        run = self.run_case("true", site=self.socket + "flags: {mpi: pmix}")
        self.assertEqual(run.code, 3, run.out)
        self.assertIn("Disabled key: \"mpi\" ('flags', site.yaml:7:12)", run.out)

    def test_a_pending_job_says_why(self):
        run = self.start("true", site=self.socket + "flags: {begin: now+20}")
        self.assert_end(run.wait(), 0, "exited", "BeginTime")

    def test_a_token_lets_in_and_is_written_nowhere(self):
        token = self.token()
        run = self.run_case("env", site=self.tcp + self.token_file(token))
        self.assert_end(run, 0, "exited")
        run = self.run_case("env", site=self.tcp, environment={"SLURM_JWT": token})
        self.assert_end(run, 0, "exited")
        secret = token.rsplit(".", 1)[1]
        for path in self.directory.rglob("*"):
            if path.is_file() and path.name != "token":
                self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def test_a_missing_expired_or_wrong_token_is_told_at_once(self):
        head, body, _ = self.token().split(".")
        expired = self.token(1)
        time.sleep(2)
        for token, words in ((None, "wants a token"), (expired, "expired at"),
                             (f"{head}.{body}.AAAA", "refuses the token")):
            with self.subTest(words=words):
                site = self.tcp + (self.token_file(token) if token else "")
                run = self.run_case("true", site=site)
                self.assertEqual(run.code, 3, run.out)
                self.assertIn(words, run.out)

    def test_a_server_that_is_down_for_a_while_is_waited_for(self):
        run = self.start("sleep 8; exit 6", site=self.socket)
        self.assertTrue(run.until_state("RUNNING"))
        pid = int((self.cluster / "run/slurmrestd.unix.pid").read_text())
        os.kill(pid, signal.SIGTERM)
        time.sleep(10)  # the job ends meanwhile
        (self.cluster / "run/rest.sock").unlink(missing_ok=True)
        type(self).server = server = subprocess.Popen(
            ["slurmrestd", "-s", "openapi/v0.0.38,openapi/v0.0.37", "-a", "rest_auth/local",
             f"unix:{self.cluster}/run/rest.sock"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "SLURMRESTD_SECURITY": "disable_user_check"})
        (self.cluster / "run/slurmrestd.unix.pid").write_text(f"{server.pid}\n")
        self.assert_end(run.wait(), 1, "exited", "exit code 6")

    def test_site_check_names_the_version(self):
        (self.directory / "site.yaml").write_text(
            "launchers:\n  slurm:\n    type: slurm\n"
            + "".join(f"    {line}\n" for line in self.socket.splitlines()))
        out = subprocess.run([ASSAY, "site", "check", "--site", self.directory / "site.yaml",
                              "--launcher", "slurm", "--format", "json"], text=True,
                             capture_output=True, timeout=60).stdout
        found = [each for each in json.loads(out) if each["what"] == "slurmrestd"]
        self.assertTrue(found[0]["ok"], out)
        self.assertIn("v0.0.38", found[0]["found"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
