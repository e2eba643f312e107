#!/usr/bin/python3
"""A thousand cases on the test cluster: ctest and its drivers beside a bare job array.

Starts tests/slurm/cluster, and prints, for jobs of 0 s and 10 s: how long `sbatch --array` takes for
all of them, how long `ctest -j` takes, and the calls of Slurm's commands that it made, counted by
wrappers and by sdiag. Then, with the partition down, so that all jobs stay pending: the CPU time and
memory of the drivers and of the broker. All that with the broker and without.
"""
import argparse
import collections
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time

CLUSTER = pathlib.Path(__file__).resolve().parent.parent / "slurm" / "cluster"
COMMANDS = ("sbatch", "squeue", "sacct", "scancel")
# Where jobs are tracked by process groups, each job's end reads /proc of every process of its node:
# here that is the waiting drivers, too, which on a real cluster are elsewhere.
HAS_CGROUPS = os.getuid() == 0 and os.access("/sys/fs/cgroup/freezer", os.W_OK)
DESCRIPTORS = 8 * 1000  # of a ctest with a thousand tests at a time, with room

RECIPE = """type: recipe
format_version: 1
key_segments: {{job: job}}
spec:
  model: scale
  variant: s{seconds}
  nodes: 1
  gpus: 0
  time_limit: 600
  script: sleep {seconds}
products:
{products}
"""

SITE = """default_launcher: slurm
launchers:
  slurm: {{type: slurm, partition: gpu, broker: {broker}}}
"""


class Bench:
    def __init__(self, options):
        self.options = options
        self.assay = os.path.abspath(options.assay)
        self.directory = pathlib.Path(options.dir)
        self.slurm = self.directory / "slurm"
        self.counts = self.directory / "calls"
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("ASSAY_", "CTEST_", "SLURM", "SBATCH_"))}

    def up(self):
        self.directory.mkdir(parents=True)
        words = [CLUSTER, "up", "--dir", self.slurm, "--gpus", "0"]
        if HAS_CGROUPS:
            extra = self.directory / "extra.conf"
            extra.write_text("ProctrackType=proctrack/cgroup\n")
            words += ["--extra", extra]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        programs = self.directory / "bin"
        programs.mkdir()
        for name in COMMANDS:
            wrapper = programs / name
            wrapper.write_text(f"#!/bin/sh\necho {name} >>{self.counts}\n"
                               f"exec {shutil.which(name)} \"$@\"\n")
            wrapper.chmod(0o755)
        self.environment.update({
            "SLURM_CONF": str(self.slurm / "etc/slurm.conf"),
            "PATH": f"{programs}:{self.environment['PATH']}:/usr/sbin:/sbin",
            "XDG_RUNTIME_DIR": str(self.directory), "XDG_STATE_HOME": str(self.directory)})

    def down(self):
        for pid in self.processes("broker", "serve"):
            os.kill(pid, 15)
        subprocess.run([CLUSTER, "down", "--dir", self.slurm], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def command(self, name, *words):
        """Slurm's own, not counted."""
        return subprocess.run([shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin"), *words],
                              env=self.environment, check=True, text=True,
                              capture_output=True).stdout

    def queued(self):
        return len(self.command("squeue", "-h", "-r", "-o", "%i").splitlines())

    def processes(self, *words):
        """Of this bench, with all of the words as arguments."""
        found = []
        mark = f"XDG_RUNTIME_DIR={self.directory}".encode()
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                given = (path / "cmdline").read_bytes().split(b"\0")
                if all(word.encode() in given for word in words) and (
                        mark in (path / "environ").read_bytes().split(b"\0")):
                    found.append(int(path.name))
            except OSError:
                continue
        return found

    def array(self, seconds):
        """Wall seconds of a bare array."""
        began = time.monotonic()
        self.command("sbatch", f"--array=0-{self.options.jobs - 1}", "--output=/dev/null",
                     f"--wrap=sleep {seconds}")
        while self.queued() > 0:
            time.sleep(0.5)
        return time.monotonic() - began

    def prepare(self, name, seconds, with_broker):
        """A test tree as assay_add_recipes would make it, with one case per product."""
        top = self.directory / name
        tree = top / "tree"
        tree.mkdir(parents=True)
        recipe = top / "scale.yaml"
        recipe.write_text(RECIPE.format(seconds=seconds, products="".join(
            f"  - {{job: [j{i}]}}\n" for i in range(self.options.jobs))))
        site = top / "site.yaml"
        site.write_text(SITE.format(broker=str(with_broker).lower()))
        names = subprocess.run([self.assay, "list", "--format", "names", recipe], check=True,
                               text=True, capture_output=True,
                               env=self.environment).stdout.split()
        assert len(names) == self.options.jobs, names[:3]
        (tree / "CTestTestfile.cmake").write_text("".join(
            f'add_test([=[{case}]=] "{self.assay}" run "{recipe}" --product "{case}" --site "{site}"'
            f' --work-dir "{top}/work" --history "{top}/history.sqlite")\n' for case in names))
        return tree

    def start(self, tree):
        self.counts.write_text("")
        self.command("sdiag", "--reset")
        return subprocess.Popen(["ctest", "--test-dir", tree, "-j", str(self.options.jobs)],
                                env=self.environment, stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def calls(self):
        counted = collections.Counter(self.counts.read_text().split())
        said = self.command("sdiag")
        found = re.findall(r"^\s*REQUEST_(SUBMIT_BATCH_JOB|JOB_INFO\w*)\s.*count:(\d+)", said, re.M)
        requests = collections.Counter()
        for name, count in found:
            requests["submissions" if name.startswith("SUBMIT") else "queries"] += int(count)
        return counted, requests

    def through_ctest(self, name, seconds, with_broker):
        tree = self.prepare(name, seconds, with_broker)
        began = time.monotonic()
        process = self.start(tree)
        out, _ = process.communicate()
        wall = time.monotonic() - began
        if process.returncode != 0:
            print(out[-2000:], file=sys.stderr)
            raise SystemExit("not every case passed")
        counted, requests = self.calls()
        return wall, counted, requests

    def waiting(self, name, with_broker):
        """(% of a core, PSS in MiB of a driver) of all drivers, and of the broker."""
        tree = self.prepare(name, 0, with_broker)
        self.command("scontrol", "update", "partitionname=gpu", "state=down")
        process = self.start(tree)
        try:
            while self.queued() < self.options.jobs:
                time.sleep(1)
                assert process.poll() is None
            time.sleep(self.options.settle)
            drivers = self.processes("run", "--product")
            brokers = self.processes("broker", "serve") if with_broker else []
            result = [len(drivers)]
            began = time.monotonic()
            before = [cpu_seconds(pids) for pids in (drivers, brokers)]
            calls_before = self.calls()[0]["squeue"]
            time.sleep(self.options.window)
            wall = time.monotonic() - began
            for pids, cpu in zip((drivers, brokers), before):
                result.append(100 * (cpu_seconds(pids) - cpu) / wall)
                result.append(sum(pss_mib(pid) for pid in pids) / max(len(pids), 1))
            result.append(60 * (self.calls()[0]["squeue"] - calls_before) / wall)
            return result
        finally:
            self.command("scontrol", "update", "partitionname=gpu", "state=up")
            process.communicate()


def cpu_seconds(pids):
    return sum(int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0])
               for pid in pids) / 1e9


def pss_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assay", help="the executable")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seconds", type=int, nargs="*", default=[10, 0], help="of the jobs")
    parser.add_argument("--settle", type=int, default=60, help="seconds before waiting is measured")
    parser.add_argument("--window", type=int, default=60, help="seconds in which it is measured")
    parser.add_argument("--modes", nargs="*", default=["broker", "no-broker"])
    parser.add_argument("--dir", default=f"/tmp/assay-bench-{os.getpid()}")
    options = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if limit[1] == resource.RLIM_INFINITY else min(DESCRIPTORS, limit[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limit[0], wanted), limit[1]))
    bench = Bench(options)
    try:
        bench.up()
        print("| jobs | mode | wall, s | bare array, s | ratio | sbatch | squeue | sacct | "
              "by sdiag: submissions, queries |\n|---|---|---|---|---|---|---|---|---|")
        for seconds in options.seconds:
            bare = bench.array(seconds)
            for mode in options.modes:
                wall, counted, requests = bench.through_ctest(
                    f"{mode}{seconds}", seconds, mode == "broker")
                print(f"| {options.jobs} of {seconds} s | {mode} | {wall:.1f} | {bare:.1f} | "
                      f"{wall / bare:.2f} | {counted['sbatch']} | {counted['squeue']} | "
                      f"{counted['sacct']} | {requests['submissions']}, {requests['queries']} |",
                      flush=True)
        print("\n| mode | drivers | their CPU, % of a core | PSS of one, MiB | broker's CPU, % | "
              "its PSS, MiB | squeue per minute |\n|---|---|---|---|---|---|---|")
        for mode in options.modes:
            row = bench.waiting(f"wait-{mode}", mode == "broker")
            print(f"| {mode} | {row[0]} | " + " | ".join(f"{value:.2f}" for value in row[1:]) + " |",
                  flush=True)
    finally:
        bench.down()


if __name__ == "__main__":
    main()
