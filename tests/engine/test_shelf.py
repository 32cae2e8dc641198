"""What is kept within so many bytes, and what goes first."""

import threading

from engine.shelf import Shelf, shelved


def test_the_least_recently_used_goes_first_and_what_was_put_last_stays():
    gone = []
    shelf = Shelf(30, lambda key, value: len(value), dropped=gone.append)
    for letter in "abc":
        shelf.put(letter, letter * 10)
    assert shelf.get("a") == "a" * 10
    shelf.put("d", "d" * 10)
    assert (shelf.get("b"), gone) == (None, ["b" * 10])
    shelf.put("e", "e" * 100)
    assert [key for key, _ in shelf.items()] == ["e"]
    assert (len(shelf), shelf.nbytes) == (1, 100)


def test_what_has_grown_is_weighed_again_and_what_is_busy_stays():
    busy = {"a"}
    shelf = Shelf(30, lambda key, value: len(value), busy=lambda key: key in busy)
    a = bytearray(10)
    shelf.put("a", a)
    shelf.put("b", bytes(10))
    a.extend(bytes(15))
    shelf.put("c", bytes(1))
    assert shelf.nbytes == 21
    shelf.put("a", a)
    assert [key for key, _ in shelf.items()] == ["c", "a"]
    shelf.put("d", bytes(20))
    assert [key for key, _ in shelf.items()] == ["a", "d"]
    busy.clear()
    shelf.trim()
    assert ([key for key, _ in shelf.items()], shelf.nbytes) == (["d"], 20)


def test_a_function_is_remembered_within_so_many_bytes():
    made = []

    @shelved(25, lambda asked, value: asked[0])
    def function(n, more=None):
        """What it does."""
        made.append(n)

    for n in (10, 11, 10, 20, 10):
        function(n)
    assert made == [10, 11, 20, 10]
    assert function.__doc__ == "What it does."


def test_many_threads_use_one_shelf():
    shelf = Shelf(500, lambda key, value: 10)

    def use(seed):
        for i in range(2000):
            shelf.put((seed * i) % 97, i)
            shelf.get(i % 97)

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shelf.nbytes == 10 * len(shelf) <= 500
