"""Writes metrics as JSON lines in DLLogger's file format: `DLLL {json}`.

The format is that of https://github.com/NVIDIA/dllogger, which Debian does not package:
a METADATA line says a metric's unit once, a LOG line carries values. A LOG line's step is
"PARAMETER" for hyper-parameters, [epoch, iteration] while training, and [] for the whole run.
"""

import json
import time
from datetime import datetime


class DLLogger:
    def __init__(self, path):
        self._file = open(path, "w", encoding="utf-8")
        self._start = time.time()

    def metadata(self, metric, unit, goal=None):
        self._write("METADATA", {"metric": metric, "metadata": {"unit": unit, "GOAL": goal}})

    def parameters(self, values):
        self._write("LOG", {"step": "PARAMETER", "data": values})

    def log(self, step, values):
        self._write("LOG", {"step": list(step), "data": values})

    def close(self):
        self._file.close()

    def _write(self, kind, fields):
        now = time.time()
        head = {
            "timestamp": f"{now:.6f}",
            "datetime": str(datetime.fromtimestamp(now)),
            "elapsedtime": f"{now - self._start:.6f}",
            "type": kind,
        }
        self._file.write("DLLL " + json.dumps({**head, **fields}) + "\n")
        self._file.flush()
