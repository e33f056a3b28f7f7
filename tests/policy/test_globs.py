from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.policy import globs
from strategies import law


@pytest.mark.parametrize(
    ("allowed", "pattern"),
    [
        (["*"], "**"),
        (["main"], "main"),
        (["release/*"], "release/**"),
        (["release/*"], "release/1.?"),
        (["v[0-9]*"], "v[0-9]*"),
        (["v[0-9]*"], "v1*"),
        (["main", "release"], "{main,release}"),
        (["v?"], "v1"),
    ],
)
def test_what_is_covered(allowed, pattern):
    assert globs.covers(allowed, pattern)


@pytest.mark.parametrize(
    ("allowed", "pattern"),
    [
        ([], "main"),
        (["main"], "*"),
        (["main"], "mai?"),
        (["v?"], "v*"),
        (["v?"], "v?"[:1] + "{1,22}"),
        (["v[0-9]"], "v*"),
        (["v[!0-9]"], "v*"),
        (["main", "release"], "{main,develop}"),
        (["release/*"], "release"),
    ],
)
def test_what_is_not(allowed, pattern):
    assert not globs.covers(allowed, pattern)


@law
@given(st.lists(st.text("ab/*", max_size=4), max_size=3), st.text("ab/", max_size=5))
def test_a_plain_name_is_covered_if_and_only_if_a_glob_takes_it(allowed, name):
    assert globs.covers(allowed, name) == any(fnmatchcase(name, glob) for glob in allowed)


@law
@given(st.text("ab*", max_size=4), st.text("ab*", max_size=4), st.text("ab", max_size=6))
def test_what_a_covered_pattern_takes_the_glob_takes_too(allowed, pattern, name):
    if globs.covers([allowed], pattern) and fnmatchcase(name, pattern):
        assert fnmatchcase(name, allowed)
