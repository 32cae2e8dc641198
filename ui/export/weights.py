"""The weights at one iteration as JSON: what another program needs to go on from there."""

import json

from engine import Experiment
from ui.runs import RUNS


def as_json(experiment: Experiment, at: int) -> str:
    """Sizes, names of the inputs, and of each layer its activation, W (j, k) and b (j,) or null, before update `at`.

    With the loss at that iteration and the batch it is of: the rows of the training set, or null for all of it. A run
    that ended sooner gives its last iteration. ``ValueError`` where not even the first could be recorded.
    """
    run = RUNS.get(experiment, at + 1)
    if not len(run):
        raise ValueError(f"weights: expected a run of one iteration at least; got none: {run.diverged}")
    step = run[min(at, len(run) - 1)]
    return json.dumps(
        {
            "format": "backpropagation weights",
            "version": 1,
            "query": experiment.to_query(),
            "iteration": step.index,
            "loss": step.loss,
            "batch": step.rows.tolist() if run.task.batches > 1 else None,
            "sizes": list(experiment.sizes),
            "inputs": [feature.name for feature in experiment.inputs],
            "layers": [
                {
                    "activation": layer.activation,
                    "W": layer.W.tolist(),
                    "b": None if layer.b is None else layer.b.tolist(),
                }
                for layer in step.before
            ],
        },
        indent=1,
        allow_nan=False,
    )
