#!/usr/bin/python3
"""Speed and memory of the metric readers beside public tools on the same files, in one run.

  metrics_bench.py METRICS_BENCH [--mebibytes N] [--log-mebibytes N] [--runs N] [--python PYTHON]

METRICS_BENCH is the built executable, PYTHON one that can import tensorboard. The files are made in
a temporary directory. Speeds are megabytes (10^6) per second of CPU time, user plus system, as the
kernel counts it; of several runs the best is shown, because others share the machine. A tool that
is not installed is named as absent.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PATTERNS = "|".join([
    r"train_loss[=:] *([0-9.eE+-]+)", r"val_loss[=:] *([0-9.eE+-]+)", r"accuracy[=:] *([0-9.]+)",
    r"throughput: ([0-9.]+) samples/s", r"grad_norm ([0-9.]+)", r"ppl=([0-9.]+)",
    r"learning_rate=([0-9.e-]+)", r"max memory ([0-9.]+) GiB", r"step_time_ms ([0-9.]+)",
    r"TFLOPS_per_GPU ([0-9.]+)"])

PYTHON_JSON = """
import json, sys
for line in open(sys.argv[1]):
    json.loads(line[line.index('{'):])
"""

PYTHON_TENSORBOARD = """
import sys
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
for event in EventFileLoader(sys.argv[1]).Load():
    for value in event.summary.value:
        value.tag, value.tensor
"""


def tools_for(kind, file, python):
    """Name and command of each public tool that reads such a file."""
    if kind == "log":
        return [("grep -E", ["grep", "-cE", PATTERNS, file]), ("rg", ["rg", "-c", PATTERNS, file])]
    if kind == "jsonl":
        return [("jq", ["jq", "-c", "[.step, .loss, .grad_norm]", file]),
                ("python json", [sys.executable, "-c", PYTHON_JSON, file])]
    if kind == "dllogger":
        return [("python json", [sys.executable, "-c", PYTHON_JSON, file])]
    return [("tensorboard", [python, "-c", PYTHON_TENSORBOARD, file])]


def is_there(name, command):
    if name == "tensorboard":
        probe = [command[0], "-c", "import tensorboard"]
        return subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0
    return shutil.which(command[0]) is not None


def measure(command, runs):
    """The least CPU seconds of the runs, the largest peak memory in MiB, the last run's output."""
    best, peak, output = None, 0, ""
    for _ in range(runs):
        with tempfile.TemporaryFile("w+") as sink:
            process = subprocess.Popen(command, stdout=sink)
            _, status, usage = os.wait4(process.pid, 0)
            sink.seek(0)
            output = sink.read(200)
        if status != 0:
            raise SystemExit(f"{' '.join(command)} ended with status {status}")
        seconds = usage.ru_utime + usage.ru_stime
        best = seconds if best is None else min(best, seconds)
        peak = max(peak, usage.ru_maxrss / 1024)
    return best, peak, output


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("--mebibytes", type=int, default=200)
    parser.add_argument("--log-mebibytes", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--python", default=sys.executable)
    arguments = parser.parse_args()

    print(f"{'file':12} {'tool':12} {'MB/s':>8} {'peak MiB':>9}  note")
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as directory:
        for kind in ["tensorboard", "tensors", "dllogger", "jsonl", "log"]:
            file = str(pathlib.Path(directory) / kind)
            size = arguments.log_mebibytes if kind == "log" else arguments.mebibytes
            subprocess.run([arguments.bench, "make", kind, file, str(size)], check=True)
            megabytes = os.path.getsize(file) / 1e6
            reader = "tensorboard" if kind == "tensors" else kind
            rows = [("assay", [arguments.bench, "read", reader, file])]
            rows += tools_for(kind, file, arguments.python)
            for name, command in rows:
                if not is_there(name, command):
                    print(f"{kind:12} {name:12} {'-':>8} {'-':>9}  not installed")
                    continue
                seconds, peak, output = measure(command, arguments.runs if name == "assay" else 1)
                points = re.search(r"points=(\d+)", output) if name == "assay" else None
                kept = int(points.group(1)) * 16 / 2**20 if points else 0
                note = f"of it {kept:.0f} MiB points" if points else ""
                print(f"{kind:12} {name:12} {megabytes / seconds:8.0f} {peak:9.1f}  {note}")
            os.remove(file)


if __name__ == "__main__":
    main()
