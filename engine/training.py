"""Training is a loop: take a batch, run backpropagation, let the optimizer change the weights, and again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType

import numpy as np

from .checks import frozen, number, pick, whole
from .history import History
from .interventions import Intervention, check_interventions, in_order
from .network import Layer, check_data, check_network, flatten, unflatten
from .optimizers import OPTIMIZERS
from .recorder import Task


def train(layers: Sequence[Layer], x: object, y: object, loss: str = "half_mse", optimizer: str = "sgd",
          learning_rate: float = 0.1, iterations: int = 100, batch_size: int | None = None, seed: int = 0,
          l1: float = 0.0, l2: float = 0.0, *, interventions: Iterable[Intervention] = (),
          **options: float) -> History:
    """Train a copy of the network and give the record of the run.

    x (n, k), y (n, outputs). An iteration is one update. `batch_size` None takes all samples at once; otherwise every
    epoch draws a new order from `seed`, and its last batch may be short. `options` are the optimizer's, such as
    ``momentum=0.8``. ``len(h) == iterations``, or fewer when the run diverged; then ``h.diverged`` says why.
    ``ValueError`` for input that cannot be trained on.
    """
    count = whole(iterations, "iterations")
    return prepare(layers, x, y, loss=loss, optimizer=optimizer, learning_rate=learning_rate, batch_size=batch_size,
                   seed=seed, l1=l1, l2=l2, interventions=interventions, **options).extend(count)


def prepare(layers: Sequence[Layer], x: object, y: object, *, loss: str = "half_mse", optimizer: str = "sgd",
            learning_rate: float = 0.1, batch_size: int | None = None, seed: int = 0, l1: float = 0.0, l2: float = 0.0,
            interventions: Iterable[Intervention] = (), **options: float) -> History:
    """A history of 0 iterations, ready to be extended. The arguments are those of ``train``."""
    network = check_network(layers)
    inputs, targets, record = check_data(network, x, y, loss)
    rule = pick(OPTIMIZERS, optimizer, "optimizer")
    changes = in_order(interventions)
    check_interventions(changes, network)
    return History(Task(
        layers=unflatten(flatten(network), network), x=frozen(np.array(inputs, order="C")),
        y=frozen(np.array(targets, order="C")), loss=record, optimizer=rule,
        options=MappingProxyType(rule.settings(options)),
        learning_rate=number(learning_rate, "learning_rate", above=0.0),
        batch_size=None if batch_size is None else whole(batch_size, "batch_size", least=1),
        seed=whole(seed, "seed"), l1=number(l1, "l1", least=0.0), l2=number(l2, "l2", least=0.0),
        interventions=changes))
