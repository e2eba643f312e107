#!/usr/bin/python3
"""Breast cancer: gradient-boosted trees, trained and used for inference with scikit-learn.

The data are scikit-learn's 569 tumours with 30 measurements each. One step adds one tree, fitted
to a random half of the training data that the seed picks.
"""

import argparse
import pickle

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import log_loss

from run_log import RunLog, add_log_options


def load_split():
    """The same 426 tumours to train on and 143 to validate on, whatever the seed."""
    tumours, labels = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(tumours))
    tumours, labels = tumours[order], labels[order]
    return (tumours[:426], labels[:426]), (tumours[426:], labels[426:])


def score(probabilities, labels):
    return {"val_loss": log_loss(labels, probabilities),
            "val_accuracy": float(((probabilities > 0.5) == labels).mean())}


def train(options):
    (tumours, labels), (val_tumours, val_labels) = load_split()
    model = GradientBoostingClassifier(max_depth=options.max_depth, subsample=0.5,
                                       random_state=options.seed, warm_start=True)
    log = RunLog(options, "train")
    for step in range(1, options.steps + 1):
        model.set_params(n_estimators=step)
        log.timed(len(tumours), model.fit, tumours, labels)
        probabilities = model.predict_proba(val_tumours)[:, 1]
        result = {"train_loss": float(model.train_score_[-1]), **score(probabilities, val_labels)}
        log.log(0, result)
    if options.checkpoint:
        with open(options.checkpoint, "wb") as file:
            pickle.dump(model, file)
    log.finish({**result, "consumed_samples": options.steps * len(tumours)})


def infer(options):
    with open(options.checkpoint, "rb") as file:
        model = pickle.load(file)
    _, (tumours, labels) = load_split()
    log = RunLog(options, "infer", warmup=5)
    for _ in range(options.steps):
        answers = [log.timed(len(batch), model.predict_proba, batch)
                   for batch in (tumours[start:start + options.batch_size]
                                 for start in range(0, len(tumours), options.batch_size))]
    result = score(np.concatenate(answers)[:, 1], labels)
    log.log(0, result)
    log.finish({**result, "consumed_samples": options.steps * len(tumours)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["train", "infer"])
    parser.add_argument("--max-depth", type=int, default=3, help="of each tree")
    parser.add_argument("--steps", type=int, default=60,
                        help="train: trees to add; infer: passes over the data")
    parser.add_argument("--batch-size", type=int, default=1, help="of inference")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint", help="train writes it, infer reads it (.pickle)")
    add_log_options(parser)
    options = parser.parse_args()
    train(options) if options.mode == "train" else infer(options)


if __name__ == "__main__":
    main()
