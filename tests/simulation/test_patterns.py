"""Patterns of EventBridge's rules (reference G.2)."""

from __future__ import annotations

import pytest

from reconciler.errors import Broken
from reconciler.simulation import patterns

EVENT = {"source": "aws.s3", "resources": ["a", "b"], "detail": {"key": "in/a.zip", "size": 5, "ok": True}}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        pytest.param({"source": ["aws.s3"]}, True, id="exact"),
        pytest.param({"source": ["aws.S3"]}, False, id="G2-exact-characters"),
        pytest.param({"source": ["aws.ecr", "aws.s3"]}, True, id="one-of-several"),
        pytest.param({"resources": ["b"]}, True, id="one-of-a-list"),
        pytest.param({"resources": ["c"]}, False, id="none-of-a-list"),
        pytest.param({"source": ["aws.s3"], "detail": {"key": ["x"]}}, False, id="all-members"),
        pytest.param({"detail": {"size": ["5"]}}, False, id="a-number-is-no-text"),
        pytest.param({"detail": {"ok": [1]}}, False, id="true-is-no-number"),
        pytest.param({"absent": ["x"]}, False, id="absent"),
        pytest.param({"detail": {"key": [{"prefix": "in/"}]}}, True, id="prefix"),
        pytest.param({"detail": {"key": [{"suffix": ".tar"}]}}, False, id="suffix"),
        pytest.param({"source": [{"equals-ignore-case": "AWS.S3"}]}, True, id="equals-ignore-case"),
        pytest.param({"detail": {"key": [{"wildcard": "in/*.zip"}]}}, True, id="wildcard"),
        pytest.param({"detail": {"key": [{"wildcard": "*.tar"}]}}, False, id="wildcard-not"),
        pytest.param({"detail": {"size": [{"prefix": "5"}]}}, False, id="prefix-of-a-number"),
        pytest.param({"source": [{"anything-but": ["aws.s3"]}]}, False, id="anything-but-list"),
        pytest.param({"source": [{"anything-but": "aws.ecr"}]}, True, id="anything-but"),
        pytest.param({"detail": {"key": [{"anything-but": {"prefix": "in/"}}]}}, False, id="anything-but-prefix"),
        pytest.param({"absent": [{"anything-but": "x"}]}, False, id="anything-but-needs-a-value"),
        pytest.param({"detail": {"size": [{"numeric": [">", 0, "<=", 5]}]}}, True, id="numeric"),
        pytest.param({"detail": {"size": [{"numeric": ["=", 6]}]}}, False, id="numeric-not"),
        pytest.param({"detail": {"key": [{"exists": True}], "tag": [{"exists": False}]}}, True, id="exists"),
        pytest.param({"other": {"tag": [{"exists": True}]}}, False, id="exists-not"),
        pytest.param({"$or": [{"source": ["x"]}, {"detail": {"size": [5]}}]}, True, id="or"),
    ],
)
def test_a_pattern_fits(pattern, fits):
    assert patterns.matches(pattern, EVENT) is fits


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param({}, id="empty"),
        pytest.param([], id="list"),
        pytest.param({"source": "aws.s3"}, id="no-list"),
        pytest.param({"source": []}, id="empty-list"),
        pytest.param({"source": [{"cidr": "10.0.0.0/8"}]}, id="unknown-operator"),
        pytest.param({"source": ["aws.s3", {"regex": "x"}]}, id="unknown-operator-behind-a-match"),
        pytest.param({"source": [{"prefix": "a", "suffix": "b"}]}, id="two-operators"),
        pytest.param({"source": [{"prefix": 5}]}, id="prefix-of-a-number"),
        pytest.param({"source": [{"anything-but": {"exists": True}}]}, id="anything-but-exists"),
        pytest.param({"source": [{"numeric": [">"]}]}, id="half-a-pair"),
        pytest.param({"source": [{"numeric": ["~", 1]}]}, id="no-sign"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_refused(pattern):
    with pytest.raises(Broken):
        patterns.matches(pattern, EVENT)
