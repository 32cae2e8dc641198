"""What tests of pages have in common."""

import pytest

from ui import typical


@pytest.fixture
def few_seeds(monkeypatch):
    """A hundred where the page takes a thousand."""
    monkeypatch.setattr(typical, "SEEDS", (50, 100, 200))


@pytest.fixture
def no_seeds(monkeypatch):
    """Nothing is computed unasked."""
    monkeypatch.setattr(typical, "EASY", 0)
