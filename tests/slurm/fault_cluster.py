"""The cluster that faults are done to, and what stands between it and Assay."""
import os
import shutil
import signal
import subprocess
import time

EXTRA = """MessageTimeout=3
SlurmdTimeout=20
MinJobAge=3600
JobCompType=jobcomp/none
"""

# Runs the real sbatch, writes down what it did, and dies before it answers when told to.
SBATCH = """#!/bin/bash
script=${@: -1}
[ -f "$script" ] || script=/dev/stdin
name=$(sed -n 's/^#SBATCH --job-name=//p' "$script" 2>/dev/null | tr -d "\\"'" | head -n 1)
answer=$(REAL "$@" 2>"$FAULT_DIR/sbatch.err.$$"); status=$?
cat "$FAULT_DIR/sbatch.err.$$" >&2; rm -f "$FAULT_DIR/sbatch.err.$$"
echo "$status $name $(echo "$answer" | tail -n 1)" >>"$FAULT_DIR/sbatch.log"
if [ $status = 0 ] && mv "$FAULT_DIR/sbatch_dies" "$FAULT_DIR/sbatch_died.$$" 2>/dev/null; then
  kill -KILL $$
fi
[ -z "$answer" ] || printf '%s\\n' "$answer"
exit $status
"""


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as stat:
            return stat.read().rsplit(") ", 1)[1][0] != "Z"
    except (OSError, IndexError):
        return False


class Cluster:
    def __init__(self, directory, here, dbd=False):
        self.dbd = dbd
        self.directory = directory
        self.script = os.path.join(here, "cluster")
        self.slurm = os.path.join(directory, "slurm")
        self.fault_dir = os.path.join(directory, "fault")
        self.environment = dict(os.environ)
        for name in list(self.environment):
            if name.startswith(("ASSAY_", "CTEST_", "SLURM", "SBATCH_", "DASHBOARD_TEST_")):
                del self.environment[name]

    def up(self):
        for name in ("fault", "bin", "run", "state"):
            os.makedirs(os.path.join(self.directory, name), exist_ok=True)
        extra = os.path.join(self.directory, "extra.conf")
        with open(extra, "w") as file:
            file.write(EXTRA)
        subprocess.run([self.script, "up", "--dir", self.slurm, "--nodes", "4", "--gpus", "0",
                        "--extra", extra] + (["--dbd"] if self.dbd else []), check=True, stdout=subprocess.DEVNULL)
        real = shutil.which("sbatch")
        wrapper = os.path.join(self.directory, "bin", "sbatch")
        with open(wrapper, "w") as file:
            file.write(SBATCH.replace("REAL", real).replace("$FAULT_DIR", self.fault_dir))
        os.chmod(wrapper, 0o755)
        self.environment.update({
            "SLURM_CONF": os.path.join(self.slurm, "etc/slurm.conf"),
            "PATH": os.path.join(self.directory, "bin") + ":" + self.environment["PATH"] +
                    ":/usr/sbin:/sbin",
            "XDG_RUNTIME_DIR": os.path.join(self.directory, "run"),
            "XDG_STATE_HOME": os.path.join(self.directory, "state")})

    def down(self, keep):
        for pid in self.brokers():
            os.kill(pid, signal.SIGKILL)
        if os.path.exists(os.path.join(self.slurm, "etc/slurm.conf")):
            self.continue_all()
            subprocess.run([self.script, "down", "--dir", self.slurm] + (["--keep"] if keep else []),
                           stdout=subprocess.DEVNULL, check=False)
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)

    def command(self, *words, timeout=60):
        """The command's output; nothing when it fails."""
        try:
            done = subprocess.run(words, env=self.environment, capture_output=True, text=True,
                                  timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            return None
        return done.stdout if done.returncode == 0 else None

    def insist(self, *words, seconds=120):
        """The same, until there is an answer."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            out = self.command(*words)
            if out is not None:
                return out
            time.sleep(1)
        raise RuntimeError("no answer: " + " ".join(words))

    def jobs(self):
        """(id, array's or own id, state, name) of every job that Slurm remembers."""
        out = self.insist("squeue", "-h", "-r", "-t", "all", "-o", "%i|%F|%T|%j")
        return [tuple(line.split("|", 3)) for line in out.splitlines()]

    def accounted(self):
        """{name: [(id, state, exit code)]} of every run that accounting has ended."""
        out = self.insist("sacct", "-X", "-n", "-P", "-D", "-a", "-S", "now-1days",
                          "-o", "JobID,State,ExitCode,JobName")
        found = {}
        for line in out.splitlines():
            job, state, code, name = line.split("|", 3)
            found.setdefault(name, []).append((job, state.split(" ")[0], code))
        return found

    def submissions(self):
        """(name, id) of each that sbatch made."""
        try:
            with open(os.path.join(self.fault_dir, "sbatch.log")) as file:
                lines = [line.split(" ") for line in file.read().splitlines()]
        except OSError:
            return []
        return [(words[1], words[2].split(";")[0]) for words in lines if words[0] == "0"]

    def pid_of(self, daemon):
        try:
            with open(os.path.join(self.slurm, "run", daemon + ".pid")) as file:
                return int(file.read())
        except (OSError, ValueError):
            return 0

    def start(self, daemon):
        pid = self.pid_of(daemon if daemon == "slurmctld" else "slurmd." + daemon)
        if pid and alive(pid):
            return
        subprocess.run([self.script, "start", daemon, "--dir", self.slurm],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def continue_all(self):
        for name in os.listdir(os.path.join(self.slurm, "run")):
            if name.endswith(".pid"):
                pid = self.pid_of(name[:-4])
                if pid and alive(pid):
                    os.kill(pid, signal.SIGCONT)

    def processes(self, *words):
        """Processes of this cluster's environment whose arguments have all of the words."""
        found = []
        mark = ("XDG_RUNTIME_DIR=" + os.path.join(self.directory, "run")).encode()
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    given = file.read().split(b"\0")
                if not all(word.encode() in given for word in words):
                    continue
                with open("/proc/%s/environ" % name, "rb") as file:
                    if mark in file.read().split(b"\0") and alive(int(name)):
                        found.append(int(name))
            except OSError:
                continue
        return found

    def brokers(self):
        return self.processes("broker", "serve")

    def drivers(self):
        return self.processes("run", "--product")
