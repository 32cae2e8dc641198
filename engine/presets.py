"""Presets are experiments worth opening: two scenes, and the programs of five articles, mended so that they run."""

from __future__ import annotations

from dataclasses import dataclass

from .checks import registry
from .experiment import Experiment


@dataclass(frozen=True, eq=False)
class Preset:
    """An experiment with a name, one sentence about it, a question, and the answer once the run has come so far."""

    name: str
    label: str
    about: str
    experiment: Experiment
    question: str
    watch: str  # the answer
    reveal: int  # the iteration from which on it can be seen
    source: str


WORKED_EXAMPLE = Experiment(
    dataset="worked_example", sizes=(2, 3, 1), output="sigmoid", loss="half_sse", learning_rate=0.1, biases=False,
    init="values", parameters=(0.1, 0.4, 0.2, 0.5, 0.3, 0.6, 0.7, 0.8, 0.9))

PRESETS = registry(
    Preset("xor_sigmoid", "XOR with sigmoid", "Four hidden sigmoid units learn XOR.", Experiment(),
           "Will it solve XOR within 200 updates?",
           "It did: all four points are right from update 189 on. Slow at first, then fast.", 189, "our own"),
    Preset("xor_relu", "XOR with ReLU", "The same network from the same weights, with ReLU hidden units.",
           Experiment(hidden="relu"),
           "Sigmoid needs 189 updates from these weights: will ReLU need more or fewer?",
           "Fewer: all four points are right from update 21 on; with sigmoid from 189.", 21, "our own"),
    Preset("article_a", "XOR from tiny weights", "A 2-4-1 sigmoid network whose weights start a hundred times smaller.",
           Experiment(init="normal", init_scale=0.01, learning_rate=0.01, seed=0),
           "All weights are almost 0: how fast will the loss fall?",
           "The loss stays at ln 2 = 0.6931: all-zero weights are a saddle point, and the start is next to it.",
           2000, "article A"),
    Preset("article_b", "Learning from a teacher", "A 10-5-1 ReLU network learns to imitate another one.",
           Experiment.for_dataset("teacher", loss="mse", init="xavier", seed=0),
           "The teacher's answers are noisy: can the loss fall to 0?",
           "After 3,000 updates the loss is about 0.02. Below 0.01, the variance of the noise, it only learns noise.",
           3000, "article B"),
    Preset("article_c", "The worked example", "One sample, two layers without biases: small enough to redo by hand.",
           WORKED_EXAMPLE, "Wanted is 0.7: which way will the output move?",
           "The output moves from 0.8175 towards 0.7, more slowly the closer it comes.", 200, "article C"),
    Preset("article_d", "XOR with two hidden units", "A network of the smallest size that can do it, learning slowly.",
           Experiment(sizes=(2, 2, 1), loss="half_sse", init="normal_all", learning_rate=0.01, seed=0),
           "The learning rate is 0.01: will 10,000 updates be enough?",
           "At this rate 10,000 updates are rarely enough; at learning rate 1 about three starts in four succeed.",
           9999, "article D"),
    Preset("article_e", "Learning coin flips", "A 20-10-1 network in batches of 32, and targets that are pure chance.",
           Experiment.for_dataset("coin_flips", samples=1250, test_share=0.2, batch_size=32, seed=0),
           "The targets are pure chance: will the loss fall all the same?",
           "The training loss falls, yet about half of the test set stays wrong: falling loss alone proves nothing.",
           500, "article E"),
)
