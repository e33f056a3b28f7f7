"""Patterns of EventBridge's rules (reference G.2)."""

from __future__ import annotations

import pytest

from reconciler.errors import Broken
from reconciler.simulation import patterns

EVENT = {
    "source": "aws.s3",
    "resources": ["a", "b"],
    "detail": {
        "key": "in/a.zip", "size": 5, "ok": True, "nothing": None, "star": "a*b\\c",
        "ipv4": "10.0.0.33", "ipv6": "2001:db8::33", "mapped": "::ffff:a00:21",
        "parts": [{"name": "x", "size": 1}, {"name": "y", "size": 2}], "none": [],
    },
}  # fmt: skip


def detail(**members):
    return {"detail": members}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        pytest.param({"source": ["aws.s3"]}, True, id="exact"),
        pytest.param({"source": ["aws.S3"]}, False, id="G2-exact-characters"),
        pytest.param({"source": ["aws.ecr", "aws.s3"]}, True, id="one-of-several"),
        pytest.param({"resources": ["b"]}, True, id="one-of-a-list"),
        pytest.param({"resources": ["c"]}, False, id="none-of-a-list"),
        pytest.param({"source": ["aws.s3"], "detail": {"key": ["x"]}}, False, id="all-members"),
        pytest.param(detail(size=["5"]), False, id="a-number-is-no-text"),
        pytest.param(detail(ok=[1]), False, id="true-is-no-number"),
        pytest.param(detail(nothing=[None]), True, id="null"),
        pytest.param(detail(key=[None]), False, id="null-not"),
        pytest.param({"absent": [None]}, False, id="null-is-a-value"),
        pytest.param({"absent": ["x"]}, False, id="absent"),
        pytest.param({"source": {"inside": ["x"]}}, False, id="an-object-where-a-text-is"),
        pytest.param(detail(parts={"name": ["y"], "size": [2]}), True, id="an-object-in-a-list"),
        pytest.param(detail(parts={"name": ["y"], "size": [1]}), False, id="members-of-one-object"),
        pytest.param({"$or": [{"source": ["x"]}, detail(size=[5])]}, True, id="or"),
        pytest.param({"$or": [{"source": ["x"]}, detail(size=[6])]}, False, id="or-not"),
        pytest.param({"source": ["x"], "$or": [{"source": ["aws.s3"]}, detail(size=[5])]}, False, id="or-and-others"),
        pytest.param(detail(**{"$or": [{"size": [5]}, {"key": ["x"]}]}), True, id="or-inside"),
    ],
)
def test_a_pattern_fits(pattern, fits):
    assert patterns.matches(pattern, EVENT) is fits


@pytest.mark.parametrize(
    ("member", "matcher", "fits"),
    [
        pytest.param("key", {"prefix": "in/"}, True, id="prefix"),
        pytest.param("key", {"prefix": "IN/"}, False, id="prefix-not"),
        pytest.param("size", {"prefix": "5"}, False, id="prefix-of-a-number"),
        pytest.param("key", {"prefix": {"equals-ignore-case": "IN/"}}, True, id="prefix-ignoring-case"),
        pytest.param("key", {"suffix": ".zip"}, True, id="suffix"),
        pytest.param("key", {"suffix": ".tar"}, False, id="suffix-not"),
        pytest.param("key", {"suffix": {"equals-ignore-case": ".ZIP"}}, True, id="suffix-ignoring-case"),
        pytest.param("key", {"equals-ignore-case": "IN/A.ZIP"}, True, id="equals-ignore-case"),
        pytest.param("key", {"equals-ignore-case": "IN/A"}, False, id="equals-ignore-case-not"),
        pytest.param("key", {"wildcard": "in/*.zip"}, True, id="wildcard"),
        pytest.param("key", {"wildcard": "*/lib/*"}, False, id="wildcard-not"),
        pytest.param("star", {"wildcard": "a\\*b\\\\*"}, True, id="wildcard-escaped"),
        pytest.param("key", {"wildcard": "in/\\*"}, False, id="wildcard-an-asterisk"),
        pytest.param("size", {"wildcard": "*"}, False, id="wildcard-of-a-number"),
        pytest.param("size", {"numeric": [">", 0, "<=", 5]}, True, id="numeric-range"),
        pytest.param("size", {"numeric": [">=", 5.0]}, True, id="numeric-bound"),
        pytest.param("size", {"numeric": ["=", 6]}, False, id="numeric-not"),
        pytest.param("ok", {"numeric": ["=", 1]}, False, id="numeric-of-true"),
        pytest.param("key", {"numeric": ["<", 9]}, False, id="numeric-of-a-text"),
        pytest.param("key", {"exists": True}, True, id="exists"),
        pytest.param("nothing", {"exists": True}, True, id="exists-null"),
        pytest.param("tag", {"exists": True}, False, id="exists-not"),
        pytest.param("tag", {"exists": False}, True, id="absent"),
        pytest.param("none", {"exists": False}, True, id="absent-in-an-empty-list"),
        pytest.param("parts", {"exists": False}, True, id="absent-as-an-object-is-no-value"),
        pytest.param("ipv4", {"cidr": "10.0.0.0/24"}, True, id="cidr"),
        pytest.param("ipv4", {"cidr": "10.0.0.99/24"}, True, id="cidr-the-mask-counts"),
        pytest.param("ipv4", {"cidr": "10.0.0.34/31"}, False, id="cidr-not"),
        pytest.param("ipv4", {"cidr": "0.0.0.0/0"}, True, id="cidr-all"),
        pytest.param("ipv4", {"cidr": "::/0"}, False, id="cidr-of-the-other-kind"),
        pytest.param("ipv6", {"cidr": "2001:db8::/32"}, True, id="cidr-IPv6"),
        pytest.param("ipv6", {"cidr": "2001:db8::40/122"}, False, id="cidr-IPv6-not"),
        pytest.param("ipv6", {"cidr": "2001:0DB8:0::32/127"}, True, id="cidr-IPv6-in-other-words"),
        pytest.param("mapped", {"cidr": "10.0.0.0/8"}, True, id="cidr-an-IPv4-address-in-IPv6"),
        pytest.param("key", {"cidr": "0.0.0.0/0"}, False, id="cidr-of-no-address"),
        pytest.param("size", {"cidr": "0.0.0.0/0"}, False, id="cidr-of-a-number"),
    ],
)
def test_an_operator_fits(member, matcher, fits):
    assert patterns.matches(detail(**{member: [matcher]}), EVENT) is fits


@pytest.mark.parametrize(
    ("member", "operand", "fits"),
    [
        pytest.param("key", "x", True, id="text"),
        pytest.param("key", "in/a.zip", False, id="text-not"),
        pytest.param("key", ["x", "in/a.zip"], False, id="list"),
        pytest.param("size", [4, 6], True, id="numbers"),
        pytest.param("size", 5.0, False, id="numbers-not"),
        pytest.param("size", "5", True, id="a-number-is-no-text"),
        pytest.param("ok", 1, True, id="true-is-no-number"),
        pytest.param("key", {"prefix": "in/"}, False, id="prefix"),
        pytest.param("key", {"prefix": ["x", "y"]}, True, id="prefixes"),
        pytest.param("key", {"suffix": [".tar", ".zip"]}, False, id="suffixes"),
        pytest.param("key", {"suffix": ".tar"}, True, id="suffix"),
        pytest.param("key", {"equals-ignore-case": "IN/A.ZIP"}, False, id="equals-ignore-case"),
        pytest.param("key", {"equals-ignore-case": ["x", "IN/A.ZIP"]}, False, id="equals-ignore-case-list"),
        pytest.param("key", {"wildcard": "*.zip"}, False, id="wildcard"),
        pytest.param("key", {"wildcard": ["*/lib/*", "*.tar"]}, True, id="wildcards"),
        pytest.param("absent", "x", False, id="needs-a-value"),
    ],
)
def test_anything_but(member, operand, fits):
    assert patterns.matches(detail(**{member: [{"anything-but": operand}]}), EVENT) is fits


def test_of_a_list_one_value_that_is_another_is_enough_for_anything_but():
    assert patterns.matches({"resources": [{"anything-but": "a"}]}, EVENT)
    assert not patterns.matches({"resources": [{"anything-but": ["a", "b"]}]}, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param({}, id="empty"),
        pytest.param([], id="list"),
        pytest.param({"source": "aws.s3"}, id="no-list"),
        pytest.param({"source": []}, id="empty-list"),
        pytest.param({"source": [["aws.s3"]]}, id="list-in-a-list"),
        pytest.param({"other": ["x"], "source": "aws.s3"}, id="behind-what-does-not-fit"),
        pytest.param({"source": ["aws.s3", {"regex": "x"}]}, id="unknown-operator-behind-a-match"),
        pytest.param({"source": [{"prefix": "a", "suffix": "b"}]}, id="two-operators"),
        pytest.param({"$or": [{"source": ["x"]}]}, id="or-of-one"),
        pytest.param({"$or": {"source": ["x"]}}, id="or-of-no-list"),
        pytest.param({"$or": [{"prefix": "a"}, {"source": ["x"]}]}, id="or-of-operators"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_refused(pattern):
    with pytest.raises(Broken):
        patterns.matches(pattern, EVENT)


@pytest.mark.parametrize(
    ("matcher", "told"),
    [
        pytest.param({"regex": "x"}, "no operator 'regex'; there are exists, prefix, suffix,", id="unknown"),
        pytest.param({"prefix": 5}, "prefix takes a text, not 5", id="prefix"),
        pytest.param({"suffix": {"prefix": "x"}}, "suffix takes a text", id="suffix"),
        pytest.param({"equals-ignore-case": ["x"]}, "equals-ignore-case takes a text", id="equals-ignore-case"),
        pytest.param({"wildcard": "a**b"}, "'a**b' has two asterisks in a row", id="wildcard-asterisks"),
        pytest.param({"wildcard": "a\\b"}, "a backslash stands before *", id="wildcard-backslash"),
        pytest.param({"exists": "yes"}, "exists takes true or false", id="exists"),
        pytest.param({"numeric": [">"]}, "numeric takes", id="half-a-pair"),
        pytest.param({"numeric": ["~", 1]}, "numeric takes", id="no-sign"),
        pytest.param({"numeric": ["<", 5, ">", 0]}, "numeric takes", id="from-above-to-below"),
        pytest.param({"numeric": [">", 5, "<", 5]}, "the lower bound comes first", id="nothing-between"),
        pytest.param({"numeric": [">", 5_000_000_001]}, "numbers are from -5e9 to 5e9", id="too-large"),
        pytest.param({"anything-but": ["x", 5]}, "anything-but takes texts, or numbers", id="mixed"),
        pytest.param({"anything-but": []}, "anything-but takes texts, or numbers", id="no-values"),
        pytest.param({"anything-but": None}, "anything-but takes texts, or numbers", id="null"),
        pytest.param({"anything-but": {"exists": True}}, "anything-but takes one of prefix,", id="anything-but-exists"),
        pytest.param({"anything-but": {"prefix": []}}, "anything-but takes one of prefix,", id="no-prefixes"),
        pytest.param({"anything-but": {"prefix": ""}}, "would let nothing through", id="empty-prefix"),
        pytest.param({"anything-but": {"wildcard": [5]}}, "anything-but with wildcard takes a text", id="wildcards"),
    ],
)
def test_what_eventbridge_refuses_is_refused_by_name(matcher, told):
    with pytest.raises(Broken) as refused:
        patterns.matches({"source": [matcher]}, EVENT)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "block",
    ["10.0.0.0", "10.0.0/24", "10.0.0.256/24", "10.0.0.0/32", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0.0/255.0.0.0", "",
     "10.0.0.0/24/1", "localhost/8", "2001:db8::/128", "2001:db8::%eth0/64", "::ffff:10.0.0.0/104", "/8",
     "10.0.0.0/" + "9" * 5000],
)  # fmt: skip
def test_a_malformed_block_of_addresses_is_refused_with_what_is_taken(block):
    with pytest.raises(Broken, match=r"cidr takes a block such as 10\.0\.0\.0/24 or 2001:db8::/32") as refused:
        patterns.matches({"source": [{"cidr": block}]}, EVENT)
    assert len(str(refused.value)) < 300


def test_a_block_is_a_text():
    with pytest.raises(Broken, match="cidr takes a text, not 8"):
        patterns.matches({"source": [{"cidr": 8}]}, EVENT)
