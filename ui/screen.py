"""The upper part of a page: the stage over one run, and below it whatever the page says about the place it rests at."""

import html
from collections.abc import Callable
from typing import Any

import streamlit as st

from engine import PRESETS, Experiment, Step
from ui import export, session
from ui.at_rest import at_rest, placed
from ui.numbers import retold
from ui.owndata.elsewhere import SCRIPT as OWN_DATA
from ui.pages import Page, page_of
from ui.runs import Run
from ui.scenes import SCENES, Story, lanes_of, story_of
from ui.session import View
from ui.stage.component import stage
from ui.state.past import difference

Below = Callable[[View, Step, Run], None]


def screen(
    page: str,
    default: Experiment,
    below: Callable[..., Any],
    *,
    beside: Below | None = None,
    others: tuple[Experiment, ...] = (),
    label: Callable[[View, int], str] = lambda view, lane: "this run",
) -> None:
    """Mount the stage of this page; `below(view, step, history)` follows it each time it comes to rest.

    With `beside`, the stage is the network alone and shares its row with what that draws. With `others` the page
    compares: it opens on `default` and these as lanes side by side, named by `label(view, lane)`, and `below` is called
    as `below(view, [(step, history), ...], label)`, a pair for each lane.
    """

    here = page_of(page)
    edits = here.edits

    @st.fragment
    def follow() -> None:
        view = session.view(page, default, others)
        for message in view.messages:
            st.caption(f":material/info: {session.plain(retold(message))}")
        if view.lacking:  # nothing is shown in the place of what was asked for, and the address stays as it is
            st.page_link(OWN_DATA, label="Your data", icon=":material/upload_file:")
            return
        left, right = st.columns([8, 5], gap="medium") if beside else (st.container(), None)
        with left:
            place = stage(
                [(label(view, lane), experiment) for lane, experiment in enumerate(view.lanes)],
                key=page,
                address=view.address,
                cursor=session.cursor(view),
                watch=watch(view, here),
                base=view.base,
                message=view.notice,
                hand=session.by_hand(page),
                panels="compare" if others else "network" if beside else "all",
                edits=edits,
                on_intervene=lambda: session.intervene(page, edits),
                on_address=lambda: session.adopt_address(page, default, others),
                on_points=None if beside or others else lambda: session.draw(page),
            )
        if any(st.session_state[page].get(name) for name in ("address", "points", "intervene")):
            st.rerun(scope="app")  # the controls above follow
        if not session.settled(page, place):
            return
        rested = session.rested(page, place)
        with at_rest(rested) as runs:
            ended = next((run.diverged for run in runs if not len(run)), None)
            if ended:
                st.caption(f":material/info: {session.plain(retold(ended))}")
                followed(rested)
                return
            places = placed(rested, runs)
            if beside:
                with right, st.container(key="beside"):
                    beside(rested, *places[0])
            names = [label(rested, lane) for lane in range(len(rested.lanes))]
            export.row(page, rested, names, watch(rested, here))
            with st.container(key="below"):
                if others:
                    below(rested, places, label)
                else:
                    below(rested, *places[0])
            followed(rested)

    follow()


def followed(view: View) -> None:
    """Say, out of sight, which place the page is now about, as the stage's script writes its own (stage.js)."""
    place = (view.at, view.phase, view.sample, view.select or "", view.lane, view.address)
    st.html(f'<span data-place="{html.escape(" ".join(map(str, place)))}"></span>')


def watch(view: View, page: Page) -> Story | None:
    """What is asked and answered, where the run is one of the presets or scenes, or what was changed in it."""
    if not view.base:
        return page.story(view) if page.story else None
    if not view.changed:
        return story_of(view.base)
    record = PRESETS.get(view.base) or SCENES[view.base]
    return Story(f"“{record.label}”, changed: {difference(lanes_of(view.base), view.lanes)}.")
