"""Sigmoid against ReLU: two networks from the same start, in lockstep, on one scale."""

from dataclasses import replace

from engine import ACTIVATIONS, Experiment
from ui.screen import screen

DEFAULT = Experiment()
OTHER = replace(DEFAULT, hidden="relu")


def label(view, lane):
    return ACTIVATIONS[view.lanes[lane].activations[0]].label


def below(view, step, history):
    pass


screen("sigmoid_vs_relu", DEFAULT, below, others=(OTHER,), label=label)
