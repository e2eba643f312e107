#!/usr/bin/python3
"""Costs of whole commands: listing products, loading cases into ctest, one case through the driver.

  whole_commands.py ASSAY [--runs N]

ASSAY is the built executable. Everything is made in a temporary directory. CPU seconds are user
plus system time of the command and its children as the kernel counts them; of several runs the
median is shown with minimum and maximum. Compare figures of one run of this script only: machines
differ and are shared.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def measure(command, runs, cwd, environment=None):
    """CPU seconds (user + system) and wall seconds of each run, and the largest peak memory."""
    cpu, wall, peak = [], [], 0
    for _ in range(runs + 1):
        begin = time.monotonic()
        with open(os.devnull, "w") as sink:
            process = subprocess.Popen(command, cwd=cwd, stdout=sink, stderr=sink,
                                       stdin=subprocess.DEVNULL, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
        wall.append(time.monotonic() - begin)
        cpu.append(usage.ru_utime + usage.ru_stime)
        peak = max(peak, usage.ru_maxrss)
        if status != 0:
            raise SystemExit(f"{' '.join(command)} ended with status {status}")
    return cpu[1:], wall[1:], peak  # the first run only warms the caches


def shown(values, scale=1.0):
    return f"{statistics.median(values) * scale:9.3f} ({min(values) * scale:.3f}..{max(values) * scale:.3f})"


def write_recipes(folder, files, products_per_file):
    """Recipe files of the usual size: a grid over seed, precision and batch size."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = ", ".join(str(i) for i in range(products_per_file // 4))
    for i in range(files):
        (folder / f"model{i:03}.yaml").write_text(f"""\
type: recipe
format_version: 1
maintainers: [somebody]
loggers: [dllogger]
labels: {{owner: team}}
key_segments: {{seed: seed}}
spec:
  model: model{i:03}
  variant: train
  nodes: 1
  gpus: 0
  time_limit: 600
  script: |-
    exit 0
products:
  - seed: [{seeds}]
    precision: [fp32, bf16]
    batch_size: [8, 16]
tests_spec:
  - logic_type: static
    logic_spec:
      exit_codes: [0]
""")


def write_project(folder, cmake_dir, assay):
    (folder / "CMakeLists.txt").write_text(f"""\
cmake_minimum_required(VERSION 3.25)
project(bench LANGUAGES NONE)
enable_testing()
add_executable(Assay::assay IMPORTED)
set_target_properties(Assay::assay PROPERTIES IMPORTED_LOCATION "{assay}")
include("{cmake_dir}/Assay.cmake")
assay_add_recipes(RECIPES recipes)
""")
    subprocess.run(["cmake", "-S", folder, "-B", folder / "build"], check=True,
                   stdout=subprocess.DEVNULL)


def bench_list(assay, runs, scratch):
    print("assay list --format json           CPU s, median (min..max)      peak MB")
    for files, per_file in ((1, 1000), (10, 1000), (100, 1000)):
        folder = scratch / f"list{files}"
        write_recipes(folder, files, per_file)
        cpu, _, peak = measure([assay, "list", str(folder), "--format", "json"], runs, scratch)
        print(f"{files * per_file:8} products   {shown(cpu)} {peak / 1024:10.0f}")


def bench_load(assay, cmake_dir, runs, scratch):
    print("\nctest -N                           CPU s, median (min..max)      peak MB")
    for files, per_file in ((10, 100), (100, 100)):
        folder = scratch / f"load{files}"
        write_recipes(folder / "recipes", files, per_file)
        write_project(folder, cmake_dir, assay)
        cpu, _, peak = measure(["ctest", "-N"], runs, folder / "build")
        print(f"{files * per_file:8} cases      {shown(cpu)} {peak / 1024:10.0f}")


def bench_driver(assay, cmake_dir, runs, scratch):
    cases = 100
    folder = scratch / "driver"
    write_recipes(folder / "recipes", 1, cases)
    write_project(folder, cmake_dir, assay)
    bare = scratch / "bare"
    bare.mkdir()
    (bare / "CTestTestfile.cmake").write_text(
        "".join(f"add_test(t{i} /bin/bash -c [=[exit 0]=])\n" for i in range(cases)))
    through, _, _ = measure(["ctest", "-j2"], runs, folder / "build")
    alone, _, _ = measure(["ctest", "-j2"], runs, bare)
    print(f"\n{cases} trivial cases (`exit 0`)       CPU ms per case, median (min..max)")
    print(f"through the driver   {shown(through, 1000 / cases)}")
    print(f"bare ctest           {shown(alone, 1000 / cases)}")
    above = statistics.median(through) - statistics.median(alone)
    print(f"above bare ctest     {above * 1000 / cases:9.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assay", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    assay = str(arguments.assay.resolve())
    cmake_dir = pathlib.Path(__file__).resolve().parents[2] / "cmake"
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        bench_list(assay, arguments.runs, scratch)
        bench_load(assay, cmake_dir, arguments.runs, scratch)
        bench_driver(assay, cmake_dir, arguments.runs, scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
