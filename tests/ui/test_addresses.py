"""Addresses of earlier versions mean what they meant: same experiments, same place, same loss."""

import json

import pytest

from tests.vectors.keep_addresses import KEPT, addresses, meaning

OLD = json.loads(KEPT.read_text())


@pytest.mark.parametrize("address", OLD)
def test_an_old_address_means_what_it_meant(address):
    now, then = json.loads(json.dumps(meaning(address), default=list)), OLD[address]
    assert now["losses"] == pytest.approx(then["losses"], rel=1e-11, abs=0)
    for lane, kept in zip(now["lanes"], then["lanes"], strict=True):
        assert {name: lane[name] for name in kept} == kept  # a later version may know more fields
    assert (now["cursor"], now["messages"]) == (then["cursor"], then["messages"])


def test_every_kind_of_address_is_kept():
    assert set(addresses()) <= set(OLD)
