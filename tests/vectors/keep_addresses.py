"""Keeps addresses for later versions: what each means today, and a loss of its run, in addresses.json.

    python -m tests.vectors.keep_addresses

Adds what is not kept yet. What is kept is never rewritten: those links stand in lesson plans by now.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path

from engine import DATASETS, PRESETS, Experiment, SetBias, SetLearningRate, SetWeight
from ui.scenes import SCENES
from ui.session import lanes_to_query, parse

KEPT = Path(__file__).with_name("addresses.json")
AT = 40  # the iteration whose loss is kept


def meaning(address: str) -> dict:
    """What an address says, as plain data: each lane's fields and loss, the cursor, the messages."""
    view = parse(address, Experiment(), (Experiment(hidden="relu"),) if "b." in address else ())
    runs = [e.run(AT + 1) for e in view.lanes]
    return {
        "lanes": [
            asdict(e) | {"interventions": [type(c).__name__ + str(asdict(c)) for c in e.interventions]}
            for e in view.lanes
        ],
        "losses": [float(run.losses[min(AT, len(run) - 1)]) for run in runs],
        "cursor": [view.at, view.phase, view.sample, view.select],
        "messages": list(view.messages),
    }


def addresses() -> list[str]:
    """Addresses of every kind that the pages write."""
    rich = replace(Experiment.for_dataset("moons", hidden_sizes=(8, 8), hidden=("relu", "tanh")), learning_rate=0.1)
    for change in (SetLearningRate(20, 0.5), SetWeight(30, 0, 1, 0, -2.5), SetBias(30, 1, 2, 1e-5)):
        rich = rich.intervene(change)
    points = Experiment.for_dataset("custom", points=((0.0, 0.5, 1.0), (1.0, -0.25, 0.0), (0.5, 0.5, 1.0)))
    batches = Experiment.for_dataset("three_classes", optimizer="adam", batch_size=16, test_share=0.25, data_seed=3)
    plain = Experiment(sizes=(2, 3, 1), optimizer="momentum", l1=0.001, l2=0.01, biases=False, init="normal_all")
    seen = Experiment(sizes=(3, 4, 1), features=("x1", "x2", "x1x2"))
    return [
        *(preset.experiment.to_query() for preset in PRESETS.values()),
        *(Experiment.for_dataset(name).to_query() for name in DATASETS),
        *(lanes_to_query(scene.lanes) + f"&at={scene.at}" for scene in SCENES.values()),
        rich.to_query() + "&at=35&phase=loss&sample=2&select=w.0.1.1",
        points.to_query() + "&at=3&select=u.1.2",
        batches.to_query() + "&at=12&phase=gradients",
        plain.to_query(),
        seen.to_query() + "&at=4&select=w.0.1.2",
        lanes_to_query((seen, Experiment())) + "&at=8",
        "v=1&hidden=relu&b.hidden=tanh&c.hidden=sigmoid&c.lr=0.5&do=lr_10_0.5&at=20",
        "",
    ]


if __name__ == "__main__":
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for address in addresses():
        kept.setdefault(address, meaning(address))
    KEPT.write_text(json.dumps(kept, indent=1, default=list) + "\n")
