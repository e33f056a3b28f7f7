from __future__ import annotations

import re

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from reconciler.definitions.jsonschema.patterns import ecma
from strategies import law

SHAPES = Loader().load_service_model("codepipeline", "service-2")["shapes"]
PATTERNS = sorted({shape["pattern"] for shape in SHAPES.values() if "pattern" in shape})


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_of_the_service_is_translated(pattern):
    assert ecma(pattern) is not None


@law
@given(st.data())
def test_a_translation_accepts_what_the_pattern_accepts(data):
    pattern = data.draw(st.sampled_from(PATTERNS))
    ours = re.compile(pattern, re.ASCII)
    text = data.draw(st.text(max_size=40).filter(lambda text: "\n" not in text) | st.from_regex(ours, fullmatch=True))
    assert bool(re.search(ecma(pattern), text.removesuffix("\n"))) == bool(ours.fullmatch(text.removesuffix("\n")))


@pytest.mark.parametrize(
    ("pattern", "translated"),
    [
        pytest.param("a|b", "^(?:a|b)$", id="alternatives are matched in full"),
        pytest.param(r"\w", "^(?:[A-Za-z0-9_])$", id="a word sign is ASCII"),
        pytest.param(r"[\w\-@]+", r"^(?:[A-Za-z0-9_\-@]+)$", id="inside a class"),
        pytest.param(r"\W\D", "^(?:[^A-Za-z0-9_][^0-9])$", id="what is none"),
        pytest.param(r"\@\-\.", r"^(?:@-\.)$", id="escapes that Unicode mode refuses"),
        pytest.param(r"\Aa\z", "^(?:^a$)$", id="anchors"),
        pytest.param(r"\\w", r"^(?:\\w)$", id="an escaped backslash"),
    ],
)
def test_what_differs_between_the_dialects(pattern, translated):
    assert ecma(pattern) == translated


@pytest.mark.parametrize(
    "pattern", [r"[a-z&&[^b]]", r"[a[b]]", r"\p{Alpha}", r"\Qx\E", "a++", "a*+", "(?i)a", "(?>a)", r"[\W]", r"\a", ""]
)
def test_what_cannot_be_said_surely_is_not_said(pattern):
    assert ecma(pattern) is None
