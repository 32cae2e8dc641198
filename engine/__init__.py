"""A neural network that shows its work: NumPy only, every number of every iteration at hand.

The letters of all files: n samples, j units of this layer, k units of the layer below, l counts the layers. x is
(n, k), W is (j, k), b is (j,), z, a and delta are (n, j). All numbers are float64.

Read in this order, the first lines of the files are a two-minute lesson: activations, losses, initializers, network,
backprop, optimizers, training, interventions, history, gradcheck, predict, features, datasets, tables, experiment,
presets, diagnose, ensemble, sweep. What runs behind them: tape, recorder and replay (the fast loop), lanes (many runs
at once), events (what happens in a run), query (links), shelf (what is remembered, and how long), checks and ranges
(what is accepted).
"""

from .activations import ACTIVATIONS, Activation
from .backprop import Backprop, backprop, forward
from .datasets import DATASETS, Dataset
from .diagnose import Diagnosis, diagnose
from .ensemble import Criterion, Ensemble, ensemble
from .experiment import Experiment, fitting
from .features import FEATURES, Feature
from .gradcheck import EntryCheck, GradientCheck, check_entry, check_gradient, numerical_gradient
from .history import History, Step
from .initializers import INITIALIZERS, Initializer
from .interventions import Intervention, SetBias, SetLearningRate, SetWeight
from .losses import LOSSES, Loss
from .network import Layer, build, flatten, unflatten
from .optimizers import OPTIMIZERS, Optimizer
from .predict import (
    Evaluation,
    accuracy,
    answered,
    confusion,
    evaluate_many,
    forward_many,
    hits,
    middle,
    outputs_many,
    predict,
    predict_many,
)
from .presets import PRESETS, WORKED_EXAMPLE, Preset
from .sweep import SweepResult, compare, sweep, wilson
from .tables import TABLES, Points, Tables
from .tape import Field
from .training import train

__all__ = [
    "ACTIVATIONS", "DATASETS", "FEATURES", "INITIALIZERS", "LOSSES", "OPTIMIZERS", "PRESETS", "TABLES",
    "WORKED_EXAMPLE", "Activation", "Backprop", "Criterion", "Dataset", "Diagnosis", "Ensemble", "EntryCheck",
    "Evaluation", "Experiment", "Feature", "Field", "GradientCheck", "History", "Initializer", "Intervention",
    "Layer", "Loss", "Optimizer", "Points", "Preset", "SetBias", "SetLearningRate", "SetWeight", "Step",
    "SweepResult", "Tables", "accuracy", "answered", "backprop", "build", "check_entry", "check_gradient",
    "compare", "confusion", "diagnose", "ensemble", "evaluate_many", "fitting", "flatten", "forward",
    "forward_many", "hits", "middle", "numerical_gradient", "outputs_many", "predict", "predict_many", "sweep", "train",
    "unflatten", "wilson",
]
