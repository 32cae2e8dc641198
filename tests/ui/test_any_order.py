"""A class at the controls: any control of any page, in any order, with any value.

Whatever is pressed, no page shows a traceback, and what it shows is what its address says.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine import Experiment, SetLearningRate, SetWeight
from tests.strategies import LINKS, experiments
from tests.ui.test_pages import PAGES, opened
from ui.session import parse
from ui.stage.answers import answering
from ui.typed import written
from ui.workers import finish

NUMBERS = st.one_of(
    st.integers(-2, 40), st.sampled_from([0.0, 1e-300, 1e308, -1.0, 0.5, 1e6, 2.0**53, 1999, 2000, 2001])
)
TEXTS = st.one_of(
    st.sampled_from(["4", "0,5", "1,000", "1/2", "8, 8", "2-2-2", "", "32 32 32", "<b>4</b>", "=1+1", "1" * 40, "٤"]),
    st.just("\0"),
    st.text(max_size=12),
)
ADDRESSES = st.one_of(  # a browser sends no half characters
    LINKS.map(lambda link: link.encode("utf-8", "replace").decode()), experiments().map(Experiment.to_query)
)
ROWS = st.sampled_from(["0,0,0\n0,1,1\n1,0,1\n1,1,0", "a,b,y\n1,2,u\n2,1,v\n3,3,u", "1\n", "<i>;2\nx;", "\ud800", ""])


class Classroom(RuleBasedStateMachine):
    @initialize(link=st.one_of(st.just(""), ADDRESSES))
    def open(self, link):
        self.at = opened(link)

    def press(self, kind, n, change):
        """Do something with the n-th control of a kind, where the page has one."""
        controls = list(self.at.get(kind))
        if controls:
            control = controls[n % len(controls)]
            if not getattr(control, "disabled", False):
                change(control)
                self.at.run()

    @rule(n=st.integers(0, 30), pick=st.integers(0, 30))
    def choose(self, n, pick):
        self.press("selectbox", n, lambda menu: menu.select_index(pick % len(menu.options)))

    @rule(n=st.integers(0, 30), pick=st.integers(0, 30))
    def light(self, n, pick):
        self.press("button_group", n, lambda pills: pills.set_value(pills.options[pick % len(pills.options)]))

    @rule(n=st.integers(0, 30), value=NUMBERS)
    def count(self, n, value):
        self.press("text_input", n, lambda field: field.set_value(written(value)))

    @rule(n=st.integers(0, 30), text=TEXTS)
    def write(self, n, text):
        self.press("text_input", n, lambda field: field.set_value(text))

    @rule(n=st.integers(0, 5), text=ROWS)
    def paste(self, n, text):
        self.press("text_area", n, lambda field: field.set_value(text))

    @rule(n=st.integers(0, 5))
    def switch(self, n):
        self.press("toggle", n, lambda toggle: toggle.set_value(not toggle.value))

    @rule(n=st.integers(0, 10))
    def click(self, n):
        self.press("button", n, lambda button: button.click())

    @rule(n=st.integers(0, len(PAGES) - 1))
    def turn_to(self, n):
        path = PAGES[n]
        self.at.switch_page(f"../pages/{path.parent.name}/{path.name}").run()

    @rule(link=ADDRESSES, at=st.integers(-1, 300))
    def follow_a_link(self, link, at):
        self.at = opened(f"{link}&at={at}")

    @rule(at=st.integers(0, 60), value=st.sampled_from([0.3, -2.5, 1e9]), rate=st.booleans())
    def step_in(self, at, value, rate):
        """What the stage asks for when a rate or a weight is set in it, by way of the address."""
        view = self.view
        if view is None:
            return
        change = SetLearningRate(at, abs(value)) if rate else SetWeight(at, 0, 0, 0, value)
        if view.experiment.interventions == () or view.experiment.interventions[-1].at <= at:
            self.at = opened(view.experiment.intervene(change).to_query() + f"&at={at}")

    @property
    def view(self):
        try:
            return self.at.session_state[f"view:{self.at.session_state['page']}"]
        except KeyError:  # a page without a stage
            return None

    @invariant()
    def no_traceback(self):
        assert not self.at.exception, [e.value for e in self.at.exception]

    @invariant()
    def what_is_shown_is_what_the_address_says(self):
        view = self.view
        if view is None:
            return
        beside = view.others and (Experiment(hidden="relu"),)
        read = parse(f"{view.address}&at={view.at}", Experiment(), beside)
        assert (read.lanes, read.at, read.messages) == (view.lanes, view.at, ())
        for experiment in view.lanes:
            assert finish(answering(f"_from={view.at}&_count=3&{experiment.to_query()}", packed=True)).status == 200


Classroom.TestCase.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
test_any_order = Classroom.TestCase
