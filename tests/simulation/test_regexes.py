"""Java's regular expressions, as MATCHES of VariableCheck reads them (reference D.6)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.simulation import regexes
from strategies import law

_parts = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "\\.", "1"]),
    lambda inside: st.one_of(
        st.lists(inside, min_size=1, max_size=3).map("".join),
        st.lists(inside, min_size=2, max_size=2).map(lambda both: f"(?:{both[0]}|{both[1]})"),
        st.tuples(inside, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}", "*?"])).map(
            lambda both: f"({both[0]}){both[1]}"
        ),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("expression", "text", "fits"),
    [
        pytest.param("main|release/.*", "release/1", True, id="alternatives"),
        pytest.param("mai", "main", False, id="the-whole-value"),
        pytest.param("^v\\d+$", "v12", True, id="anchors-at-both-ends"),
        pytest.param("a\\$", "a$", True, id="an-escaped-dollar-is-no-anchor"),
        pytest.param("\\d", "\u0663", False, id="digits-are-ascii"),
        pytest.param("\\Qa.b\\Ec", "a.bc", True, id="quoted"),
        pytest.param("\\p{Alpha}{2}", "ab", True, id="posix"),
        pytest.param("\\P{Digit}", "1", False, id="posix-opposite"),
        pytest.param("(?<year>\\d{4})-\\d\\d", "2026-01", True, id="named-group"),
        pytest.param(".", "\n", False, id="a-dot-is-no-line-end"),
        pytest.param("[\\w-]{3,}", "a-b_c", True, id="set-with-shorthand"),
        pytest.param("\\x41\\u0042", "AB", True, id="hexadecimal"),
        pytest.param("a\\tb", "a\tb", True, id="control"),
        pytest.param("(a|b)*?c", "abac", True, id="reluctant"),
    ],
)
def test_an_expression_fits(expression, text, fits):
    assert regexes.compiled(expression).matches(text) is fits


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        pytest.param("(?=a)", "only", id="look-ahead"),
        pytest.param("(?i)a", "only", id="flags"),
        pytest.param("(a)\\1", "not read here", id="back-reference"),
        pytest.param("a\\b", "not read here", id="boundary"),
        pytest.param("a*+", "possessive", id="possessive"),
        pytest.param("a**", "two quantifiers", id="two-quantifiers"),
        pytest.param("\\Qab\\E+", "nothing to repeat", id="a-quantifier-after-a-quote"),
        pytest.param("*a", "nothing to repeat", id="nothing-to-repeat"),
        pytest.param("a^b", "both ends", id="anchor-inside"),
        pytest.param("[a&&b]", "inside sets", id="intersection"),
        pytest.param("[a[b]]", "inside sets", id="union"),
        pytest.param("[^\\D]", "opposites", id="opposite-in-a-set"),
        pytest.param("[b-a]", "range", id="backward-range"),
        pytest.param("[a", "missing", id="open-set"),
        pytest.param("(a", "missing", id="open-group"),
        pytest.param("a)", "closes nothing", id="closed-group"),
        pytest.param("a{,2}", "counts", id="count-without-start"),
        pytest.param("a{3,2}", "goes up", id="backward-count"),
        pytest.param("((a{1000}){1000}){1000}", "positions", id="expands"),
        pytest.param("\\p{Greek}", "Alpha", id="unknown-class"),
        pytest.param("\\xZZ", "hexadecimal", id="no-digits"),
        pytest.param("a\\", "backslash", id="backslash-at-the-end"),
        pytest.param("(" * 60 + ")" * 60, "nested", id="deep"),
    ],
)
def test_what_is_not_read_is_refused_with_the_place(expression, what):
    with pytest.raises(regexes.Unreadable, match=rf"at character \d+: .*{what}"):
        regexes.compiled(expression)


def test_a_part_suffices_where_the_whole_is_not_asked_for():
    assert regexes.compiled("b+", whole=False).matches("abbc")


def test_a_hostile_expression_is_not_slow():
    assert not regexes.compiled("(a+)+(a|aa)*b").matches("a" * 1000)


@law
@given(_parts, st.text("ab1.\n", max_size=5))
def test_it_agrees_with_pythons_engine(expression, text):
    assert regexes.compiled(expression).matches(text) is bool(re.fullmatch(expression, text, re.ASCII))


@law
@given(st.text("ab(|)[]{}*+?\\^$-&1,Q", max_size=10))
def test_any_text_is_an_expression_or_refused(text):
    position = 1
    try:
        regexes.compiled(text)
    except regexes.Unreadable as error:
        position = error.position
    assert 1 <= position <= len(text) + 1
