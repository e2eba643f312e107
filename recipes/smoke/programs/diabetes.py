#!/usr/bin/python3
"""Diabetes: ridge regression by gradient descent, with PyTorch where it is installed, else NumPy.

The data are scikit-learn's 442 patients with 10 measurements each. The answer is known in closed
form, so that `ridge_gap` says how far the training ended from it (relative to its length).

With `--gpus 1` PyTorch has to find a CUDA device. Where it does not, or where there is no PyTorch,
the program says so and ends with 77: this product cannot run here.
"""

import argparse
import sys

import numpy as np
from sklearn.datasets import load_diabetes

from run_log import RunLog, add_log_options

try:
    import torch
except ImportError:
    torch = None

EXIT_CANNOT_RUN_HERE = 77
LEARNING_RATE = 0.2
MOMENTUM = 0.9
PENALTY = 0.01


def load_split():
    """The same 342 patients to train on and 100 to validate on, whatever the seed; float32."""
    patients, progression = load_diabetes(return_X_y=True, scaled=False)
    order = np.random.default_rng(0).permutation(len(patients))
    patients, progression = patients[order], progression[order]
    patients = (patients - patients[:342].mean(axis=0)) / patients[:342].std(axis=0)
    progression = (progression - progression[:342].mean()) / progression[:342].std()
    return [part.astype(np.float32) for part in
            (patients[:342], progression[:342], patients[342:], progression[342:])]


def closed_form(patients, progression):
    patients, progression = patients.astype(np.float64), progression.astype(np.float64)
    gram = patients.T @ patients / len(patients) + PENALTY * np.eye(patients.shape[1])
    return np.linalg.solve(gram, patients.T @ progression / len(patients))


class NumpyRidge:
    def __init__(self, patients, progression, weights):
        self._patients, self._progression = patients, progression
        self._weights, self._velocity = weights, np.zeros_like(weights)

    def step(self):
        error = self._patients @ self._weights - self._progression
        loss = 0.5 * (error @ error / len(error) + PENALTY * self._weights @ self._weights)
        gradient = self._patients.T @ error / len(error) + PENALTY * self._weights
        self._velocity = MOMENTUM * self._velocity - LEARNING_RATE * gradient
        self._weights = self._weights + self._velocity
        return float(loss)

    def weights(self):
        return self._weights


class TorchRidge:
    def __init__(self, patients, progression, weights, device):
        self._patients = torch.from_numpy(patients).to(device)
        self._progression = torch.from_numpy(progression).to(device)
        self._weights = torch.from_numpy(weights).to(device).requires_grad_()
        self._optimizer = torch.optim.SGD([self._weights], lr=LEARNING_RATE, momentum=MOMENTUM)

    def step(self):
        self._optimizer.zero_grad()
        error = self._patients @ self._weights - self._progression
        loss = 0.5 * (error.square().mean() + PENALTY * self._weights.square().sum())
        loss.backward()
        self._optimizer.step()
        return loss.item()

    def weights(self):
        return self._weights.detach().cpu().numpy()


def make_model(gpus, patients, progression, weights):
    """The model and a name for what computes it; ends the program where it cannot run."""
    if gpus == 0:
        if torch is None:
            return NumpyRidge(patients, progression, weights), "NumPy (no PyTorch here)"
        return TorchRidge(patients, progression, weights, "cpu"), f"PyTorch {torch.__version__}"
    if torch is None or not torch.cuda.is_available():
        reason = "no PyTorch is installed" if torch is None else "PyTorch finds no CUDA device"
        print(f"skipped: a GPU was asked for, but {reason}", file=sys.stderr)
        sys.exit(EXIT_CANNOT_RUN_HERE)
    name = f"PyTorch {torch.__version__} on {torch.cuda.get_device_name()}"
    return TorchRidge(patients, progression, weights, "cuda"), name


def train(options):
    patients, progression, val_patients, val_progression = load_split()
    start = np.random.default_rng(options.seed).standard_normal(patients.shape[1])
    model, name = make_model(options.gpus, patients, progression, start.astype(np.float32))
    print(f"computed by {name}")
    log = RunLog(options, "train", warmup=5)
    for step in range(options.steps):
        loss = log.timed(len(patients), model.step)
        log.log(step, {"train_loss": loss})

    best = closed_form(patients, progression)
    error = val_patients @ model.weights() - val_progression
    result = {
        "train_loss": loss,
        "val_r2": float(1 - error @ error / np.sum((val_progression - val_progression.mean()) ** 2)),
        "ridge_gap": float(np.linalg.norm(model.weights() - best) / np.linalg.norm(best)),
    }
    log.log(options.steps, result)
    if options.checkpoint:
        np.save(options.checkpoint, model.weights())
    log.finish({**result, "consumed_samples": options.steps * len(patients)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["train"])
    parser.add_argument("--gpus", type=int, choices=[0, 1], default=0)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint", help="where to write the weights (.npy)")
    add_log_options(parser)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
