"""A neural network that shows its work: NumPy only, every number of every iteration at hand.

The letters of all files: n samples, j units of this layer, k units of the layer below. x is (n, k), W is (j, k), b is (j,),
z, a and delta are (n, j). All numbers are float64. Read in this order, the first lines are a two-minute lesson:
activations, losses, initializers, network, backprop, optimizers, training, history, gradcheck, datasets, experiment.
"""

from .activations import ACTIVATIONS, Activation
from .backprop import Backprop, backprop, forward
from .datasets import DATASETS, Dataset
from .experiment import Experiment, fitting
from .gradcheck import GradientCheck, check_gradient, numerical_gradient
from .history import History, Step
from .initializers import INITIALIZERS, Initializer
from .interventions import Intervention, SetBias, SetLearningRate, SetWeight
from .losses import LOSSES, Loss
from .network import Layer, build, flatten, unflatten
from .optimizers import OPTIMIZERS, Optimizer
from .predict import accuracy, predict, predict_many
from .presets import PRESETS, WORKED_EXAMPLE, Preset
from .tape import Field
from .training import train
