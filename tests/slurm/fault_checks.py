"""What must hold after each round."""
import glob
import json
import os
import sqlite3
import time

UNENDED = ("PENDING", "RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED")


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


class Checks:
    def __init__(self, cluster):
        self.cluster = cluster
        self.problems = []
        self.drivers = self.records = self.true_results = self.without_result = 0
        self.adopted = self.jobs = self.submissions = 0
        self.names = {}

    def fail(self, one, text):
        self.problems.append("round %d (%s; %s): %s" %
                             (one.number, one.mode, ", ".join(one.injected), text))
        print(self.problems[-1], flush=True)

    def check(self, one):
        self.check_nothing_runs(one)
        self.names = {job[0]: job[3] for job in self.cluster.jobs()}
        attempts = sorted(glob.glob(os.path.join(one.work, "*", "*", "[0-9]*")))
        self.drivers += len(glob.glob(os.path.join(one.work, "*", "*")))
        for attempt in attempts:
            self.check_ran_once(one, attempt)
        records = [(path, json.loads(read(path))) for path in
                   glob.glob(os.path.join(one.work, "*", "*", "*", "record.json"))]
        for path, record in records:
            self.records += 1
            for attempt in record["attempts"]:
                self.check_attempt(one, record, attempt)
        self.check_history(one, [record for _, record in records])
        if one.mode == "keep":
            self.count_adopted([record for _, record in records])

    def check_nothing_runs(self, one):
        """Soon after the last driver there is no job that nobody waits for."""
        until = time.monotonic() + 150
        left = []
        while time.monotonic() < until:
            left = [job for job in self.cluster.jobs() if job[2] in UNENDED]
            if not left:
                return
            time.sleep(1)
        self.fail(one, "jobs run on unwatched: %s" % left)
        for job in left:
            self.cluster.command("scancel", job[0])

    def check_ran_once(self, one, attempt):
        runs = read(os.path.join(attempt, "logs", "runs"))
        ids = set(line.split()[0] for line in (runs or "").splitlines() if line.strip())
        if len(ids) > 1:
            self.fail(one, "two jobs ran in %s: %s" % (attempt, ids))

    def check_attempt(self, one, record, attempt):
        """The job's own words decide; a result that there is must be in the record."""
        end = attempt["end"]
        written = read(os.path.join(attempt["directory"], "exit_code"))
        code = one.codes.get(record["name"])
        if end["kind"] == "exited":
            self.true_results += 1
            if written is None or int(written) != end["exit_code"]:
                self.fail(one, "%s: recorded exit code %s, the job wrote %s" %
                          (attempt["directory"], end["exit_code"], written))
            elif end["exit_code"] != code:
                self.fail(one, "%s: exit code %s, the script's is %s" %
                          (attempt["directory"], end["exit_code"], code))
            self.check_id(one, attempt)
            return
        self.without_result += 1
        if written is not None and written.strip() == str(code) and end["kind"] in (
                "lost", "launch-failed", "node-failed"):
            self.fail(one, "%s: the job ended with %s, and is recorded as %s (%s)" %
                      (attempt["directory"], written.strip(), end["kind"], end.get("reason")))

    def check_id(self, one, attempt):
        runs = read(os.path.join(attempt["directory"], "logs", "runs")) or ""
        if not attempt.get("job_id"):
            self.fail(one, "%s: a result without the job's id" % attempt["directory"])
            return
        names = self.names
        # Its raw id; Slurm may have forgotten what an array's task was called.
        ran = set(line.split()[0] for line in runs.splitlines() if line.strip())
        name = names.get(attempt["job_id"])
        if name is not None and "_" not in attempt["job_id"]:
            if attempt["job_id"] not in ran or not name.endswith("." + attempt["token"]):
                self.fail(one, "%s: job %s is %s and %s ran" %
                          (attempt["directory"], attempt["job_id"], name, ran))

    def check_history(self, one, records):
        if not records:
            return
        kept = []
        if os.path.exists(one.history):
            with sqlite3.connect("file:%s?mode=ro" % one.history, uri=True) as database:
                kept = [json.loads(row[0]) for row in database.execute("SELECT json FROM body")]
        # Records that wait to be merged into it.
        for path in glob.glob(one.history + ".pending/*.json"):
            kept.append(json.loads(read(path)))
        identities = sorted(set((r["run_id"], r["key"], r["created"]) for r in kept))
        expected = sorted((r["run_id"], r["key"], r["created"]) for r in records)
        for identity in expected:
            if identities.count(identity) != 1:
                self.fail(one, "%s is %d times in the history" %
                          (identity, identities.count(identity)))
        for identity in identities:
            if identity not in expected:
                self.fail(one, "%s is in the history and has no record.json" % (identity,))

    def count_adopted(self, records):
        """Results that a run took from a job of an earlier one."""
        for record in records:
            directory = record["attempts"][0]["directory"] if record["attempts"] else ""
            if directory and "/%s/" % record["run_id"] not in directory:
                self.adopted += 1

    def check_whole(self):
        """Over all rounds: the submissions that really happened, by what they are called."""
        named = {}
        log = read(os.path.join(self.cluster.fault_dir, "sbatch.log")) or ""
        for line in log.splitlines():
            words = line.split(" ")
            if words[0] == "0":
                self.submissions += 1
                named.setdefault(words[1], set()).add(words[2].split(";")[0])
        for job in self.cluster.jobs():
            self.jobs += 1
            named.setdefault(job[3], set()).add(job[1])
        for name, ids in sorted(named.items()):
            if len(ids) > 1:
                self.problems.append("%s was submitted %d times: %s" % (name, len(ids), sorted(ids)))
