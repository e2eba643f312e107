"""What the tests against a real Slurm share: recipes run by `assay run`, and the cluster."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ASSAY = os.environ["ASSAY"]
CLUSTER = os.environ["ASSAY_CLUSTER"]


def eventually(condition, seconds=30):
    """Waits for a condition, and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.1)


def slurm(*words, check=True):
    return subprocess.run(words, check=check, text=True, capture_output=True, timeout=60).stdout


class Run:
    """One `assay run`, running or ended."""

    def __init__(self, directory, process):
        self.directory = directory
        self.process = process
        self.out = None

    def wait(self, seconds=240):
        self.out, _ = self.process.communicate(timeout=seconds)
        return self

    @property
    def code(self):
        return self.process.returncode

    def attempts(self):
        return sorted(self.directory.glob("work/*/*/[0-9]*"), key=lambda path: int(path.name))

    def file(self, name):
        return (self.attempts()[-1] / name).read_text()

    @property
    def record(self):
        return json.loads(self.file("record.json"))

    def job_id(self):
        """The id of the newest job, once Slurm has it."""
        token = self.token()
        for line in slurm("squeue", "-h", "-t", "all", "-o", "%A %j").splitlines():
            job, name = line.split(" ", 1)
            if name.endswith("." + token):
                return job
        return None

    def token(self):
        script = eventually(lambda: [a for a in self.attempts() if (a / "job.sbatch").exists()])
        for line in (script[-1] / "job.sbatch").read_text().splitlines():
            if line.startswith("#SBATCH --job-name="):
                return line.rsplit(".", 1)[1]
        return None

    def state(self):
        job = self.job_id()
        return job and slurm("squeue", "-h", "-t", "all", "-j", f"{job},{job}", "-o", "%T").strip()

    def until_state(self, state, seconds=30):
        return eventually(lambda: self.state() == state, seconds)


def processes(variable, *words):
    """Those with that "NAME=value" in their environment, and with all of the words as arguments."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            arguments = (path / "cmdline").read_text().split("\0")
            if all(word in arguments for word in words) and (
                    variable in (path / "environ").read_text().split("\0")):
                found.append(int(path.name))
        except (OSError, UnicodeDecodeError):
            continue
    return found


class Case(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="assay-slurm-case-"))
        self.runs = []

    def tearDown(self):
        for run in self.runs:
            if run.process.poll() is None:
                run.process.kill()
                run.process.communicate()
        for pid in self.brokers():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)

    def brokers(self):
        return processes(f"XDG_RUNTIME_DIR={self.directory}", "broker", "serve")

    def start(self, script, spec="", site="", settings="", environment=None, tail=""):
        """Starts a recipe of that script; `site` and `settings` are YAML lines of the launcher."""
        directory = self.directory / str(len(self.runs))
        directory.mkdir()
        lines = "".join(f"      {line}\n" for line in script.splitlines())
        text = f"type: basic\nformat_version: 1\nspec:\n  name: case\n{indent(spec, 2)}  script: |\n{lines}"
        if settings:
            text += "launchers:\n  type:slurm:\n" + indent(settings, 4)
        (directory / "recipe.yaml").write_text(text + tail)
        (directory / "site.yaml").write_text(
            "launchers:\n  slurm:\n    type: slurm\n" + ("" if "partition" in site else "    partition: gpu\n")
            + indent(site, 4))
        process = subprocess.Popen(
            [ASSAY, "run", "recipe.yaml", "--site", "site.yaml", "--work-dir", "work", "--history",
             "history.sqlite"],
            cwd=directory, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "XDG_RUNTIME_DIR": str(self.directory),
                 "XDG_STATE_HOME": str(self.directory), **(environment or {})})
        self.runs.append(Run(directory, process))
        return self.runs[-1]

    def run_case(self, script, **more):
        return self.start(script, **more).wait()

    def assert_end(self, run, code, kind, words=""):
        """The exit code, and how the deciding attempt ended."""
        self.assertEqual(run.code, code, run.out)
        end = run.record["attempts"][-1]["end"]
        self.assertEqual(end["kind"], kind, run.out)
        self.assertIn(words, run.out)

    def assert_nothing_left(self, run):
        job = run.job_id()
        self.assertTrue(
            eventually(lambda: not slurm("squeue", "-h", "-j", f"{job},{job}").strip()),
            f"job {job} is still there")


def indent(text, width):
    return "".join(" " * width + line + "\n" for line in text.splitlines())
