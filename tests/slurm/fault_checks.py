"""What must hold after each round."""
import glob
import json
import os
import re
import sqlite3
import time

UNENDED = ("PENDING", "RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED")
# Which faults leave a case without its job's result, by how it is said to have ended.
STOPPING = {"driver_kill", "driver_term", "ctest_int", "ctest_kill", "ctest_timeout"}
CONTROLLER = {"slurmctld_kill", "slurmctld_restart", "slurmctld_stop"}
EXCUSES = {
    "cancelled": STOPPING,
    "node-failed": {"slurmd_kill"} | CONTROLLER,
    "lost": {"slurmd_kill", "sbatch_dies"} | CONTROLLER,
    "launch-failed": {"slurmd_kill"} | CONTROLLER,
}


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


class Checks:
    def __init__(self, cluster, assay):
        self.cluster = cluster
        self.assay = assay
        self.problems = []
        self.drivers = self.records = self.true_results = self.without_result = 0
        self.adopted = self.jobs = self.submissions = self.accounted = 0
        self.ends = {}    # how many by kind and reason, of those without a result
        self.names = {}   # of the jobs that Slurm knows, by id
        self.given = {}   # the names that each id was given to

    def fail(self, one, text):
        self.problems.append("round %d (%s; %s): %s" %
                             (one.number, one.mode, ", ".join(one.injected), text))
        print(self.problems[-1], flush=True)

    def check(self, one):
        self.check_nothing_runs(one)
        self.names = {job[0]: job[3] for job in self.cluster.jobs()}
        for name, job in self.cluster.submissions():
            self.given.setdefault(job, set()).add(name)
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
        if self.cluster.dbd:
            self.check_accounting(one, [record for _, record in records])
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
        self.note_end(end)
        self.check_excuse(one, attempt)
        if written is not None and written.strip() == str(code) and end["kind"] in (
                "lost", "launch-failed", "node-failed", "timed-out"):
            self.fail(one, "%s: the job ended with %s, and is recorded as %s (%s)" %
                      (attempt["directory"], written.strip(), end["kind"], end.get("reason")))

    def note_end(self, end):
        text = "%s: %s" % (end["kind"], re.sub(r"\d+(_\d+)?", "N", end.get("reason") or ""))
        self.ends[text] = self.ends.get(text, 0) + 1

    def check_excuse(self, one, attempt):
        """Without a result only where a fault of this round explains it."""
        kind = attempt["end"]["kind"]
        if not EXCUSES.get(kind, set()) & set(one.injected):
            self.fail(one, "%s: %s (%s), and no fault explains it" %
                      (attempt["directory"], kind, attempt["end"].get("reason")))

    def check_accounting(self, one, records):
        """What accounting says of the jobs that have a result. It may lag, and misses what a killed
        controller forgot, so only an ended row of the job's own name counts."""
        said = self.cluster.accounted()
        for record in records:
            for attempt in record["attempts"]:
                end = attempt["end"]
                rows = [row for name, rows in said.items() for row in rows
                        if name.endswith("." + attempt["token"]) or
                        (row[0] == attempt.get("job_id") and "_" in row[0] and
                         len(self.given.get(row[0].split("_")[0], ())) == 1)]
                if end["kind"] != "exited" or not rows:
                    continue
                codes = [code for _, state, code in rows if state in ("COMPLETED", "FAILED")]
                if codes and "%d:0" % end["exit_code"] not in codes:
                    self.fail(one, "%s: exit code %d, accounting says %s" %
                              (attempt["directory"], end["exit_code"], rows))
                elif codes:
                    self.accounted += 1

    def check_id(self, one, attempt):
        """The record names the job that ran; a killed controller may have given its id anew since."""
        job = attempt.get("job_id")
        if not job:
            self.fail(one, "%s: a result without the job's id" % attempt["directory"])
            return
        ran = set()
        for line in (read(os.path.join(attempt["directory"], "logs", "runs")) or "").splitlines():
            words = line.split()
            ran.add(words[0] if len(words) == 1 else "%s_%s" % (words[1], words[2]))
        if job not in ran:
            self.fail(one, "%s: recorded as job %s, and %s ran" % (attempt["directory"], job, ran))
        name = self.names.get(job)
        was_given_anew = len(self.given.get(job.split("_")[0], ())) > 1
        if name is not None and "_" not in job and not was_given_anew and (
                not name.endswith("." + attempt["token"])):
            self.fail(one, "%s: job %s is called %s" % (attempt["directory"], job, name))

    def check_history(self, one, records):
        if not records:
            return
        kept = []
        if os.path.exists(one.history):
            if self.cluster.command(self.assay, "history", "check", "--history",
                                    one.history) is None:
                self.fail(one, "the history is damaged: " + one.history)
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
        for name, job in self.cluster.submissions():
            self.submissions += 1
            named.setdefault(name, set()).add(job)
        for job in self.cluster.jobs():
            self.jobs += 1
            named.setdefault(job[3], set()).add(job[1])
        for name, ids in sorted(named.items()):
            if len(ids) > 1:
                self.problems.append("%s was submitted %d times: %s" % (name, len(ids), sorted(ids)))
