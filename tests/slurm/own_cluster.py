"""A cluster for one test class alone, as that must be made to fail or is configured otherwise."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from case import CLUSTER, Case


class OwnCluster(Case):
    OPTIONS = ["--nodes", "2", "--gpus", "0"]
    EXTRA = ""
    BROKER = True

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="assay-slurm-", dir="/tmp"))
        cls.top.chmod(0o755)  # munge's socket is everybody's
        cls.cluster = cls.top / "c"
        (cls.top / "extra.conf").write_text("MinJobAge=10\n" + cls.EXTRA)
        subprocess.run([CLUSTER, "up", "--dir", cls.cluster, "--extra", cls.top / "extra.conf",
                        *cls.OPTIONS], check=True, stdout=subprocess.DEVNULL)
        os.environ["SLURM_CONF"] = str(cls.cluster / "etc/slurm.conf")

    @classmethod
    def tearDownClass(cls):
        subprocess.run([CLUSTER, "down", "--dir", cls.cluster], check=True)
        shutil.rmtree(cls.top)

    def start(self, script, site="", **more):
        return super().start(script, site=f"broker: {str(self.BROKER).lower()}\n{site}", **more)

    def asker(self, run):
        """The process that asks Slurm: the only one that a pause keeps from hearing of the job."""
        if not self.BROKER:
            self.assertEqual(self.brokers(), [])
            return run.process.pid
        self.assertEqual(len(self.brokers()), 1)
        return self.brokers()[0]
