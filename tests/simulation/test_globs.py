"""Globs of triggers (reference E.15.8, K11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.simulation import globs
from strategies import law

texts = st.text(st.sampled_from("ab/*?[]{},\\!-."), max_size=8)
patterns = st.lists(st.sampled_from(["a", "b", "/", "*", "?", "**", "[ab]", "[!a]", "{a,b/}", "\\*"]), max_size=6)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        pytest.param("feature/**", "feature/a/b", True, id="K11-across"),
        pytest.param("feature/wip*", "feature/wip-1", True, id="K11-prefix"),
        pytest.param("feature/**", "main", False, id="K11-other"),
        pytest.param("feature/*", "feature/a", True, id="K11-one-segment"),
        pytest.param("feature/*", "feature/a/b", False, id="K11-two-segments"),
        pytest.param("src/**", "src/x.py", True, id="K11-folder"),
        pytest.param("**/*.md", "src/y.md", True, id="K11-extension"),
        pytest.param("**/*.md", "README.md", False, id="a-written-slash-must-be-there"),
        pytest.param("**.md", "README.md", True, id="no-slash-no-segment"),
        pytest.param("v?.?", "v1.2", True, id="question-mark"),
        pytest.param("a?b", "a/b", False, id="question-mark-is-no-slash"),
        pytest.param("[abc]x", "bx", True, id="set"),
        pytest.param("[a-c]x", "dx", False, id="range"),
        pytest.param("[!a-c]x", "dx", True, id="opposite-set"),
        pytest.param("[!a]b", "/b", False, id="a-set-is-no-slash"),
        pytest.param("[*?\\]", "\\", True, id="signs-in-a-set-are-themselves"),
        pytest.param("[]a]", "]", True, id="a-bracket-first-in-a-set"),
        pytest.param("[a-]", "-", True, id="a-dash-last-in-a-set"),
        pytest.param("*.{java,class}", "A.class", True, id="alternatives"),
        pytest.param("*.{java,class}", "A.py", False, id="no-alternative"),
        pytest.param("x{,-*}", "x-1", True, id="an-empty-alternative-and-a-star"),
        pytest.param("{a\\,b,c}", "a,b", True, id="an-escaped-comma"),
        pytest.param("a,b}", "a,b}", True, id="outside-of-braces"),
        pytest.param("\\*", "x", False, id="escaped-star"),
        pytest.param("Main", "main", False, id="case-counts"),
        pytest.param("", "", True, id="empty"),
    ],
)
def test_e15_8_a_glob_fits(pattern, text, fits):
    assert globs.matches(pattern, text) is fits


@pytest.mark.parametrize(
    ("pattern", "position", "what"),
    [
        pytest.param("a[bc", 2, "no ]", id="open-set"),
        pytest.param("a[]", 2, "holds nothing", id="empty-set"),
        pytest.param("[c-a]", 4, "c-a", id="backward-range"),
        pytest.param("[/]", 2, "slash", id="slash-in-a-set"),
        pytest.param("x{a,b", 2, "no }", id="open-group"),
        pytest.param("{a,{b}}", 4, "inside", id="nested-group"),
        pytest.param("ab\\", 3, "backslash", id="backslash-at-the-end"),
    ],
)
def test_a_malformed_glob_names_the_position(pattern, position, what):
    with pytest.raises(globs.Malformed, match=f"character {position}: .*{what}"):
        globs.matches(pattern, "a")


def test_a_hostile_glob_is_not_slow():
    assert not globs.matches("**a" * 80 + "b", "a" * 2000)


def test_a_glob_that_expands_to_too_much_is_malformed():
    with pytest.raises(globs.Malformed, match="positions"):
        globs.compiled("a" * 30_000)


@law
@given(texts)
def test_an_escaped_text_fits_itself(text):
    assert globs.matches(globs.escape(text), text)


@law
@given(texts, texts)
def test_an_escaped_text_fits_nothing_else(text, other):
    assert globs.matches(globs.escape(text), other) is (text == other)


@law
@given(patterns, texts)
def test_two_stars_fit_whatever_one_star_fits(parts, text):
    wide = ["**" if part == "*" else part for part in parts]
    assert not globs.matches("".join(parts), text) or globs.matches("".join(wide), text)


@law
@given(patterns, texts, texts)
def test_two_patterns_after_each_other_fit_two_texts_after_each_other(parts, first, second):
    pattern = "".join(parts)
    both = globs.matches(pattern, first) and globs.matches("b" + pattern, second)
    assert not both or globs.matches(pattern + "b" + pattern, first + second)


@law
@given(st.text(max_size=12))
def test_any_text_is_a_pattern_or_malformed(text):
    position = 1
    try:
        globs.compiled(text)
    except globs.Malformed as error:
        position = error.position
    assert 1 <= position <= max(1, len(text))
