#!/usr/bin/python3
"""Measures baselines: runs a program once per seed, prints mean ± 5 standard deviations as YAML.

    ./baselines.py digits.py train --precision fp32 --batch-size 32
    ./baselines.py --setup 'train --epochs 4' digits.py infer --precision fp16

Every run gets its own --seed and --dllogger-file, and with --setup also a --checkpoint, which the
set-up run writes first. Ranges are rounded outwards to four significant digits. Times (latency,
throughput) are left out: they belong to the machine, not to the program.
"""

import argparse
import json
import math
import os
import shlex
import statistics
import subprocess
import sys
import tempfile

DEVIATIONS = 5
PROGRAMS = os.path.dirname(os.path.abspath(__file__))


def summary_of(dllogger_file):
    """The values of the whole run: those of the last line whose step is []."""
    with open(dllogger_file, encoding="utf-8") as file:
        lines = [json.loads(line.removeprefix("DLLL ")) for line in file]
    return [line["data"] for line in lines if line.get("step") == []][-1]


def run(program, arguments):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, os.path.join(PROGRAMS, program), *arguments],
                   check=True, env=environment, stdout=subprocess.DEVNULL)


def measure(program, arguments, setup, seed):
    with tempfile.TemporaryDirectory() as directory:
        log, checkpoint = (os.path.join(directory, name) for name in ("dllogger.json", "checkpoint.npz"))
        if setup is not None:
            run(program, [*setup, "--seed", str(seed), "--checkpoint", checkpoint])
            arguments = [*arguments, "--checkpoint", checkpoint]
        run(program, [*arguments, "--seed", str(seed), "--dllogger-file", log])
        return summary_of(log)


def rounded(value, towards):
    """Four significant digits, rounded by math.floor or math.ceil."""
    if value == 0:
        return 0.0
    scale = 10.0 ** (3 - math.floor(math.log10(abs(value))))
    return towards(value * scale) / scale


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="how many (101, 102, ...)")
    parser.add_argument("--setup", type=shlex.split, help="arguments of the run before")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()

    seeds = range(101, 101 + options.seeds)
    runs = [measure(options.program, options.arguments, options.setup, seed) for seed in seeds]
    print(f"# {shlex.join([options.program, *options.arguments])}")
    for metric in runs[0]:
        if metric.startswith(("latency_", "throughput_")):
            continue
        values = [run_values[metric] for run_values in runs]
        mean, deviation = statistics.mean(values), statistics.stdev(values)
        low, high = mean - DEVIATIONS * deviation, mean + DEVIATIONS * deviation
        print(f"{metric}:  # n={len(values)} mean={mean:.6g} sd={deviation:.3g}")
        if deviation == 0:
            print(f"  operator: eq\n  value: {mean:.10g}")
        else:
            print(f"  operator: range\n  min: {rounded(low, math.floor):.10g}"
                  f"\n  max: {rounded(high, math.ceil):.10g}")


if __name__ == "__main__":
    main()
