"""Writes record.json files of made-up runs: what the dashboard's tests and pictures show.

    python3 make_records.py DIR [--cases N] [--runs N] [--metrics N] [--lines FILE]

With --lines, JSON lines for `assay history import` instead of files. The cases, by number:
0 has a hostile name everywhere, 1 is newly broken, 2 has recovered, 3 has been broken for long,
4 is skipped, 5 changed its launcher and GPU, 6 left no record in the newest run, 7 has curves, and
golden ones, beside its newest record.
"""

import argparse
import json
import math
import os
import random
from datetime import datetime, timedelta, timezone

MODELS = ["esm2nv", "geneformer", "megamolbart", "molmim", "openfold", "dnabert", "evo2"]
SCOPES = ["conv-train", "perf-train", "perf-infer", "unit-infer"]
HOSTILE = '<script>alert("pwned")</script> "quoted\' é 模型 &amp; {run} </script>'
START = datetime(2026, 8, 1, 2, 0, tzinfo=timezone.utc)


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


class Case:
    """What stays the same in all records of one case."""

    def __init__(self, number):
        self.number = number
        rng = random.Random(number)
        self.model = HOSTILE if number == 0 else MODELS[number % len(MODELS)]
        self.scope = SCOPES[number // len(MODELS) % len(SCOPES)]
        self.precision = ["32", "bf16-mixed"][number // 2 % 2]
        self.gpus = 2 ** (number % 4)
        self.name = (f"{MODELS[number % len(MODELS)]}_{self.scope}_{self.precision}_nodes-1"
                     f"_gpus-{self.gpus}_{number}")
        self.loss = rng.uniform(1.6, 3.1)
        self.speed = rng.uniform(300, 5000)
        self.seconds = rng.uniform(240, 3000)
        self.queue = rng.uniform(5, 900)

    def verdict(self, rng, run, runs):
        """(verdict, whether the loss is too high)"""
        left = runs - 1 - run
        if self.number == 1 and left == 0 or self.number == 3 and left < max(runs // 4, 3):
            return "failed", True
        if self.number == 2 and left == 1:
            return "errored", False
        if self.number == 4:
            return "skipped", False
        if self.number > 7 and rng.random() < 0.012 and left > 1:
            return rng.choice([("failed", True), ("errored", False)])
        return "passed", False


def environment(case, run, runs):
    late = run >= 2 * runs // 3
    other = case.number == 5 and late
    return {
        "launcher": "h100" if other else "dgxa100",
        "gpu": "NVIDIA H100 80GB HBM3" if other else "NVIDIA A100-SXM4-80GB",
        "driver": "550.54.15" if late else "535.104.12",
        "image": "bionemo:24.07" if run < runs // 3 else "bionemo:24.09",
        "assay": "0.2.0" if run >= 5 * runs // 6 else "0.1.0",
    }


def metrics_of(case, rng, run, runs, loss, count):
    drift = 1 + 0.06 * (run >= 2 * runs // 3) - 0.03 * (run >= runs // 3)
    metrics = [
        {"name": "val_loss", "value": loss, "unit": "", "goal": "minimize", "source": "dllogger",
         "points": 200},
        {"name": "throughput_mean_train", "value": case.speed * drift * rng.gauss(1, 0.008),
         "unit": "samples/s", "goal": "maximize"},
        {"name": "peak_memory", "value": 61.2 + rng.gauss(0, 0.15), "unit": "GiB"},
        {"name": "grad_norm", "value": "nan" if run == 3 else 0.3 + rng.gauss(0, 0.02),
         "source": "dllogger", "points": 200},
    ]
    for extra in range(len(metrics), count):
        metrics.append({"name": f"metric_{extra}", "value": rng.gauss(100 * extra, 1), "unit": "ms"})
    return metrics[:count]


def findings_of(case, loss, maximum, summary, verdict):
    status = "failed" if verdict == "failed" else "passed"
    return [
        {"check": "exit_code", "status": "passed", "expected": "0", "actual": "0"},
        {"check": "val_loss.range", "metric": "val_loss", "status": status,
         "expected": f"[{case.loss - 0.08:.4g}, {maximum:.4g}]", "actual": f"{loss:.5g}",
         "reason": summary, "actual_value": loss, "minimum": case.loss - 0.08, "maximum": maximum},
        {"check": "throughput_mean_train.geq", "metric": "throughput_mean_train",
         "status": "passed", "expected": f">= {0.93 * case.speed:.4g}", "actual": "",
         "minimum": 0.93 * case.speed},
    ]


def record(case, rng, run, begun, options):
    runs = options.runs
    verdict, too_high = case.verdict(rng, run, runs)
    maximum = case.loss + (0.06 if run < runs // 2 else 0.045)
    loss = case.loss + rng.gauss(0, 0.011) - 0.008 * (run > runs // 2)
    loss = maximum + abs(rng.gauss(0.06, 0.02)) if too_high else min(loss, maximum)
    summary, end = "", {"kind": "exited", "exit_code": 0, "signal": 0}
    if verdict == "failed":
        summary = f"val_loss {loss:.4g} above max {maximum:.4g} ({100 * (loss / maximum - 1):+.1f} %)"
    elif verdict == "errored":
        summary = "node failed: n7 went down"
        end = {"kind": "node-failed", "exit_code": -1, "signal": 0}
    elif verdict == "skipped":
        summary = "needs 8 GPUs, and this machine has none"
    held = environment(case, run, runs)
    queue = case.queue * rng.lognormvariate(0, 0.5)
    seconds = case.seconds * rng.gauss(1, 0.02) if verdict != "skipped" else 0
    started = begun + timedelta(seconds=queue)
    directory = os.path.join(options.work, f"nightly-{run:04}", case.name, "1")
    measured = verdict in ("passed", "failed")
    return {
        "version": 1, "run_id": f"nightly-{run:04}", "key": f"recipe/{case.name}",
        "name": case.name, "verdict": verdict, "summary": summary,
        "recipe": {"file": f"recipes/{case.model}.yaml", "line": 40, "digest": "0" * 64},
        "parameters": {"model": case.model, "precision": case.precision, "gpus": case.gpus},
        "labels": {"model": case.model, "scope": case.scope, "precision": case.precision,
                   **({"note": HOSTILE} if case.number == 0 else {"origin": "bionemo"})},
        "maintainers": ["someone"], "launcher": held["launcher"], "launcher_type": "slurm",
        "image": held["image"],
        "git": {"commit": f"{(run + 1) * 2654435761 % 2**40:010x}" * 4,
                "branch": "dev" if run % 5 else "feature/x", "dirty": False},
        "pipeline_id": str(9000 + run), "user": "ci", "host": "runner",
        "assay_version": held["assay"],
        "created": iso(begun), "submitted": iso(begun), "started": iso(started),
        "ended": iso(started + timedelta(seconds=seconds)),
        "queue_seconds": queue, "run_seconds": seconds,
        "attempts": [] if verdict == "skipped" else [{
            "number": 1, "repeat": 1, "job_id": str(100000 + 1000 * run + case.number),
            "token": f"t{run}", "nodes": [f"n{1 + run % 8}"], "directory": directory,
            "gpus": [{"uuid": "GPU-0", "model": held["gpu"], "driver": held["driver"]}],
            "end": end}],
        "metrics": metrics_of(case, rng, run, runs, loss, options.metrics) if measured else [],
        "findings": findings_of(case, loss, maximum, summary, verdict) if measured else [],
        "directory": os.path.dirname(directory), "logs": [f"{directory}/stdout.log"],
    }


def write_curves(directory, loss):
    """The log of a training, as DLLogger writes it, and the golden values it was held against."""
    os.makedirs(os.path.join(directory, "logs"), exist_ok=True)
    rng = random.Random(2)
    values = {step: loss + 8 * math.exp(-step / 400) for step in range(10, 2001, 10)}
    with open(os.path.join(directory, "logs", "dllogger.json"), "w", encoding="utf-8") as file:
        for step, value in values.items():
            entry = {"type": "LOG", "step": [step], "data": {
                "val_loss": value * rng.gauss(1, 0.012), "grad_norm": 0.3 + 3 / step}}
            file.write(f"DLLL {json.dumps(entry)}\n")
    golden = {"val_loss": {"start_step": 10, "end_step": 2000, "step_interval": 50,
                           "values": {str(step): value for step, value in values.items()
                                      if step % 50 == 10}}}
    with open(os.path.join(directory, "golden.json"), "w", encoding="utf-8") as file:
        json.dump(golden, file)


def records(options):
    """Every record, oldest first, with its case."""
    rng = random.Random(1)
    cases = [Case(number) for number in range(options.cases)]
    for run in range(options.runs):
        begun = START + timedelta(hours=options.hours * run)
        for case in cases:
            made = record(case, rng, run, begun, options)
            if case.number != 6 or run < options.runs - 1:
                yield run, case, made


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory")
    parser.add_argument("--cases", type=int, default=24)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--metrics", type=int, default=4)
    parser.add_argument("--hours", type=float, default=24, help="between two runs")
    parser.add_argument("--lines", action="store_true", help="DIRECTORY is a file of JSON lines")
    options = parser.parse_args()
    options.work = os.path.abspath(options.directory)
    if options.lines:
        with open(options.directory, "w", encoding="utf-8") as file:
            for _, _, made in records(options):
                file.write(json.dumps(made) + "\n")
        return
    for run, case, made in records(options):
        directory = made["attempts"][-1]["directory"] if made["attempts"] else made["directory"]
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, "record.json"), "w", encoding="utf-8") as file:
            json.dump(made, file)
        if case.number == 7 and run == options.runs - 1:
            write_curves(directory, case.loss)


if __name__ == "__main__":
    main()
