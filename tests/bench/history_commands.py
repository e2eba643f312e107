#!/usr/bin/python3
"""Times whole `assay results` commands on a large history: history_commands.py ASSAY HISTORY

HISTORY is what history_bench left where ASSAY_BENCH_HISTORY said. Each command runs five times;
the median of the wall time is printed, in milliseconds, with the number of lines that came.
"""

import datetime
import statistics
import subprocess
import sys
import time

ASSAY, HISTORY = sys.argv[1:]


def export(*arguments):
    command = [ASSAY, "results", "--history", HISTORY, "--format", "csv", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def newest():
    """Of the newest record: key, run id, pipeline, date, job id, commit."""
    head, first = export("--limit", "1").splitlines()[:2]
    return dict(zip(head.split(","), first.split(",")))


def measure(*arguments):
    times = []
    lines = 0
    for _ in range(5):
        start = time.perf_counter()
        result = subprocess.run([ASSAY, *arguments, "--history", HISTORY], capture_output=True,
                                check=True)
        times.append(1000 * (time.perf_counter() - start))
        lines = result.stdout.count(b"\n")
    print(f"{statistics.median(times):8.1f} ms  {lines:7} lines  assay {' '.join(arguments)}",
          flush=True)


record = newest()
newest_time = datetime.datetime.fromisoformat(record["created"].removesuffix("Z"))
two_weeks = (newest_time - datetime.timedelta(weeks=2)).isoformat(timespec="minutes")
for arguments in (
        ["results"],
        ["results", "-vv"],
        ["results", "--all"],
        ["results", "--stats"],
        ["results", "--format", "json"],
        ["results", "--format", "csv"],
        ["results", "--format", "markdown"],
        ["results", "--exit-code", "--verdict", "passed"],
        ["results", "--pipeline", record["pipeline_id"]],
        ["results", "--run", record["run_id"], "--verdict", "failed"],
        ["results", "--branch", "main"],
        ["results", "--ref", record["commit"][:10]],
        ["results", "--commit", record["commit"]],
        ["results", "--job", record["job_id"]],
        ["results", record["key"].split("/")[1]],
        ["results", "--model", "model7", "--since", two_weeks],
        ["results", "--label", "variant=infer", "--verdict", "failed", "--since", two_weeks],
        ["results", "--filter", "spec.gpus == 0"],
        ["results", "--verdict", "failed", "--since", two_weeks],
        ["results", "--since", two_weeks],
        ["results", "--since", two_weeks, "--stats"]):
    measure(*arguments)
