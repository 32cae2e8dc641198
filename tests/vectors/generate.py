"""Writes torch.json: forward passes, gradients and updates as PyTorch computes them in float64.

The tests read the file, so PyTorch is needed only to write it again: ``python tests/vectors/generate.py``.
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).parent
F = torch.nn.functional
ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: F.leaky_relu(z, 0.01),
    "linear": lambda z: z,
    "softmax": lambda z: torch.softmax(z, dim=1),
}
LOSSES = {
    "half_mse": lambda z, a, y: 0.5 * ((a - y) ** 2).sum() / len(y),
    "half_sse": lambda z, a, y: 0.5 * ((a - y) ** 2).sum(),
    "mse": lambda z, a, y: F.mse_loss(a, y),
    "bce": lambda z, a, y: F.binary_cross_entropy_with_logits(z, y),
    "cce": lambda z, a, y: F.cross_entropy(z, y),
}
CASES = [  # sizes, hidden, output, loss, biases, l1, l2
    ((2, 4, 1), "sigmoid", "sigmoid", "bce", True, 0.0, 0.0),
    ((2, 4, 1), "relu", "sigmoid", "bce", True, 0.0, 0.0),
    ((2, 3, 1), "sigmoid", "sigmoid", "half_sse", False, 0.0, 0.0),
    ((3, 5, 4, 2), "tanh", "sigmoid", "bce", True, 0.0, 0.01),
    ((3, 5, 4, 2), "leaky_relu", "linear", "mse", True, 0.001, 0.0),
    ((2, 6, 3), "tanh", "softmax", "cce", True, 0.002, 0.003),
    ((4, 3, 3), "relu", "softmax", "half_mse", True, 0.0, 0.0),
    ((1, 8, 1), "tanh", "linear", "half_mse", True, 0.0, 0.0),
    ((2, 3, 3, 3, 3, 1), "sigmoid", "tanh", "half_sse", True, 0.0, 0.0),
    ((5, 1), "sigmoid", "sigmoid", "bce", True, 0.0, 0.0),
]
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
}
N = 6


def run(case, index):
    """One case: forward and backward at the start, and the parameters after 1 and 20 updates of each optimizer."""
    sizes, hidden, output, loss, biases, l1, l2 = case
    rng = np.random.default_rng(index)
    x = rng.normal(size=(N, sizes[0]))
    if loss == "cce":
        y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], N)]
    elif loss == "bce":
        y = rng.integers(0, 2, (N, sizes[-1])).astype(float)
        y[0] = 0.25  # a soft target too
    else:
        y = rng.normal(size=(N, sizes[-1]))
    W = [rng.normal(size=(j, k)) for k, j in pairwise(sizes)]
    b = [rng.normal(size=j) if biases else None for j in sizes[1:]]
    names = [hidden] * (len(sizes) - 2) + [output]

    def fresh():
        return [
            (torch.tensor(w, requires_grad=True), None if v is None else torch.tensor(v, requires_grad=True))
            for w, v in zip(W, b, strict=True)
        ]

    def cost(layers):
        a, zs, activations = torch.tensor(x), [], []
        for (w, v), name in zip(layers, names, strict=True):
            z = F.linear(a, w, v)
            z.retain_grad()
            a = ACTIVATIONS[name](z)
            zs.append(z)
            activations.append(a)
        value = LOSSES[loss](zs[-1], a, torch.tensor(y))
        value = value + sum(l1 * w.abs().sum() + l2 / 2 * (w**2).sum() for w, _ in layers)
        return value, zs, activations

    def numbers(layers):
        return [[w.tolist(), None if v is None else v.tolist()] for w, v in layers]

    layers = fresh()
    value, zs, activations = cost(layers)
    value.backward()
    record = {
        "sizes": sizes,
        "activations": names,
        "loss": loss,
        "l1": l1,
        "l2": l2,
        "x": x.tolist(),
        "y": y.tolist(),
        "layers": numbers(layers),
        "value": value.item(),
        "z": [z.tolist() for z in zs],
        "a": [a.tolist() for a in activations],
        "delta": [z.grad.tolist() for z in zs],
        "gradients": [[w.grad.tolist(), None if v is None else v.grad.tolist()] for w, v in layers],
        "updates": {},
    }
    for name, make in OPTIMIZERS.items():
        layers = fresh()
        optimizer = make([p for pair in layers for p in pair if p is not None])
        for t in range(1, 21):
            optimizer.zero_grad()
            cost(layers)[0].backward()
            optimizer.step()
            if t in (1, 20):
                record["updates"].setdefault(name, {})[str(t)] = numbers(layers)
    return record


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    cases = [run(case, index) for index, case in enumerate(CASES)]
    (HERE / "torch.json").write_text(json.dumps({"torch": torch.__version__, "learning_rate": 0.05, "cases": cases}))
