"""A small CMake project with recipes, a dashboard, and the ctest scripts run on them."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

TOOL = os.environ["ASSAY_TOOL"]
SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
DATA = SOURCE / "tests/data/cdash"
TOKEN = "a-token.That~no-one_may+see/7="

CMAKE_LISTS = """cmake_minimum_required(VERSION 3.25)
project(Models LANGUAGES NONE)
enable_testing()
add_executable(Assay::assay IMPORTED GLOBAL)
set_target_properties(Assay::assay PROPERTIES IMPORTED_LOCATION "%s")
include("%s/cmake/Assay.cmake")
assay_add_recipes(RECIPES recipes)
"""

GOOD = """type: basic
format_version: 1
loggers: [extra]
spec:
  name: 'toy_{seed}'
  model: toy
  nodes: 1
  gpus: 0
  time_limit: 60
  script: |-
    echo "val_loss: 0.{seed}" > {logs_dir}/extra.yaml
products: [{seed: [1, 2]}]
tests_spec:
  - logic_type: static
    logic_spec: {exit_codes: [0], baselines: {val_loss: {operator: range, min: 0.05, max: 0.3}}}
"""

# One more case, of another model, whose script is the caller's.
OTHER = """type: basic
format_version: 1
spec:
  name: other
  model: other
  nodes: 1
  gpus: 0
  time_limit: 60
  script: |-
    %s
"""

# A job's script that kills its own driver (and needs no procps).
KILL_DRIVER = ("for p in /proc/[0-9]*; do if grep -qzx -- --case $p/cmdline && "
               "grep -qzx -- other $p/cmdline; then kill -9 $(basename $p); fi; done 2>/dev/null")

# Stands for a driver that something ended in such a way that ctest takes it for a success.
GHOST = """#!/bin/sh
if [ "$1" = run ]; then exit 0; fi
exec %s "$@"
"""
GHOST_TESTS = """add_test(NAME ghost COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/ghost" run ghost.yaml --case ghost)
add_test(NAME no-recipe COMMAND sh -c "exit 0")
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Dashboard:
    """The tests' own CDash, on a port of its own."""

    def __init__(self, folder, faults=(), token=TOKEN, port=0, arguments=()):
        folder.mkdir(parents=True, exist_ok=True)
        self.state = folder
        fault_file = folder / "faults.json"
        fault_file.write_text(json.dumps(list(faults)))
        self.process = subprocess.Popen(
            ["/usr/bin/python3", SOURCE / "tests/cdash/server.py", "--state", folder, "--data", DATA,
             "--token", token, "--faults", fault_file, "--port", str(port), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        if not line:
            raise RuntimeError("the test's dashboard did not start")
        self.port = int(line)
        self.base = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.base}/submit.php?project=gpureg"

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=30)

    def requests(self):
        log = self.state / "log.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def parts(self, status=200):
        """The parts of all uploads that were answered so, in order."""
        return [one["part"] for one in self.requests() if one["status"] == status]

    def complaints(self):
        file = self.state / "complaints.txt"
        return file.read_text().splitlines() if file.exists() else []

    def xml(self, part, build=11):
        return (self.state / str(build) / f"{part}.xml").read_text()


class ProjectTest(unittest.TestCase):
    """Each test has a project in self.folder, whose build tree is self.build."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-cdash-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.source = self.folder / "source"
        self.build = self.folder / "build"
        (self.source / "recipes").mkdir(parents=True)
        (self.source / "CMakeLists.txt").write_text(CMAKE_LISTS % (TOOL, SOURCE))
        self.recipe("good", GOOD)

    def recipe(self, name, text):
        (self.source / f"recipes/{name}.yaml").write_text(text)

    def other(self, script):
        self.recipe("other", OTHER % script)

    def ghost(self):
        """Adds a case that passes without a record, and a test that is no case."""
        path = self.source / "ghost"
        path.write_text(GHOST % TOOL)
        path.chmod(0o755)
        with open(self.source / "CMakeLists.txt", "a", encoding="utf-8") as file:
            file.write(GHOST_TESTS)

    def moved_record(self):
        """Adds a case whose record is in the history alone, as that of a job taken over from another run."""
        path = self.source / "moved"
        path.write_text(f'#!/bin/sh\n{TOOL} "$@" || exit\n'
                        f'if [ "$1" = run ]; then rm {self.build}/assay/work/*/moved/*/record.json; fi\n')
        path.chmod(0o755)
        with open(self.source / "CMakeLists.txt", "a", encoding="utf-8") as file:
            file.write('add_test(NAME moved COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/moved" run '
                       '"${CMAKE_CURRENT_SOURCE_DIR}/other.yaml" --case moved --work-dir '
                       '"${CMAKE_BINARY_DIR}/assay/work" --history '
                       '"${CMAKE_BINARY_DIR}/assay/history.sqlite")\n')
        (self.source / "other.yaml").write_text(OTHER.replace("name: other", "name: moved") % "true")

    def dashboard(self, *faults, **options):
        name = f"dashboard-{len(list(self.folder.glob('dashboard-*')))}"
        dashboard = Dashboard(self.folder / name, faults, **options)
        self.addCleanup(dashboard.stop)
        return dashboard

    def environment(self, token=TOKEN, **more):
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, "HOME": str(self.folder), "no_proxy": "127.0.0.1",
                "ASSAY_STAMP_DIR": str(self.folder / "stamps"), "ASSAY_CDASH_TOKEN": token, **more}

    def command(self, script, **settings):
        settings = {"SOURCE_DIR": self.source, "BUILD_DIR": self.build, "SUBMIT_DELAY": 0, **settings}
        return ["ctest", "-S", str(SOURCE / f"ctest_scripts/{script}.cmake"), "-VV",
                *(f"-D{name}={value}" for name, value in settings.items() if value is not None)]

    def run_script(self, script, environment=None, prefix=(), **settings):
        """The script's end: sets self.output, self.exit_code (what it wrote); returns ctest's own."""
        done = subprocess.run([*prefix, *self.command(script, **settings)], cwd=self.folder,
                              env=environment or self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=300)
        self.output = done.stdout
        written = self.build / "assay/exit_code"
        self.exit_code = written.read_text().strip() if written.exists() else None
        return done.returncode

    def kept(self):
        folder = self.build / "assay/unsent"
        return sorted(one.name for one in folder.iterdir()) if folder.exists() else []

    def assert_no_token(self, *folders):
        self.assertNotIn(TOKEN, self.output)
        found = subprocess.run(["grep", "-rlF", TOKEN, self.build, *folders],
                               stdout=subprocess.PIPE, text=True)
        self.assertEqual(found.stdout, "")
