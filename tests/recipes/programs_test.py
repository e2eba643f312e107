"""Tests of recipes/smoke/programs; their directory is the one argument."""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = os.path.abspath(sys.argv.pop())
sys.path.insert(0, PROGRAMS)

import baselines  # noqa: E402
import event_file  # noqa: E402


def run(*arguments, check=True):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    program = os.path.join(PROGRAMS, arguments[0])
    return subprocess.run([sys.executable, "-B", program, *arguments[1:]], check=check,
                          env=environment, capture_output=True, text=True)


def records_of(path):
    """The records of a TFRecord file; raises where a length or a checksum is wrong."""
    with open(path, "rb") as file:
        data = file.read()
    records = []
    while data:
        length, length_crc = struct.unpack_from("<QI", data)
        record, (crc,) = data[12:12 + length], struct.unpack_from("<I", data, 12 + length)
        assert length_crc == event_file.masked_crc32c(data[:8])
        assert crc == event_file.masked_crc32c(record)
        records.append(record)
        data = data[16 + length:]
    return records


class EventFile(unittest.TestCase):
    def test_crc32c_gives_the_published_check_value(self):
        self.assertEqual(event_file.crc32c(b"123456789"), 0xE3069283)

    def test_frame_is_byte_for_byte_what_tensorboard_writes(self):
        body = bytes.fromhex("0900004040fc54d94110012a100a0e0a076c6d206c6f737315e22f2f41")
        self.assertEqual(event_file.frame(body).hex(),
                         "1d00000000000000602fdf23" + body.hex() + "6d34a9e2")

    def test_scalar_event_encodes_tag_value_and_step(self):
        event = event_file.scalar_event("lm loss", 10.94919, 1)
        self.assertEqual(event[9:].hex(), "10012a100a0e0a076c6d206c6f737315e22f2f41")

    def test_file_starts_with_its_version(self):
        with tempfile.TemporaryDirectory() as directory:
            events = event_file.EventFile(directory)
            events.scalar("loss", 1.5, 300)
            events.close()
            (name,) = os.listdir(directory)
            self.assertTrue(name.startswith("events.out.tfevents."))
            version, scalar = records_of(os.path.join(directory, name))
            self.assertTrue(version.endswith(b"brain.Event:2"))
            self.assertIn(b"\x10\xac\x02", scalar)  # step 300 takes two bytes


class Programs(unittest.TestCase):
    def setUp(self):
        self._directory = tempfile.TemporaryDirectory()
        self.addCleanup(self._directory.cleanup)

    def path(self, name):
        return os.path.join(self._directory.name, name)

    def values(self, *arguments):
        """What a run logs at the end, without its times."""
        run(*arguments, "--dllogger-file", self.path("dllogger.json"))
        return {name: value for name, value
                in baselines.summary_of(self.path("dllogger.json")).items()
                if not name.startswith(("latency_", "throughput_"))}

    def test_one_seed_gives_one_result_and_another_seed_another(self):
        for program in (["digits.py", "train", "--epochs", "2"],
                        ["breast_cancer.py", "train", "--steps", "5"],
                        ["diabetes.py", "train", "--steps", "20"]):
            with self.subTest(program=program[0]):
                first = self.values(*program, "--seed", "7")
                self.assertEqual(first, self.values(*program, "--seed", "7"))
                self.assertNotEqual(first, self.values(*program, "--seed", "8"))

    def test_precisions_agree_but_differ(self):
        losses = [self.values("digits.py", "train", "--epochs", "2",
                              "--precision", precision)["val_loss"]
                  for precision in ("fp64", "fp32", "fp16")]
        self.assertEqual(len(set(losses)), 3)
        self.assertLess(max(losses) - min(losses), 0.01)

    def test_inference_loads_what_training_saved(self):
        for program, suffix in (("digits.py", "npz"), ("breast_cancer.py", "pickle")):
            with self.subTest(program=program):
                checkpoint = self.path("checkpoint." + suffix)
                trained = self.values(program, "train", "--checkpoint", checkpoint)
                used = self.values(program, "infer", "--checkpoint", checkpoint)
                self.assertEqual(trained["val_accuracy"], used["val_accuracy"])

    def test_inference_without_a_checkpoint_fails(self):
        result = run("digits.py", "infer", "--checkpoint", self.path("none.npz"), check=False)
        self.assertNotEqual(result.returncode, 0)

    def test_both_logs_are_whole(self):
        log, events = self.path("dllogger.json"), self.path("tensorboard")
        run("digits.py", "train", "--epochs", "1", "--dllogger-file", log,
            "--tensorboard-dir", events)
        with open(log, encoding="utf-8") as file:
            lines = [json.loads(line.removeprefix("DLLL ")) for line in file]
        self.assertIn("METADATA", {line["type"] for line in lines})
        self.assertEqual(lines[-1]["step"], [])
        self.assertEqual(sum("train_loss" in line.get("data", {}) for line in lines), 44 + 1)
        (name,) = os.listdir(events)
        records = records_of(os.path.join(events, name))
        self.assertEqual(sum(b"learning_rate" in record for record in records), 44)

    def test_ridge_regression_reaches_the_closed_form(self):
        self.assertLess(self.values("diabetes.py", "train")["ridge_gap"], 1e-3)

    def test_a_missing_gpu_is_a_skip_that_says_why(self):
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
        result = subprocess.run(
            [sys.executable, "-B", os.path.join(PROGRAMS, "diabetes.py"), "train", "--gpus", "1"],
            env=environment, capture_output=True, text=True)
        self.assertEqual(result.returncode, 77)
        self.assertIn("skipped: a GPU was asked for, but", result.stderr)


class Baselines(unittest.TestCase):
    def test_bounds_are_rounded_outwards(self):
        import math
        self.assertEqual(baselines.rounded(0.0533629, math.floor), 0.05336)
        self.assertEqual(baselines.rounded(0.0533621, math.ceil), 0.05337)
        self.assertEqual(baselines.rounded(-1.23456, math.floor), -1.235)
        self.assertEqual(baselines.rounded(0, math.ceil), 0)


if __name__ == "__main__":
    unittest.main()
