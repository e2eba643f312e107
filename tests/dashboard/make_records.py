"""Writes record.json files of made-up runs: what the dashboard's tests and screenshots show.

    python3 make_records.py DIR [--cases N] [--runs N]
"""

import argparse
import json
import os
import random
from datetime import datetime, timedelta, timezone

MODELS = ["esm2nv", "geneformer", "megamolbart", "molmim", "openfold"]
HOSTILE = '<script>alert("pwned")</script> "quoted\' é 模型 &amp;'


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def record(rng, number, run, begun, runs):
    model = HOSTILE if number == 0 else MODELS[number % len(MODELS)]
    variant = "pretrain" if number % 3 else "infer"
    precision = ["32", "bf16-mixed"][number // 2 % 2]
    scope = "perf-train" if variant == "pretrain" else "perf-infer"
    name = f"{MODELS[number % len(MODELS)]}_{variant}_bionemo_{scope}_{precision}_nodes-1_gpus-8_{number}"
    loss = 2.5 + 0.1 * number % 1 + rng.gauss(0, 0.006) - 0.02 * (run > runs // 2)
    verdict, summary, end = "passed", "", {"kind": "exited", "exit_code": 0, "signal": 0}
    if number == 1 and run >= runs - 1:
        loss += 0.2
    maximum = 2.5 + 0.1 * number % 1 + 0.05
    if loss > maximum:
        verdict = "failed"
        summary = f"val_loss {loss:.4g} above max {maximum:.4g} ({100 * (loss / maximum - 1):+.1f} %)"
    if number == 2 and run == runs - 2 or rng.random() < 0.01:
        verdict, summary = "errored", "node failed: n7 went down"
        end = {"kind": "node-failed", "exit_code": -1, "signal": 0}
    if number == 4:
        verdict, summary = "skipped", "needs 8 GPUs, and this machine has none"
    started = begun + timedelta(seconds=20 + number)
    seconds = 600 + 50 * number + rng.gauss(0, 12)
    measured = verdict in ("passed", "failed")
    return {
        "version": 1, "run_id": f"nightly-{run:04}", "key": f"recipe/{name}", "name": name,
        "verdict": verdict, "summary": summary,
        "recipe": {"file": f"recipes/{model}.yaml", "line": 40, "digest": "0" * 64},
        "parameters": {"model": model, "variant": variant, "precision": precision, "gpus": 8},
        "labels": {"model": model, "scope": scope, "origin": "bionemo", "note": HOSTILE},
        "maintainers": ["someone"], "launcher": "dgxa100", "launcher_type": "slurm",
        "git": {"commit": f"{run * 2654435761 % 2**40:010x}" * 4,
                "branch": "dev" if run % 5 else "feature/x", "dirty": False},
        "pipeline_id": str(9000 + run), "user": "ci", "host": "runner", "assay_version": "0.1.0",
        "created": iso(begun), "submitted": iso(begun), "started": iso(started),
        "ended": iso(started + timedelta(seconds=seconds)),
        "queue_seconds": 20 + number, "run_seconds": seconds if verdict != "skipped" else 0,
        "attempts": [] if verdict == "skipped" else [{
            "number": 1, "repeat": 1, "job_id": str(100000 + run), "token": f"t{run}",
            "nodes": [f"n{1 + run % 8}"],
            "gpus": [{"uuid": "GPU-0", "model": "NVIDIA A100-SXM4-80GB",
                      "driver": "535.104" if run < 2 * runs // 3 else "550.54"}],
            "end": end}],
        "metrics": [
            {"name": "val_loss", "value": loss, "unit": "", "goal": "minimize"},
            {"name": "throughput_mean_train", "value": 812 + rng.gauss(0, 9), "unit": "samples/s",
             "goal": "maximize"},
            {"name": "consumed_samples", "value": 3840000, "unit": "samples"},
            {"name": "grad_norm", "value": "nan" if run == 3 else 0.3 + rng.gauss(0, 0.02)},
        ] if measured else [],
        "findings": [
            {"check": "exit_code", "status": "passed", "expected": "0", "actual": "0"},
            {"check": "val_loss.range", "metric": "val_loss",
             "status": "failed" if verdict == "failed" else "passed",
             "expected": f"[2.4, {maximum:.4g}]", "actual": f"{loss:.5g}", "reason": summary,
             "actual_value": loss, "minimum": 2.4 if number < 10 else maximum - 0.15, "maximum": maximum},
        ] if measured else [],
        "directory": f"/work/{run}/{name}", "logs": [f"/work/{run}/{name}/1/stdout.log"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory")
    parser.add_argument("--cases", type=int, default=24)
    parser.add_argument("--runs", type=int, default=40)
    options = parser.parse_args()
    rng = random.Random(1)
    start = datetime(2026, 8, 1, 2, 0, tzinfo=timezone.utc)
    for run in range(options.runs):
        for number in range(options.cases):
            directory = os.path.join(options.directory, str(run), str(number))
            os.makedirs(directory, exist_ok=True)
            with open(os.path.join(directory, "record.json"), "w", encoding="utf-8") as file:
                json.dump(record(rng, number, run, start + timedelta(days=run), options.runs), file)


if __name__ == "__main__":
    main()
