#!/usr/bin/python3
"""Handwritten digits: a small neural network, trained and used for inference with NumPy.

The data are scikit-learn's 1797 images of 8 x 8 pixels. The network is 64-64-10 with ReLU, trained
by minibatch gradient descent with momentum and a cosine schedule. `fp64` and `fp32` compute in
that type. `fp16` is mixed precision as a tensor core does it: the operands of every matrix product
are rounded to float16, sums and weights stay float32, and the loss is scaled before its gradient.
"""

import argparse

import numpy as np
from sklearn.datasets import load_digits

from run_log import RunLog, add_log_options

HIDDEN = 64
PEAK_LEARNING_RATE = 0.05
FINAL_LEARNING_RATE = 0.0005
MOMENTUM = 0.9
LOSS_SCALE = 1024.0


class Precision:
    """A floating-point type for storage, and the matrix product that goes with it."""

    def __init__(self, name):
        self.dtype = np.float64 if name == "fp64" else np.float32
        self.is_mixed = name == "fp16"
        self.loss_scale = LOSS_SCALE if self.is_mixed else 1.0

    def matmul(self, a, b):
        if self.is_mixed:
            a, b = (x.astype(np.float16).astype(np.float32) for x in (a, b))
        return a @ b


def load_split(dtype):
    """The same 1437 images to train on and 360 to validate on, whatever the seed."""
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = (images[order] / 16.0).astype(dtype), labels[order]
    return (images[:1437], labels[:1437]), (images[1437:], labels[1437:])


def new_network(rng, dtype):
    def layer(inputs, outputs):
        return (rng.standard_normal((inputs, outputs)) * np.sqrt(2.0 / inputs)).astype(dtype)

    return {"w1": layer(64, HIDDEN), "b1": np.zeros(HIDDEN, dtype),
            "w2": layer(HIDDEN, 10), "b2": np.zeros(10, dtype)}


def forward(network, images, precision):
    hidden = np.maximum(precision.matmul(images, network["w1"]) + network["b1"], 0)
    return hidden, precision.matmul(hidden, network["w2"]) + network["b2"]


def softmax_loss(logits, labels):
    """The mean cross-entropy, and the probabilities."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    probabilities = np.exp(shifted)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    picked = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(picked, 1e-12)).mean()), probabilities


def train_step(network, velocity, images, labels, learning_rate, precision):
    hidden, logits = forward(network, images, precision)
    loss, slope = softmax_loss(logits, labels)
    slope[np.arange(len(labels)), labels] -= 1
    slope *= precision.loss_scale / len(labels)
    hidden_slope = precision.matmul(slope, network["w2"].T) * (hidden > 0)
    gradient = {"w2": precision.matmul(hidden.T, slope), "b2": slope.sum(axis=0),
                "w1": precision.matmul(images.T, hidden_slope), "b1": hidden_slope.sum(axis=0)}
    for name, weights in network.items():
        velocity[name] *= MOMENTUM
        velocity[name] -= learning_rate / precision.loss_scale * gradient[name]
        weights += velocity[name]
    return loss


def validate(network, images, labels, precision):
    _, logits = forward(network, images, precision)
    loss, _ = softmax_loss(logits, labels)
    return {"val_loss": loss, "val_accuracy": float((logits.argmax(axis=1) == labels).mean())}


def train(options):
    precision = Precision(options.precision)
    (images, labels), validation = load_split(precision.dtype)
    rng = np.random.default_rng(options.seed)
    network = new_network(rng, precision.dtype)
    velocity = {name: np.zeros_like(weights) for name, weights in network.items()}
    log = RunLog(options, "train", warmup=5)

    batches_per_epoch = len(images) // options.batch_size  # the rest of an epoch is dropped
    step, last_step = 0, options.epochs * batches_per_epoch - 1
    for epoch in range(options.epochs):
        order = rng.permutation(len(images))
        losses = []
        for batch in range(batches_per_epoch):
            picked = order[batch * options.batch_size:(batch + 1) * options.batch_size]
            cosine = 0.5 * (1 + np.cos(np.pi * step / last_step))
            rate = FINAL_LEARNING_RATE + (PEAK_LEARNING_RATE - FINAL_LEARNING_RATE) * cosine
            losses.append(log.timed(len(picked), train_step, network, velocity, images[picked],
                                    labels[picked], rate, precision))
            log.log(epoch, {"train_loss": losses[-1]})
            log.curves({"learning_rate": rate})
            step += 1
        result = validate(network, *validation, precision)
        log.log(epoch, result)
    if options.checkpoint:
        np.savez(options.checkpoint, **network)
    log.finish({"train_loss": float(np.mean(losses)), **result,
                "consumed_samples": step * options.batch_size})


def infer(options):
    precision, exact = Precision(options.precision), Precision("fp64")
    with np.load(options.checkpoint) as saved:
        network = {name: saved[name].astype(precision.dtype) for name in saved.files}
    _, (images, labels) = load_split(precision.dtype)
    log = RunLog(options, "infer", warmup=5)
    for _ in range(options.epochs):
        answers = []
        for start in range(0, len(images), options.batch_size):
            batch = images[start:start + options.batch_size]
            answers.append(log.timed(len(batch), forward, network, batch, precision)[1])
    answers = np.concatenate(answers)
    exact_network = {name: weights.astype(np.float64) for name, weights in network.items()}
    _, exact_answers = forward(exact_network, images.astype(np.float64), exact)
    result = {"val_accuracy": float((answers.argmax(axis=1) == labels).mean()),
              "max_logit_error": float(np.abs(answers - exact_answers).max())}
    log.log(0, result)
    log.finish({**result, "consumed_samples": options.epochs * len(images)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["train", "infer"])
    parser.add_argument("--precision", choices=["fp64", "fp32", "fp16"], default="fp32")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=12, help="passes over the data")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint", help="train writes it, infer reads it (.npz)")
    add_log_options(parser)
    options = parser.parse_args()
    train(options) if options.mode == "train" else infer(options)


if __name__ == "__main__":
    main()
