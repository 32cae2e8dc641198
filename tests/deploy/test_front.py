"""Two server processes behind the shipped nginx: a session stays where it is; one is killed, and the class goes on."""

import contextlib
import re
import socket
import time

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus

from engine import Experiment
from tests.browser.screen import FIND, Screen
from tests.deploy.front import REPLICAS, fetch
from tests.deploy.visitor import Visitor


@pytest.fixture
def visitors(front):
    """As many visitors as wanted, who leave when the test is over."""
    with contextlib.ExitStack() as stack:

        def come():
            visitor = Visitor(front.url)
            stack.callback(visitor.leave)
            return visitor

        yield come


def other(name):
    (rest,) = set(REPLICAS) - {name}
    return rest


def test_visitors_are_spread_and_each_stays_where_the_session_is(visitors):
    class_ = [visitors() for _ in range(4)]
    for visitor in class_:
        visitor.join()
    assert {visitor.replica for visitor in class_} == set(REPLICAS)
    for visitor in class_:
        came_to = visitor.replica
        assert visitor.upload(b"x1,x2,y\n0,0,1\n") == 204
        visitor.join()
        assert visitor.replica == came_to
        # Without the cookie's help, half of all uploads would meet a process that knows nothing of the session.
        assert visitor.upload(b"x1,x2,y\n0,0,1\n", backprop_replica=other(came_to)) == 400


def test_uploads_are_bounded_and_need_the_token(front, visitors):
    visitor = visitors()
    visitor.join()
    assert visitor.upload(b"1" * (10 * 2**20 - 1000)) == 204
    assert visitor.upload(b"1" * (12 * 2**20)) == 413
    assert visitor.upload(b"1", _streamlit_xsrf="forged") == 403
    assert fetch(f"{front.url}/stage/slice", "POST", b"1" * 100_000).status == 413


def test_a_page_of_another_site_gets_no_websocket(front, visitors):
    for origin in ("http://elsewhere.example", "http://localhost:1", f"{front.url}.example"):
        with pytest.raises(InvalidStatus) as refused:
            visitors().join(origin)
        assert refused.value.response.status_code == 403
    visitors().join(front.url)


def test_a_name_that_is_not_the_apps_is_refused(front, visitors):
    refused = fetch(front.url, Host="evil.test")
    assert refused.status == 421 and b"--server.allowedHosts evil.test" in refused.body
    assert fetch(f"{front.url}/stage/slice?v=1", Sec_Fetch_Site="cross-site").status == 403


def test_who_does_not_finish_a_request_is_hung_up_on(front):
    host, _, port = front.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert not caller.recv(1000)


def test_the_longest_link_passes_and_a_slice_is_the_replicas_own(front):
    draw = np.random.default_rng(0).normal(size=(95, 21)) * 1e-7  # as many digits as a number can have
    points = tuple(map(tuple, draw.tolist()))
    query = Experiment(dataset="custom", sizes=(20, 4, 1), loss="half_mse", points=points).to_query()
    assert 40_000 < len(query) < 50_000
    for path in (f"/?{query}", f"/stage/slice?_from=0&_count=60&{query}"):
        through = fetch(front.url + path)
        direct = fetch(f"http://127.0.0.1:{front.ports['one']}{path}")
        assert through.status == direct.status == 200
        assert through.body == direct.body
    assert fetch(f"{front.url}/?{'a' * 70_000}").status == 414


def test_what_the_app_compresses_stays_compressed_and_its_headers_come_once(front):
    page = fetch(f"{front.url}/")
    script = re.search(r"static/js/index[^\"]+", page.body.decode())[0]
    for _ in range(2):  # from the app, then from nginx's own memory, for either kind of browser
        assert fetch(f"{front.url}/{script}", Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"
        assert fetch(f"{front.url}/{script}").headers["Content-Encoding"] is None
    assert len(page.headers.get_all("Content-Security-Policy")) == 1
    plain = fetch(f"{front.url}/stage/slice?_from=0&_count=240&v=1")
    packed = fetch(f"{front.url}/stage/slice?_from=0&_count=240&v=1", Accept_Encoding="gzip")
    assert len(packed.body) < 0.5 * len(plain.body)
    assert fetch(f"{front.url}/_stcore/metrics").status == 404


def test_a_visitor_of_a_killed_replica_works_on_with_the_other_and_stays_there(front, visitors):
    visitor = visitors()
    visitor.join()
    lost = visitor.replica
    front.kill(lost)
    try:
        for at in range(0, 200, 10):  # every one of them: no slice is lost, whichever replica the cookie names
            assert visitor.get(f"/stage/slice?_from={at}&_count=10&v=1").status == 200
        visitor.join()
        assert visitor.replica == other(lost)
    finally:
        front.start(lost)
        front.healthy(lost)
    assert visitor.upload(b"x1,x2,y\n0,0,1\n") == 204
    for _ in range(100):  # the one that was started again gets visitors again
        newcomer = visitors()
        newcomer.join()
        if newcomer.replica == lost:
            break
        time.sleep(0.1)
    assert newcomer.replica == lost


@pytest.mark.browser
def test_a_killed_replica_costs_a_class_nothing(browser, front):
    contexts = [browser.new_context(viewport={"width": 1280, "height": 720}) for _ in range(2)]

    def replica(context):
        return next(c["value"] for c in context.cookies() if c["name"] == "backprop_replica")

    def kept(screen):
        return screen.page.url, screen.iteration, screen.phase, screen.numbers()

    try:
        here, there = (Screen(context.new_page(), front.url) for context in contexts)
        here.open("/?v=1&at=3")
        mine = replica(contexts[0])
        contexts[1].add_cookies([{"name": "backprop_replica", "value": other(mine), "url": front.url}])
        there.open("/?v=1&hidden=relu&at=5")
        assert replica(contexts[1]) == other(mine)

        here.keys(*["ArrowRight"] * 5)
        field = here.page.get_by_label("Learning rate")
        field.fill("0.3")
        field.press("Enter")
        here.page.wait_for_function("() => location.search.includes('do=')")
        here.keys(*["ArrowRight"] * 4, "Shift+ArrowRight")
        here.stage.locator('.cell[data-quantity="w"][data-index="0,2,1"]').click()
        here.page.wait_for_timeout(800)
        before, neighbour = kept(here), kept(there)
        assert here.address()[1]["select"] == "w.0.2.1"
        for screen in (here, there):
            screen.page.evaluate("() => { window.sameDocument = true; }")
        here.page.evaluate(
            "() => { window.dialogs = 0; new MutationObserver(() => { window.dialogs += "
            "document.querySelectorAll('[role=dialog]').length; }).observe(document.body, { childList: true }); }"
        )

        front.kill(mine)
        slider = here.page.get_by_role("slider", name="Iteration")
        slider.fill("400")  # far past what was recorded
        here.reach(400)
        here.check(here.address()[0], 400)
        slider.fill(str(before[1]))
        here.reach(before[1])
        for _ in range(300):  # until its websocket is back
            if replica(contexts[0]) != mine:
                break
            here.page.wait_for_timeout(100)
        here.page.wait_for_timeout(1500)
        assert replica(contexts[0]) == other(mine)
        assert kept(here) == before and kept(there) == neighbour
        # The new session knows where it is: a change from the page's own controls builds on it. What is typed before
        # the session is back may be lost, and the field then says so: it is typed again.
        for tenth in range(300):
            if "0.7" in here.page.url:
                break
            if tenth % 80 == 0:
                field.fill("0.7")
                field.press("Enter")
            here.page.wait_for_timeout(100)
        assert {change.value for change in here.address()[0].interventions} == {0.3, 0.7}

        # No replica at all, while it plays: the stage says so in its own words, and plays on when one is back.
        here.button("Play").click()
        here.pass_by(before[1] + 20)
        front.kill(other(mine))
        here.page.wait_for_function(f"() => {FIND}.innerText.includes('Offline')")
        nobody = fetch(front.url)
        assert nobody.status == 503 and b"tries again by itself" in nobody.body
        # Streamlit's own dialog, under which the page would be inert, does not stay.
        here.page.wait_for_function("() => window.dialogs > 0", timeout=20_000)
        here.page.get_by_role("dialog").wait_for(state="detached")
        here.button("Pause").click()
        here.button("Play").click()
        held = here.iteration
        for name in REPLICAS:
            front.start(name)
        here.pass_by(held + 150, timeout=90_000)  # more than it had left
        here.page.wait_for_timeout(2000)  # the session has come back, and did not stop it
        assert here.playing
        here.button("Pause").click()
        here.page.wait_for_timeout(500)
        experiment, cursor = here.address()
        assert cursor["at"] == str(here.iteration) and cursor["select"] == "w.0.2.1"
        here.check(experiment, here.iteration)
        assert all(screen.page.evaluate("() => window.sameDocument") for screen in (here, there))
    finally:
        for context in contexts:
            context.close()
        for name in REPLICAS:
            front.start(name)
            front.healthy(name)
