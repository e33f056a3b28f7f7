from __future__ import annotations

import contextlib
import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler import documents
from reconciler.documents import Fault
from reconciler.errors import Invalid, Problem
from strategies import json_values, law

FILE = "shop.yaml"
SAMPLE = """\
# the shop
pipeline: &shop
  name: shop-dev-deploy
  stages:
    - {name: Source, actions: [{name: "Check out", runOrder: 1}]}
    - name: 'Build'
      script: |
        make
        make check
copy: {<<: *shop, version: 1.10, ready: true, nothing: ~}
"""
SIGNS = "-:?[]{}&*!|>'\"%@`#,\n\t \\\0\x07\x85\ufeff<~"
TOKENS = [*SIGNS, "- ", ": ", "<<", "---\n", "...", "&shop ", "*shop", "!!int "]


def problem(source: str) -> Problem:
    with pytest.raises(Invalid) as refused:
        documents.parse(source, FILE)
    (only,) = refused.value.problems
    return only


def undecodable(data: bytes, limit: int = documents.MAX_BYTES) -> Problem:
    with pytest.raises(Invalid) as refused:
        documents.text(data, FILE, limit)
    (only,) = refused.value.problems
    return only


def place(found: Problem) -> tuple[int, int, str]:
    return found.line, found.column, found.path


# What scalars mean


@pytest.mark.parametrize(
    "word", ["on", "off", "yes", "No", "y", "n", "tRUE", "NULL!", "nil", "1.10", "1e5", "-0", "0x1F", "1_000", ".inf"]
)
def test_a_word_that_json_does_not_know_stays_the_text_that_was_written(word):
    assert documents.parse(f"key: {word}", FILE) == {"key": word}


@pytest.mark.parametrize("word", ["012", "000", "012345678901", "2026-01-01", "2026-01-01T10:00:00Z", "12:30:45"])
def test_leading_zeros_dates_and_times_stay_as_they_were_written(word):
    assert documents.parse(f"key: {word}", FILE) == {"key": word}


def test_an_account_id_loses_no_digit_whether_it_is_read_as_number_or_text():
    value = documents.parse("[111111111111, 012345678901, '000000000001']", FILE)
    assert [str(account) for account in value] == ["111111111111", "012345678901", "000000000001"]


@pytest.mark.parametrize(
    ("word", "value"),
    [("true", True), ("True", True), ("FALSE", False), ("null", None), ("~", None), ("", None), ("0", 0), ("-7", -7)],
)
def test_true_false_null_and_decimal_integers_are_what_they_say(word, value):
    assert repr(documents.parse(f"key: {word}", FILE)) == repr({"key": value})


@pytest.mark.parametrize("source", ["true: x", "1: x", "~: x", "1.10: x", '{"1.10": "x"}'], ids=str)
def test_a_key_is_the_text_that_was_written(source):
    (key,) = documents.parse(source, FILE)
    assert isinstance(key, str)
    assert key in source


def test_an_integer_too_long_for_any_field_of_the_api_is_text_in_yaml():
    assert documents.parse("key: 1234567890123456789", FILE) == {"key": "1234567890123456789"}


@pytest.mark.parametrize("word", ["1.10", "1e5", "NaN", "-Infinity"])
def test_a_fraction_in_json_stays_text_as_it_does_in_yaml(word):
    assert documents.parse(f'{{"key": {word}}}', FILE) == {"key": word}


@pytest.mark.parametrize("source", ["", "\n", "# only a comment\n", "---\n"], ids=repr)
def test_a_text_without_a_document_is_none(source):
    assert documents.parse(source, FILE) is None


# What JSON and YAML share


def test_yaml_reads_json_with_a_trailing_comma():
    assert documents.parse('{"stages": ["Source", "Build",],}', FILE) == {"stages": ["Source", "Build"]}


def test_json_indented_with_tabs_is_read():
    assert documents.parse('{\n\t"name": "shop"\n}', FILE) == {"name": "shop"}


@pytest.mark.parametrize("source", ["a: 1\nb: 2\na: 3\n", '{"a": 1,\n "b": 2,\n "a": 3}'], ids=["yaml", "json"])
def test_a_key_that_stands_twice_is_an_error_at_its_second_line(source):
    found = problem(source)
    assert (found.line, found.path) == (3, "a")
    assert found.message == "the key 'a' stands here twice"


def test_a_repeated_key_deep_inside_is_named_with_its_path():
    assert place(problem("stages:\n  - name: Source\n    name: Build\n")) == (3, 5, "stages[0].name")


@law
@given(json_values)
def test_every_json_value_without_fractions_survives_json(value):
    assert json.dumps(documents.parse(json.dumps([value]), FILE)) == json.dumps([value])


@law
@given(st.text())
def test_every_text_survives_as_a_json_string(text):
    assert documents.parse(json.dumps(text), FILE) == text


@law
@given(json_values)
def test_every_json_value_without_fractions_survives_yaml(value):
    assert json.dumps(documents.parse(yaml.safe_dump([value], sort_keys=False), FILE)) == json.dumps([value])


# Merging and anchors


def test_merged_keys_give_way_to_a_mapping_s_own():
    assert documents.parse("base: &base {a: 1, b: 2}\nown: {b: 3, <<: *base}\n", FILE)["own"] == {"a": 1, "b": 3}


def test_of_several_merged_mappings_the_first_wins():
    source = "one: &one {a: 1}\ntwo: &two {a: 2, b: 2}\nown: {<<: [*one, *two]}\n"
    assert documents.parse(source, FILE)["own"] == {"a": 1, "b": 2}


def test_a_quoted_merge_key_is_a_key():
    assert documents.parse('"<<": 1', FILE) == {"<<": 1}


@pytest.mark.parametrize("source", ["own: {<<: 1}", "own: {<<: [1]}"])
def test_only_mappings_can_be_merged(source):
    found = problem(source)
    assert (found.path, found.message) == ("own.<<", "only mappings can be merged")


def test_an_alias_gives_the_anchored_value():
    assert documents.parse("a: &x [1]\nb: *x", FILE) == {"a": [1], "b": [1]}


@pytest.mark.parametrize("source", ["a: &x [*x]", "a: &x {b: *x}", "a: &x {<<: *x}"])
def test_an_anchor_that_contains_itself_is_an_error(source):
    assert problem(source).message == "the anchor contains itself"


def test_aliases_that_expand_to_too_much_are_an_error():
    bomb = "a0: &a0 [x, x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
    assert problem(bomb).message == "aliases expand to too much"


def test_an_alias_to_nothing_is_an_error_at_its_line():
    assert problem("a: 1\nb: *missing\n").line == 2


# What is refused


@pytest.mark.parametrize(
    "source",
    ["key: !Ref Role", "key: !Sub ['${A}', {}]", "key: !Map {a: 1}", "key: !!float 1.5", "key: !!binary aGk=",
     "key: !!python/name:os.system", "key: !!set {a, b}", "key: !!timestamp 2026-01-01", "key: <<"],
)  # fmt: skip
def test_a_foreign_tag_is_an_error_where_it_stands(source):
    found = problem(source)
    assert place(found) == (1, 6, "key")
    assert re.fullmatch(r"the YAML tag !\S+ is not read here", found.message)


@pytest.mark.parametrize("source", ["key: !!int x", "key: !!int 012", "key: !!bool perhaps", "key: !!null nothing"])
def test_a_tag_that_its_value_does_not_fit_is_refused_like_a_foreign_one(source):
    assert "is not read here" in problem(source).message


@pytest.mark.parametrize("source", ["!Ref key: 1", "a: &a {x: 1}\nb: {<<: !Ref {y: 1}}"])
def test_a_foreign_tag_is_found_on_keys_and_merged_mappings_too(source):
    assert problem(source).message == "the YAML tag !Ref is not read here"


def test_a_tag_that_its_value_fits_is_read():
    assert documents.parse('[!!str 012, !!int "5", !!bool "true", !!null ""]', FILE) == ["012", 5, True, None]


@pytest.mark.parametrize("source", ["{[a, b]: 1}", "? {a: 1}\n: 2"])
def test_a_key_that_is_no_scalar_is_an_error(source):
    assert problem(source).message == "a key must be a plain string"


def test_a_second_document_is_an_error_at_its_line():
    found = problem("name: one\n---\nname: two\n")
    assert (found.line, found.message) == (2, "more than one document in the file")


def test_a_tab_as_indentation_is_named():
    found = problem("stages:\n\tname: Source\n")
    assert (found.line, found.hint) == (2, "indent with spaces, YAML forbids tabs")


def test_a_syntax_error_has_line_column_and_a_hint():
    found = problem("stages:\n  - name: [Source\n  - name: Build\n")
    assert (found.file, found.line) == (FILE, 3)
    assert found.column > 0
    assert found.hint == "check indentation, quotes and brackets here"


def test_a_control_character_is_named_with_its_line():
    found = problem("name: shop\nother: \x07\n")
    assert (found.line, found.message, found.hint) == (2, "the character U+0007 is not allowed", "remove it")


@pytest.mark.parametrize("source", ["name: \ud800", '"\ud800"', '{"name": "\\ud800"}', 'name: "\\ud800"'])
def test_half_a_surrogate_pair_is_refused_because_no_store_takes_it(source):
    assert problem(source).file == FILE


def test_a_whole_surrogate_pair_in_json_is_one_character():
    assert documents.parse('{"name": "\\ud83d\\ude00"}', FILE) == {"name": "\U0001f600"}


# Depth


@pytest.mark.parametrize("levels", [102, 500, 100_000], ids=str)
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda n: "[" * n + "]" * n, id="JSON list"),
        pytest.param(lambda n: '{"a":' * n + "1" + "}" * n, id="JSON mapping"),
        pytest.param(lambda n: "[x, " * n + "]" * n, id="flow"),
        pytest.param(lambda n: "[a: " * n + "x" + "]" * n, id="pairs"),
        pytest.param(lambda n: "- " * n + "x", id="block"),
        pytest.param(lambda n: "\r- x\r" + "- " * n + "x", id="old line ends"),
    ],
)
def test_deep_nesting_is_an_error_and_never_the_end_of_the_process(write, levels):
    assert problem(write(levels)).message == "the document is nested too deeply"


def test_nesting_by_indentation_is_an_error_too():
    found = problem("".join(f"{' ' * level}a:\n" for level in range(1_000)))
    assert (found.line, found.message) == (102, "the document is nested too deeply")


def test_nesting_that_aliases_add_up_counts_as_nesting():
    chain = "- &a0 []\n" + "".join(f"- &a{n} [*a{n - 1}]\n" for n in range(1, 150))
    assert problem(chain).message == "the document is nested too deeply"


@pytest.mark.parametrize("write", [lambda n: "[" * n + "]" * n, lambda n: "- " * n + "x"], ids=["json", "yaml"])
def test_a_hundred_levels_are_fine(write):
    value, depth = documents.parse(write(documents.MAX_DEPTH), FILE), 0
    while isinstance(value, list) and value:
        (value,), depth = value, depth + 1
    assert depth >= documents.MAX_DEPTH - 1


# Bytes


def test_a_file_over_the_limit_is_refused_before_it_is_decoded():
    class Undecodable(bytes):
        def decode(self, *_):
            pytest.fail("decoded")

    found = undecodable(Undecodable(50 * 1024 * 1024))
    assert found.message == "the file has 52,428,800 bytes; the limit is 1,048,576"


@pytest.mark.parametrize(("size", "fine"), [(10, True), (11, False)])
def test_the_limit_itself_is_allowed(size, fine):
    if fine:
        assert documents.text(b"a" * size, FILE, 10) == "a" * size
    else:
        assert undecodable(b"a" * size, 10).hint == "split the file"


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00", "name: shop".encode("utf-16")], ids=["zip", "utf-16"])
def test_a_binary_file_is_called_one(data):
    assert undecodable(data).message == "this is a binary file"


def test_what_is_not_utf_8_has_the_line_of_the_first_wrong_byte():
    found = undecodable(b"name: shop\nowner: M\xfcller\n")
    assert (found.line, found.message, found.hint) == (2, "the file is not UTF-8", "save it as UTF-8")


def test_a_byte_order_mark_is_dropped():
    assert documents.text(b"\xef\xbb\xbfname: shop", FILE) == "name: shop"


# Positions


def test_every_node_has_the_position_of_its_key_or_item():
    found = documents.positions("name: shop\nstages:\n  - name: Source\n  - name: Build\n")
    assert found == {
        (): (1, 1),
        ("name",): (1, 1),
        ("stages",): (2, 1),
        ("stages", 0): (3, 5),
        ("stages", 0, "name"): (3, 5),
        ("stages", 1): (4, 5),
        ("stages", 1, "name"): (4, 5),
    }


def test_a_fault_is_located_at_its_path():
    fault = Fault(("stages", 0, "name"), "wrong", "mend")
    (found,) = documents.locate("name: shop\nstages:\n  - name: Source\n", FILE, [fault])
    assert found == Problem(FILE, 3, 5, "stages[0].name", "wrong", "mend")


@pytest.mark.parametrize(
    ("path", "line"),
    [(("stages", 0, "actions", 2, "name"), 3), (("stages", 7), 2), (("roleArn",), 1), ((), 1)],
    ids=lambda value: documents.path_text(value) if isinstance(value, tuple) else str(value),
)
def test_a_path_that_is_absent_is_located_at_its_nearest_ancestor(path, line):
    (found,) = documents.locate("name: shop\nstages:\n  - name: Source\n", FILE, [Fault(path, "missing")])
    assert (found.line, found.path) == (line, documents.path_text(path))


@pytest.mark.parametrize(
    "before",
    ['"face": "\\ud83d\\ude00",', '"delete": "\x7f",', '"line": "\u2028",', "\t"],
    ids=["surrogate pair", "control character", "line separator", "tab"],
)
def test_json_that_yaml_would_refuse_has_lines_all_the_same(before):
    source = f'\t{{{before}\n"stages": [\n{{}}]}}'
    documents.parse(source, FILE)
    (found,) = documents.locate(source, FILE, [Fault(("stages", 0), "wrong")])
    assert (found.line, found.column) == (3, 1)


def test_json_that_yaml_cannot_read_at_all_has_problems_without_a_line():
    source = json.dumps({"k" * 2_000: 1})
    assert documents.locate(source, FILE, [Fault(("name",), "missing")]) == (Problem(FILE, 0, 0, "name", "missing"),)


def test_an_empty_text_has_no_positions():
    assert documents.locate("", FILE, [Fault((), "empty")]) == (Problem(FILE, 0, 0, "", "empty"),)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("name",), "name"),
        (("stages", 1, "actions", 0, "name"), "stages[1].actions[0].name"),
        ((0, 1), "[0][1]"),
    ],
)
def test_a_path_is_written_as_people_write_it(path, text):
    assert documents.path_text(path) == text


# Whatever the text


def problems(source: str) -> tuple[Problem, ...]:
    try:
        documents.parse(source, FILE)
    except Invalid as refused:
        return refused.problems
    return documents.locate(source, FILE, [Fault(("a", 0), "wrong")])


@law
@given(st.text() | st.text(SIGNS))
def test_any_text_is_a_value_or_a_problem_and_nothing_else(text):
    assert [each.file for each in problems(text)] == [FILE]


@law
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE)), st.integers(0, 3), st.sampled_from(TOKENS)), min_size=1))
def test_a_document_with_typing_errors_is_a_value_or_a_problem_and_nothing_else(errors):
    source = SAMPLE
    for start, dropped, sign in errors:
        source = source[:start] + sign + source[start + dropped :]
    assert [each.file for each in problems(source)] == [FILE]


@law
@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_text_or_a_problem_and_nothing_else(data):
    with contextlib.suppress(Invalid):
        assert documents.text(data, FILE).encode() == data.removeprefix(b"\xef\xbb\xbf")
