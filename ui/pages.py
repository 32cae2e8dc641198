"""The pages with a stage: where they are, what they open on, and what their stage shows."""

from collections.abc import Callable
from dataclasses import dataclass

from engine import PRESETS, WORKED_EXAMPLE, Experiment
from ui import flow, lanes
from ui.scenes import SCENES
from ui.session import View


@dataclass(frozen=True)
class Page:
    """A page with a stage; `others` are the lanes beside the first."""

    default: Experiment
    others: tuple[Experiment, ...] = ()
    panels: str = "all"
    draws: bool = False
    label: Callable[[View, int], str] = lambda view, lane: "this run"


_sigmoid, _relu = SCENES["typical"].lanes

STAGED = {
    "": Page(PRESETS["xor_sigmoid"].experiment, draws=True),
    "worked_example": Page(WORKED_EXAMPLE, panels="network"),
    "sigmoid_vs_relu": Page(_sigmoid, (_relu,), "compare", label=lanes.label),
    "gradient_flow": Page(flow.DEFAULT, flow.OTHERS, "compare", label=flow.label),
}
