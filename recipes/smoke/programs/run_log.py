"""What the sample programs have in common: their options, their logs, their step times."""

import os
import sys
import time

from dllogger import DLLogger
from event_file import EventFile

# Both formats say the same; a unit is told once per metric.
UNITS = {
    "train_loss": ("", "MINIMIZE"),
    "val_loss": ("", "MINIMIZE"),
    "val_accuracy": ("", "MAXIMIZE"),
    "val_r2": ("", "MAXIMIZE"),
    "ridge_gap": ("", "MINIMIZE"),
    "max_logit_error": ("", "MINIMIZE"),
    "consumed_samples": ("samples", None),
    "throughput_mean_train": ("samples/s", "MAXIMIZE"),
    "throughput_mean_infer": ("samples/s", "MAXIMIZE"),
    **{f"latency_{statistic}_{mode}": ("ms", "MINIMIZE")
       for statistic in ("mean", "90", "95", "99") for mode in ("train", "infer")},
}


def add_log_options(parser):
    """Without either option a program logs nothing (what a script_setup wants)."""
    parser.add_argument("--dllogger-file", help="write DLLogger JSON lines here")
    parser.add_argument("--tensorboard-dir", help="write a TensorBoard event file here")


class RunLog:
    """Logs to whichever of the two formats was asked for, and times the steps."""

    def __init__(self, options, mode, warmup=1):
        self._mode = mode  # "train" or "infer": the suffix of the time metrics
        self._warmup = warmup  # steps whose time does not count
        self._seconds = []
        self._samples = 0
        self._step = 0
        self._dllogger = self._events = None
        if options.dllogger_file:
            os.makedirs(os.path.dirname(options.dllogger_file) or ".", exist_ok=True)
            self._dllogger = DLLogger(options.dllogger_file)
            for metric, (unit, goal) in UNITS.items():
                self._dllogger.metadata(metric, unit, goal)
            self._dllogger.parameters(
                {name: value for name, value in vars(options).items() if value is not None})
        if options.tensorboard_dir:
            self._events = EventFile(options.tensorboard_dir)

    def timed(self, samples, function, *arguments):
        """Calls the function as one step of `samples` samples and keeps how long it took."""
        start = time.perf_counter()
        result = function(*arguments)
        seconds = time.perf_counter() - start
        self._step += 1
        if self._step > self._warmup:
            self._seconds.append(seconds)
            self._samples += samples
        return result

    def log(self, epoch, values):
        """Logs values of the step that was timed last."""
        if self._dllogger:
            self._dllogger.log([epoch, self._step], values)
        self.curves(values)

    def curves(self, values):
        """Logs values to TensorBoard alone, as training frameworks do with a learning rate."""
        for name, value in values.items():
            if self._events:
                self._events.scalar(name, value, self._step)

    def finish(self, values):
        """Logs the values of the whole run, with the step times, and closes the files."""
        summary = {**values, **self._step_times()}
        if self._dllogger:
            self._dllogger.log([], summary)
            self._dllogger.close()
        if self._events:
            self._events.close()
        for name, value in summary.items():
            print(f"{name} : {value:.6g}")
        sys.stdout.flush()

    def _step_times(self):
        if not self._seconds:
            return {}
        ordered = sorted(self._seconds)
        times = {
            f"throughput_mean_{self._mode}": self._samples / sum(ordered),
            f"latency_mean_{self._mode}": 1000 * sum(ordered) / len(ordered),
        }
        for percent in (90, 95, 99):
            index = min(len(ordered) - 1, len(ordered) * percent // 100)
            times[f"latency_{percent}_{self._mode}"] = 1000 * ordered[index]
        return times
