"""One round: ctest, its drivers, their jobs, and the faults in between."""
import json
import os
import signal
import subprocess
import time

RECIPE = """type: recipe
format_version: 1
key_segments: {{job: job}}
spec:
  model: faults
  variant: r{number}
  nodes: 1
  gpus: 0
  time_limit: 120
  seconds: 1
  code: 0
  script: |-
    echo "$SLURM_JOB_ID $SLURM_ARRAY_JOB_ID $SLURM_ARRAY_TASK_ID" >> {{logs_dir}}/runs
    sleep {{seconds}}
    echo "code {{code}}"
    exit {{code}}
products:
{products}
"""

SITE = """default_launcher: slurm
work_dir: {work}
history: {history}
launchers:
  slurm:
    type: slurm
    partition: gpu
    broker: {broker}
    orphans: {orphans}
    orphan_grace: 3
    poll_interval: 0.3
    longest_poll_interval: 3
    lease: 30
"""


class Round:
    def __init__(self, cluster, assay, number, mode, jobs, rng):
        self.cluster = cluster
        self.assay = assay
        self.number = number
        self.mode = mode
        self.rng = rng
        self.injected = []
        self.directory = os.path.join(cluster.directory, "round%d" % number)
        self.work = os.path.join(self.directory, "work")
        self.history = os.path.join(self.directory, "history.sqlite")
        self.codes = {}     # by product's name
        self.ctests = []    # processes
        self.late = 0
        self.write(jobs)

    def write(self, jobs):
        os.makedirs(self.directory)
        products = []
        for i in range(jobs):
            code = self.rng.choice([0, 0, 3, 7])
            products.append("  - {job: [j%d], code: [%d], seconds: [%.1f]}" %
                            (i, code, self.rng.uniform(0.2, 4)))
        self.recipe = os.path.join(self.directory, "faults.yaml")
        with open(self.recipe, "w") as file:
            file.write(RECIPE.format(number=self.number, products="\n".join(products)))
        self.site = os.path.join(self.directory, "site.yaml")
        with open(self.site, "w") as file:
            file.write(SITE.format(work=self.work, history=self.history,
                                   broker="false" if self.mode == "no-broker" else "true",
                                   orphans="keep" if self.mode == "keep" else "cancel"))
        listed = self.cluster.insist(self.assay, "list", "--format", "json", self.recipe)
        for product in json.loads(listed):
            self.codes[product["name"]] = product["spec"]["code"]
        self.names = sorted(self.codes)

    def start_ctest(self, names, late=False):
        """A test tree of its own for each ctest, as ctest keeps one log per tree."""
        tree = os.path.join(self.directory, "tree%d" % len(self.ctests))
        os.makedirs(tree)
        with open(os.path.join(tree, "CTestTestfile.cmake"), "w") as file:
            for name in names:
                file.write('add_test([=[%s]=] "%s" run "%s" --product "%s" --site "%s")\n' %
                           (name, self.assay, self.recipe, name, self.site))
                if late:  # CTest's own time-out: it kills the driver where it stands
                    file.write('set_tests_properties([=[%s]=] PROPERTIES TIMEOUT 2)\n' % name)
        with open(os.path.join(tree, "log"), "w") as log:
            process = subprocess.Popen(["ctest", "--test-dir", tree, "-j", str(len(names)), "-V"],
                                       env=self.cluster.environment, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=subprocess.STDOUT,
                                       start_new_session=True, preexec_fn=default_signals)
        self.ctests.append(process)

    def start_late_ctest(self):
        """Products of this round whose ctest gives them two seconds."""
        if self.late >= 2:
            return False
        self.late += 1
        self.start_ctest(self.rng.sample(self.names, min(3, len(self.names))), late=True)
        return True

    def end_ctest(self, number):
        running = [process for process in self.ctests if process.poll() is None]
        if not running:
            return False
        os.kill(self.rng.choice(running).pid, number)
        return True

    def run(self, faults, count):
        self.start_ctest(self.names)
        for _ in range(count):
            time.sleep(self.rng.uniform(0.1, 2.5))
            kind = faults.inject(self)
            if kind:
                self.injected.append(kind)
            # A stream: what was killed is started again, as a person or a CI would.
            if all(process.poll() is not None for process in self.ctests):
                self.start_ctest(self.rng.sample(self.names, max(1, len(self.names) // 2)))

    def settle(self):
        """Until every driver has ended, and nothing of this round can happen any more. Returns the
        drivers that do not end."""
        until = time.monotonic() + 400
        while time.monotonic() < until and (self.cluster.drivers() or any(
                process.poll() is None for process in self.ctests)):
            time.sleep(0.3)
        if self.mode == "keep":
            # What was left is taken by the next run of the same products.
            self.start_ctest(self.names)
            while time.monotonic() < until and (self.cluster.drivers() or
                                                self.ctests[-1].poll() is None):
                time.sleep(0.3)
        stuck = self.cluster.drivers()
        for process in self.ctests:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
        return stuck


def default_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
