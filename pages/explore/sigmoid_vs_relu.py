"""Sigmoid against ReLU: two networks from the same start, in lockstep, on one scale."""

from ui import lanes, session
from ui.scenes import SCENES
from ui.screen import screen

PAGE = "sigmoid_vs_relu"
SIGMOID, RELU = SCENES["typical"].lanes

lanes.row(PAGE, session.view(PAGE, SIGMOID, (RELU,)))


def below(view, places, label):
    pass


screen(PAGE, SIGMOID, below, others=(RELU,), label=lanes.label)
