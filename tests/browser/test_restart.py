"""The server dies while a class watches: the page goes on, and stands where it stood when another answers."""

import signal

from tests.browser.app import answers, free_port, kill, start
from tests.browser.screen import FIND, Screen


def test_a_killed_server_costs_nothing(browser):
    port = free_port()
    url = f"http://localhost:{port}"
    server = start(port)
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    try:
        screen = Screen(context.new_page(), url)
        answers(url, server)
        screen.open("/?v=1&at=3")
        screen.page.get_by_text("XOR with ReLU", exact=True).click()
        screen.page.wait_for_function("() => location.search.includes('relu')")
        screen.keys(*["ArrowRight"] * 5)
        field = screen.page.get_by_label("Learning rate")
        field.fill("0.3")
        field.press("Enter")
        screen.page.wait_for_function("() => location.search.includes('do=')")
        screen.keys(*["ArrowRight"] * 4, "Shift+ArrowRight")
        screen.stage.locator('.cell[data-quantity="w"][data-index="0,2,1"]').click()
        screen.page.wait_for_timeout(800)
        before = (screen.page.url, screen.iteration, screen.phase, screen.numbers())

        # One that hangs is told like one that is gone, and goes on by itself.
        server.send_signal(signal.SIGSTOP)
        screen.page.wait_for_function(f"() => {FIND}.innerText.includes('Offline')", timeout=20_000)
        server.send_signal(signal.SIGCONT)
        screen.page.wait_for_function(f"() => !{FIND}.innerText.includes('Offline')", timeout=20_000)
        assert (screen.page.url, screen.iteration, screen.phase, screen.numbers()) == before

        kill(server)
        screen.keys("ArrowRight")
        screen.reach(before[1] + 1)
        screen.keys("ArrowLeft")
        screen.reach(before[1])
        screen.page.get_by_role("slider", name="Iteration").fill("400")
        screen.page.wait_for_function(f"() => {FIND}.innerText.includes('Offline')")
        screen.page.get_by_role("slider", name="Iteration").fill(str(before[1]))
        screen.reach(before[1])

        server = start(port)
        answers(url, server)
        screen.page.wait_for_function(f"() => !{FIND}.innerText.includes('Offline')", timeout=30_000)
        screen.page.wait_for_timeout(4000)
        assert (screen.page.url, screen.iteration, screen.phase, screen.numbers()) == before
        experiment, cursor = screen.address()
        assert cursor["select"] == "w.0.2.1"
        screen.page.get_by_role("slider", name="Iteration").fill("400")
        screen.reach(400)
        screen.check(experiment, 400)
        # The new session knows where it is: a change from the page's own controls builds on it.
        field.fill("0.7")
        field.press("Enter")
        screen.page.wait_for_function("() => location.search.includes('0.7')", timeout=40_000)
        assert [change.value for change in screen.address()[0].interventions] == [0.3, 0.7]
        # What is asked for while there is no server is done when there is one.
        screen.keys("ArrowRight")
        screen.reach(401)
        kill(server)
        field.fill("0.9")
        field.press("Enter")
        screen.page.wait_for_function(f"() => {FIND}.innerText.includes('Offline')")
        server = start(port)
        screen.page.wait_for_function("() => location.search.includes('lr_401_0.9')", timeout=40_000)
        assert [change.value for change in screen.address()[0].interventions] == [0.3, 0.7, 0.9]
    finally:
        kill(server)
        context.close()
