"""Each way in which something dies, once, at this moment."""
import os
import resource
import signal
import subprocess
import time

from fault_cluster import alive


class Faults:
    def __init__(self, cluster, rng, kinds):
        self.cluster = cluster
        self.rng = rng
        self.kinds = kinds
        self.counts = {}
        self.limited = []   # brokers that may not write

    def inject(self, running):
        """Does one fault to the round that runs. Returns its name; nothing when it had no victim."""
        kind = self.rng.choice(self.kinds)
        if not FAULTS[kind](self, running):
            return None
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return kind

    def mend(self):
        """What must be there again before the round can be judged."""
        self.allow_writing()
        self.cluster.continue_all()
        for daemon in ("slurmctld", "n1", "n2", "n3", "n4"):
            self.cluster.start(daemon)
        # Slurm puts nodes aside after some of this.
        for node in ("n1", "n2", "n3", "n4"):
            self.cluster.command("scontrol", "update", "nodename=" + node, "state=resume")

    def kill(self, pids, number):
        if not pids:
            return False
        try:
            os.kill(self.rng.choice(sorted(pids)), number)
        except ProcessLookupError:
            return False
        return True

    def driver_kill(self, running):
        return self.kill(self.cluster.drivers(), signal.SIGKILL)

    def driver_term(self, running):
        return self.kill(self.cluster.drivers(), signal.SIGTERM)

    def ctest_int(self, running):
        return running.end_ctest(signal.SIGINT)

    def ctest_kill(self, running):
        return running.end_ctest(signal.SIGKILL)

    def ctest_timeout(self, running):
        return running.start_late_ctest()

    def broker_kill(self, running):
        return self.kill(self.cluster.brokers(), signal.SIGKILL)

    def broker_stop(self, running):
        """A broker that hangs: drivers wait for it, and none starts a second one."""
        brokers = self.cluster.brokers()
        if not self.kill(brokers, signal.SIGSTOP):
            return False
        time.sleep(self.rng.uniform(1, 12))
        for pid in brokers:
            self.kill([pid], signal.SIGCONT)
        return True

    def sbatch_dies(self, running):
        open(os.path.join(self.cluster.fault_dir, "sbatch_dies"), "w").close()
        return True

    def controller(self, number, pause):
        pid = self.cluster.pid_of("slurmctld")
        if not pid or not alive(pid):
            return False
        os.kill(pid, number)
        time.sleep(pause)
        if number == signal.SIGSTOP:
            os.kill(pid, signal.SIGCONT)
        else:
            until = time.monotonic() + 10
            while alive(pid) and time.monotonic() < until:
                time.sleep(0.05)
            self.cluster.start("slurmctld")
        return True

    def slurmctld_kill(self, running):
        return self.controller(signal.SIGKILL, self.rng.uniform(0, 6))

    def slurmctld_restart(self, running):
        return self.controller(signal.SIGTERM, self.rng.uniform(0, 3))

    def slurmctld_stop(self, running):
        return self.controller(signal.SIGSTOP, self.rng.choice([2, 6, 12, 60 if self.rng.random() < .2 else 20]))

    def slurmd_kill(self, running):
        node = "n%d" % self.rng.randint(1, 4)
        if not self.kill([self.cluster.pid_of("slurmd." + node)], signal.SIGKILL):
            return False
        time.sleep(self.rng.uniform(0, 3))
        self.cluster.start(node)
        return True

    def disk_full(self, running):
        """A broker whose files cannot grow: what a full disk is to its journal and log."""
        brokers = self.cluster.brokers()
        if not brokers:
            return False
        pid = self.rng.choice(brokers)
        try:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        except (OSError, ValueError):
            return False
        self.limited.append(pid)
        time.sleep(self.rng.uniform(1, 6))
        self.allow_writing()
        return True

    def allow_writing(self):
        for pid in self.limited:
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE,
                                 (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            except (OSError, ValueError):
                pass
        self.limited = []


FAULTS = {name: getattr(Faults, name) for name in (
    "driver_kill", "driver_term", "ctest_int", "ctest_kill", "ctest_timeout", "broker_kill",
    "broker_stop", "sbatch_dies", "slurmctld_kill", "slurmctld_restart", "slurmctld_stop", "slurmd_kill",
    "disk_full")}
