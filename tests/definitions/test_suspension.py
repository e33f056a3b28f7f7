from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from builders import pipeline
from reconciler.definitions import jsonschema, suspension


def faults(value: object) -> list[tuple[object, str]]:
    return [(fault.path, fault.message) for fault in suspension.faults(value)]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(None, {}, id="nothing"),
        pytest.param({"reason": "vendor"}, {"reason": "vendor"}, id="without an end"),
        pytest.param({"reason": "vendor", "until": None}, {"reason": "vendor"}, id="an end that is null"),
        pytest.param({"reason": "v", "until": "2026-12-31T18:00"},
                     {"reason": "v", "until": "2026-12-31T18:00:00+00:00"}, id="in UTC unless it says otherwise"),
        pytest.param({"reason": "v", "until": "2026-12-31T18:00+01:00"},
                     {"reason": "v", "until": "2026-12-31T17:00:00+00:00"}, id="in a zone"),
        pytest.param({"reason": "v", "until": "2026-12-31"},
                     {"reason": "v", "until": "2026-12-31T00:00:00+00:00"}, id="a day"),
    ],
)  # fmt: skip
def test_a_suspension_is_read_with_its_end_in_utc(value, read):
    assert faults(value) == []
    assert suspension.read(value) == read
    document = {"pipeline": pipeline(), "sync": {"suspend": value}}
    assert list(Draft202012Validator(jsonschema.definitions()).iter_errors(document)) == []


@pytest.mark.parametrize(
    ("value", "place", "message"),
    [
        pytest.param(True, (), "suspend is a mapping with a reason", id="no mapping"),
        pytest.param({}, (), "a suspension has a reason of 1 to 300 characters", id="no reason"),
        pytest.param({"reason": ""}, ("reason",), "a suspension has a reason of 1 to 300 characters", id="empty"),
        pytest.param({"reason": 7}, ("reason",), "a suspension has a reason of 1 to 300 characters", id="no text"),
        pytest.param({"reason": "v", "till": "x"}, ("till",), "'till' is not known here", id="an unknown key"),
        pytest.param({"reason": "v", "until": "Friday"}, ("until",), "'Friday' is not a time", id="no time"),
        pytest.param({"reason": "v", "until": ["x"]}, ("until",), "\"['x']\" is not a time", id="a list"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(value, place, message):
    assert faults(value) == [(("sync", "suspend", *place), message)]
