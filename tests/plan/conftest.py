"""A shop for every test that plans."""

from __future__ import annotations

import pytest

from plan.shop import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()
