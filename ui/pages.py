"""The pages with a stage: where they are, what they open on, and what their stage shows."""

from collections.abc import Callable
from dataclasses import dataclass

from engine import PRESETS, WORKED_EXAMPLE, Experiment
from ui import flow, lanes
from ui.scenes import SCENES, Story
from ui.session import View
from ui.state.edits import SHARED, Edits


@dataclass(frozen=True)
class Page:
    """A page with a stage; `others` are the lanes beside the first."""

    default: Experiment
    others: tuple[Experiment, ...] = ()
    panels: str = "all"
    draws: bool = False
    label: Callable[[View, int], str] = lambda view, lane: "this run"
    edits: Edits = SHARED
    story: Callable[[View], Story | None] | None = None  # of its own, where the run is no preset or scene


_sigmoid, _relu = SCENES["typical"].lanes

STAGED = {
    "": Page(PRESETS["xor_sigmoid"].experiment, draws=True, edits=Edits(each=True)),
    "worked_example": Page(WORKED_EXAMPLE, panels="network", edits=Edits(network=False, sample=True)),
    "sigmoid_vs_relu": Page(_sigmoid, (_relu,), "compare", label=lanes.label),
    "gradient_flow": Page(
        flow.DEFAULT,
        flow.OTHERS,
        "compare",
        label=flow.label,
        story=flow.story,
        edits=Edits(layers=(1, flow.MOST_LAYERS), units=(flow.LEAST_UNITS, flow.MOST_UNITS), alike=True),
    ),
}


def page_of(name: str) -> Page:
    """The page with this name."""
    return STAGED["" if name == "playground" else name]
