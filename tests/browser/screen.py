"""How a browser test reads and drives the stage: by roles, names and the stage's own attributes."""

import re
import time
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from engine import Experiment

CURSOR = ("at", "phase", "sample", "select", "lane", "view")


class Screen:
    """One page with a stage on it."""

    def __init__(self, page, url):
        self.page = page
        self.url = url
        self.stage = page.get_by_test_id("stage")

    def open(self, path="/", whole=True):
        """Open a page and wait for its first picture, and, with `whole`, until Streamlit has taken the stage over."""
        self.page.goto(self.url + path, wait_until="load" if whole else "commit")
        self.stage.wait_for(timeout=20_000)
        self.page.wait_for_function("() => " + FIND + "?.dataset.iteration !== undefined", timeout=20_000)
        if whole:
            self.page.wait_for_selector(".first", state="detached", timeout=30_000)
        return self

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def iteration(self):
        return int(self.stage.get_attribute("data-iteration"))

    @property
    def phase(self):
        return self.stage.get_attribute("data-phase")

    @property
    def playing(self):
        return self.stage.get_attribute("data-playing") == "true"

    def reach(self, iteration, timeout=10_000):
        self.page.wait_for_function(f"() => {FIND}?.dataset.iteration === '{iteration}'", timeout=timeout)

    def pass_by(self, iteration, timeout=15_000):
        self.page.wait_for_function(f"() => Number({FIND}?.dataset.iteration) >= {iteration}", timeout=timeout)

    def keys(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def numbers(self):
        """Every number on the stage, {(quantity, index): value}; drawn rounded, and the same where it stands twice."""
        found = {}
        for quantity, index, value, text in self.page.evaluate(
            f"() => [...({FIND}?.querySelectorAll('[data-quantity]') ?? [])].map(e => "
            "[e.dataset.quantity, e.dataset.index, e.dataset.value, e.textContent])"
        ):
            assert value is not None, quantity
            key = (quantity, tuple(int(i) for i in index.split(",")))
            assert found.setdefault(key, float(value)) == float(value) or value == "NaN"
            assert fits(text, Decimal(value)), (text, value)
        return found

    def check(self, experiment, at, sample=0, timeout=10):
        """Hold what is shown against the engine's own step, bit for bit; a slice may still be on its way."""
        end = time.monotonic() + timeout
        while True:
            try:
                return check_numbers(self.numbers(), experiment, at, sample)
            except AssertionError:
                if time.monotonic() > end:
                    raise
                self.page.wait_for_timeout(100)

    def address(self):
        """(experiment, cursor) as the address says."""
        pairs = parse_qsl(urlsplit(self.page.url).query)
        rest = "&".join(f"{k}={v}" for k, v in pairs if k not in CURSOR)
        experiment, messages = Experiment.from_query(rest)
        assert messages == []
        return experiment, dict(pair for pair in pairs if pair[0] in CURSOR)


PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


def fits(text, value):
    """Whether a printed number is this value rounded: −0.25, 2.1×10⁻⁵, 10⁶, or bounds it: <10⁻⁹, >10⁹⁹, ≈0."""
    if text == "≈0":
        return 0 < abs(value) < Decimal("0.001")
    bound, digits = (text[0], text[1:]) if text[0] in "<>" else ("", text)
    sign, mantissa, power = re.fullmatch("(−?)(?:([0-9.]+)(?:×(?=10))?)??(?:10([⁻⁰-⁹¹²³]+))?", digits).groups()
    shown = Decimal(sign.translate(PLAIN) + (mantissa or "1")).scaleb(int((power or "0").translate(PLAIN)))
    if bound:
        return value < shown if bound == "<" else value > shown
    return abs(shown - value) <= Decimal((0, (6,), shown.as_tuple().exponent - 1))


FIND = """((root) => {
  const seek = (node) => {
    for (const e of node.querySelectorAll('*')) {
      if (e.dataset?.testid === 'stage') return e;
      if (e.shadowRoot) { const inner = seek(e.shadowRoot); if (inner) return inner; }
    }
    return null;
  };
  return seek(root);
})(document)"""


def check_numbers(shown, experiment, at, sample=0):
    """Hold what a stage shows against the engine's own step, bit for bit."""
    step = experiment.run(at + 1)[at]
    known = {"x": lambda i: step.x[sample, i], "y": lambda i: step.y[sample, i]}
    for name, values in (("z", step.z), ("a", step.a), ("delta", step.delta)):
        known[name] = lambda layer, j, values=values: values[layer][sample, j]
    known["w"] = lambda layer, j, k: step.before[layer].W[j, k]
    known["b"] = lambda layer, j: step.before[layer].b[j]
    known["dw"] = lambda layer, j, k: step.dW[layer][j, k]
    known["db"] = lambda layer, j: step.db[layer][j]
    known["w_new"] = lambda layer, j, k: step.after[layer].W[j, k]
    known["b_new"] = lambda layer, j: step.after[layer].b[j]
    assert shown
    for (quantity, index), value in shown.items():
        assert value == known[quantity](*index), (quantity, index)
