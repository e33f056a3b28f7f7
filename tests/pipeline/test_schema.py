from __future__ import annotations

import copy
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents import Fault
from reconciler.errors import Broken
from reconciler.pipeline import schema
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROLE = "arn:aws:iam::111122223333:role/pipeline"
MODEL: dict[str, dict[str, Any]] = Loader().load_service_model("codepipeline", "service-2")["shapes"]
ACTION = ("stages", 1, "actions", 0)
RULE = ("stages", 1, "beforeEntry", "conditions", 0, "rules", 0)


def kind(category: str, provider: str) -> dict[str, str]:
    return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}


def declaration() -> dict[str, Any]:
    source = {
        "name": "Checkout",
        "actionTypeId": kind("Source", "CodeStarSourceConnection"),
        "configuration": {"FullRepositoryId": "shop/web", "BranchName": "main", "DetectChanges": "false"},
        "outputArtifacts": [{"name": "source"}],
        "namespace": "Source",
    }
    build = {
        "name": "Compile",
        "actionTypeId": kind("Compute", "Commands"),
        "runOrder": 1,
        "commands": ["make", "make check"],
        "configuration": {"Size": 3, "Fast": True, "Image": "plain"},
        "inputArtifacts": [{"name": "source"}],
        "outputArtifacts": [{"name": "built", "files": ["out/**"]}],
        "outputVariables": ["COUNT"],
        "environmentVariables": [{"name": "LEVEL", "value": "debug", "type": "PLAINTEXT"}],
        "region": "eu-west-1",
        "roleArn": ROLE,
        "timeoutInMinutes": 60,
    }
    rule = {
        "name": "Calm",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"},
        "configuration": {"AlarmName": "errors", "WaitTime": 5},
    }
    key = {"id": "alias/pipeline", "type": "KMS"}
    return {
        "name": "shop-dev-deploy",
        "roleArn": ROLE,
        "artifactStores": {"eu-west-1": {"type": "S3", "location": "shop-artifacts", "encryptionKey": key}},
        "stages": [
            {"name": "Source", "actions": [source]},
            {
                "name": "Build",
                "actions": [build],
                "beforeEntry": {"conditions": [{"result": "FAIL", "rules": [rule]}]},
                "onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}},
            },
        ],
        "version": 4,
        "executionMode": "QUEUED",
        "pipelineType": "V2",
        "variables": [{"name": "Level", "defaultValue": "1", "description": ""}],
        "triggers": [
            {
                "providerType": "CodeStarSourceConnection",
                "gitConfiguration": {"sourceActionName": "Checkout", "push": [{"branches": {"includes": ["main"]}}]},
            }
        ],
    }


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path


def put(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Give the valid declaration with one place changed."""
    document = place = declaration()
    for part in path[:-1]:
        place = place[part]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    return document


def drop(path: tuple[str | int, ...]) -> dict[str, Any]:
    document = place = declaration()
    for part in path[:-1]:
        place = place[part]  # type: ignore[index]
    del place[path[-1]]  # type: ignore[arg-type]
    return document


def synthetic(**shapes: dict[str, Any]) -> Any:
    return schema.checker(shapes, "Root", "botocore 1.2.3")


def test_a_realistic_declaration_has_no_fault() -> None:
    assert schema.check(declaration()) == ()


@pytest.mark.parametrize(
    ("path", "value", "message", "hint"),
    [
        pytest.param(
            (*ACTION, "runOrder"), 0, "runOrder is 0; the least is 1", "allowed: 1 to 999", id="integer too small"
        ),
        pytest.param(
            (*ACTION, "timeoutInMinutes"),
            86401,
            "timeoutInMinutes is 86401; the most is 86400",
            "allowed: 5 to 86400",
            id="integer too large",
        ),
        pytest.param(("version",), 0, "version is 0; the least is 1", "", id="integer with one bound"),
        pytest.param(
            ("version",), "4", "version is a string; AWS wants an integer", "write it without quotes: 4", id="quoted"
        ),
        pytest.param(
            ("version",), "four", "version is a string; AWS wants an integer", "write an integer here", id="word"
        ),
        pytest.param(
            (*ACTION, "runOrder"),
            True,
            "runOrder is a boolean; AWS wants an integer",
            "write an integer here",
            id="boolean for an integer",
        ),
        pytest.param(
            (*ACTION, "actionTypeId", "version"),
            1,
            "version is an integer; AWS wants a string",
            'write it as a string: "1"',
            id="integer for a string",
        ),
        pytest.param(
            ("name",),
            True,
            "name is a boolean; AWS wants a string",
            'write it as a string: "true"',
            id="boolean for a string",
        ),
        pytest.param(
            ("name",),
            1.5,
            "name is a number; AWS wants a string",
            'write it as a string: "1.5"',
            id="fraction for a string",
        ),
        pytest.param(
            ("name",),
            1 << 99_999,
            "name is an integer; AWS wants a string",
            'write it as a string: "a huge number"',
            id="unprintable integer",
        ),
        pytest.param(("roleArn",), None, "roleArn is null", "remove the key or give a value", id="null"),
        pytest.param(
            (*ACTION, "commands", 1), None, "commands[1] is null", "remove the key or give a value", id="null in a list"
        ),
        pytest.param(
            (*ACTION, "configuration", "Image"),
            None,
            "Image is null",
            "remove the key or give a value",
            id="null in configuration",
        ),
        pytest.param(
            ("stages",), {}, "stages is a mapping; AWS wants a list", "write a list here", id="mapping for a list"
        ),
        pytest.param(
            ("stages", 0),
            [],
            "stages[0] is a list; AWS wants a mapping",
            "write a mapping here",
            id="list for a structure",
        ),
        pytest.param(
            (*ACTION, "configuration"),
            "x",
            "configuration is a string; AWS wants a mapping",
            "write a mapping here",
            id="string for a map",
        ),
        pytest.param(
            (*ACTION, "configuration", "Image"),
            {},
            "Image is a mapping; AWS wants a string",
            "write it as JSON text in one string",
            id="mapping for a configuration value",
        ),
        pytest.param(
            (*ACTION, "commands"), [], "commands has 0 items; the least is 1", "allowed: 1 to 50", id="list too short"
        ),
        pytest.param(
            (*RULE, "configuration"),
            {f"k{index}": "v" for index in range(201)},
            "configuration has 201 items; the most is 200",
            "allowed: 0 to 200",
            id="map too large",
        ),
        pytest.param(
            ("name",), "a" * 101, "name has 101 characters; the most is 100", "allowed: 1 to 100", id="string too long"
        ),
        pytest.param(
            ("name",), "", "name has 0 characters; the least is 1", "allowed: 1 to 100", id="string too short"
        ),
        pytest.param(
            (*ACTION, "configuration", "x" * 51),
            "v",
            f"as a key, {'x' * 51} has 51 characters; the most is 50",
            "allowed: 1 to 50",
            id="key too long",
        ),
        pytest.param(
            (*ACTION, "configuration", ""),
            "v",
            "as a key, '' has 0 characters; the least is 1",
            "allowed: 1 to 50",
            id="key too short",
        ),
        pytest.param(
            ("artifactStores", "eu"),
            {"type": "S3", "location": "shop"},
            "as a key, eu has 2 characters; the least is 4",
            "allowed: 4 to 30",
            id="no Region",
        ),
        pytest.param(
            ("name",), "a b", r"'a b' does not match [A-Za-z0-9.@\-_]+", "not allowed: ' '", id="pattern of one class"
        ),
        pytest.param(
            ("name",), "é", r"'é' does not match [A-Za-z0-9.@\-_]+", "not allowed: 'é'", id="letters beyond ASCII"
        ),
        pytest.param(
            ("roleArn",),
            "arn:aws:iam::1234567890:role/x",
            r"'arn:aws:iam::1234567890:role/x' does not match arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*",
            "write arn:aws:iam::<12 digits of the account>:role/<name>",
            id="account of ten digits",
        ),
        pytest.param(
            ("roleArn",), f"{ROLE}\n", "roleArn has a line break", "write it on one line", id="line break at the end"
        ),
        pytest.param(
            (*ACTION, "actionTypeId", "category"),
            "Deploi",
            "'Deploi' is not one of Source, Build, Deploy, Test, Invoke, Approval, Compute",
            "did you mean 'Deploy'?",
            id="enum with a neighbour",
        ),
        pytest.param(
            ("executionMode",),
            "superseded",
            "'superseded' is not one of QUEUED, SUPERSEDED, PARALLEL",
            "did you mean 'SUPERSEDED'?",
            id="enum in small letters",
        ),
        pytest.param(
            ("pipelineType",), "new", "'new' is not one of V1, V2", "write one of them", id="enum with no neighbour"
        ),
        pytest.param(
            ("triggers", 0, "providerType"),
            "Git",
            "'Git' is not one of CodeStarSourceConnection",
            "did you mean 'CodeStarSourceConnection'?",
            id="enum of one value",
        ),
        pytest.param(
            (*ACTION, "RunOrder"),
            1,
            "'RunOrder' is not known here",
            "did you mean 'runOrder'?",
            id="member in CloudFormation's spelling",
        ),
        pytest.param(
            ("metadata",),
            {},
            "'metadata' is not known here",
            "this is the answer of get-pipeline: `metadata` must stand beside `pipeline`, or be removed",
            id="metadata inside",
        ),
        pytest.param(
            ("tags",),
            {},
            "'tags' is not known here",
            "`tags` must stand beside `pipeline`, not inside it",
            id="tags inside",
        ),
    ],
)
def test_a_bad_value_is_one_fault_at_its_place(
    path: tuple[str | int, ...], value: object, message: str, hint: str
) -> None:
    assert schema.check(put(path, value)) == (Fault(path, message, hint),)


@pytest.mark.parametrize("document", [None, [], "pipeline", 1], ids=["null", "list", "string", "integer"])
def test_a_document_that_is_no_mapping_is_one_fault(document: object) -> None:
    (fault,) = schema.check(document)
    assert fault.path == ()
    assert fault.message.startswith("the declaration is ")


@pytest.mark.parametrize(
    "path", [("stages",), ("artifactStores", "eu-west-1", "location"), (*ACTION, "actionTypeId", "provider")], ids=str
)
def test_a_missing_member_is_a_fault_where_it_should_stand(path: tuple[str | int, ...]) -> None:
    assert schema.check(drop(path)) == (Fault(path, f"{path[-1]} is missing", f"add `{path[-1]}`"),)


def test_an_unknown_member_without_neighbours_may_come_from_a_newer_sdk() -> None:
    (fault,) = schema.check(put((*ACTION, "actionTypeId", "quux"), 1))
    assert "known here: category, owner, provider, version; botocore 1." in fault.hint
    assert fault.hint.endswith("pip install -U botocore")


def test_faults_come_in_the_order_of_the_document() -> None:
    document = {"version": 0, "stages": [{"actions": None, "name": ""}], "name": ""}
    places = [fault.path for fault in schema.check(document)]
    assert places == [("roleArn",), ("version",), ("stages", 0, "actions"), ("stages", 0, "name"), ("name",)]


def test_the_metadata_of_an_action_is_just_unknown() -> None:
    (fault,) = schema.check(put((*ACTION, "metadata"), {}))
    assert "get-pipeline" not in fault.hint


@pytest.mark.parametrize(
    ("path", "most"),
    [
        pytest.param((*ACTION, "configuration", "Image"), 50_000, id="action"),
        pytest.param((*RULE, "configuration", "AlarmName"), 10_000, id="rule"),
    ],
)
def test_configuration_values_have_their_own_limits(path: tuple[str | int, ...], most: int) -> None:
    assert schema.check(put(path, "x" * most)) == ()
    (fault,) = schema.check(put(path, "x" * (most + 1)))
    assert fault == Fault(path, f"{path[-1]} has {most + 1} characters; the most is {most}", f"allowed: 1 to {most}")


@pytest.mark.parametrize("value", [True, False, 0, 7], ids=str)
@pytest.mark.parametrize("place", [ACTION, RULE], ids=["action", "rule"])
def test_configuration_takes_booleans_and_integers(place: tuple[str | int, ...], value: object) -> None:
    assert schema.check(put((*place, "configuration", "Extra"), value)) == ()


PLACES = {leaf[:size] for leaf in leaves(declaration()) for size in range(1, len(leaf) + 1)}


@pytest.mark.parametrize("path", sorted(PLACES, key=str), ids=str)
def test_what_is_unknown_is_fine_anywhere(path: tuple[str | int, ...]) -> None:
    assert schema.check(put(path, Unknown("${Missing}"))) == ()


def test_a_declaration_that_is_unknown_as_a_whole_is_fine() -> None:
    assert schema.check(Unknown("${Missing}")) == ()


def test_a_region_that_is_unknown_is_fine_as_a_key() -> None:
    store = {"type": "S3", "location": "shop"}
    assert schema.check(put(("artifactStores",), {Unknown("${AWS::Region}"): store})) == ()


@pytest.mark.parametrize("value", [31337.5, "31337" * 11_000, ["31337"], {"hunter": ["31337"]}], ids=type)
@pytest.mark.parametrize(
    "path",
    [
        (*ACTION, "configuration", "Image"),
        (*ACTION, "configuration"),
        (*RULE, "configuration", "AlarmName"),
        (*ACTION, "environmentVariables", 0, "value"),
        (*ACTION, "environmentVariables", 0),
        ("variables", 0, "defaultValue"),
    ],
    ids=str,
)
def test_no_fault_shows_a_value_that_may_be_secret(path: tuple[str | int, ...], value: object) -> None:
    faults = schema.check(put(path, value))
    assert faults
    assert not any("31337" in f"{fault.message} {fault.hint}" for fault in faults)


@pytest.mark.parametrize("value", [31337, True, ["31337"], "31337\n31337"], ids=type)
def test_an_environment_variable_must_be_a_string_and_is_not_shown(value: object) -> None:
    (fault,) = schema.check(put((*ACTION, "environmentVariables", 0, "value"), value))
    assert "31337" not in fault.message + fault.hint
    assert "true" not in fault.message + fault.hint


def test_a_secret_that_does_not_match_is_not_shown() -> None:
    assert synthetic(Root={"type": "string", "pattern": "[a-z]+", "secret": True})("31337") == (
        Fault((), "the declaration does not match [a-z]+"),
    )


NAMES = ("a.b@c-d_e", "a@c-d_e", "a.b", "a b", "a" * 100, "a" * 101, "")


@pytest.mark.parametrize(
    ("path", "good"),
    [
        pytest.param(("name",), {"a.b@c-d_e", "a@c-d_e", "a.b", "a" * 100}, id="pipeline"),
        pytest.param(("stages", 0, "name"), {"a.b@c-d_e", "a@c-d_e", "a.b", "a" * 100}, id="stage"),
        pytest.param((*ACTION, "name"), {"a.b@c-d_e", "a@c-d_e", "a.b", "a" * 100}, id="action"),
        pytest.param((*ACTION, "inputArtifacts", 0, "name"), {"a" * 100}, id="artifact"),
        pytest.param((*ACTION, "namespace"), {"a@c-d_e", "a" * 100}, id="namespace"),
    ],
)
def test_names_are_judged_as_in_the_worked_examples(path: tuple[str | int, ...], good: set[str]) -> None:
    assert {name for name in NAMES if not schema.check(put(path, name))} == good


NESTED = st.one_of(st.none(), st.dictionaries(st.text(), st.none() | st.integers() | st.lists(st.text())))


@given(path=st.sampled_from(sorted(leaves(declaration()), key=str)), value=NESTED)
def test_a_leaf_made_null_or_an_object_is_a_fault_there(path: tuple[str | int, ...], value: object) -> None:
    faults = schema.check(put(path, copy.deepcopy(value)))
    assert faults
    assert all(fault.path[: len(path)] == path for fault in faults)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(declaration())) | st.text(), inner),
)


@given(value=JSON)
def test_no_value_at_all_makes_the_check_raise(value: object) -> None:
    assert schema.check(value)


def members(name: str = "PipelineDeclaration", path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Walk botocore's model: the path of every member, with `[]` for an item and `{}` for an entry of a map."""
    shape = MODEL[name]
    for member, target in shape.get("members", {}).items():
        yield (*path, member)
        yield from members(target["shape"], (*path, member))
    if shape["type"] == "list":
        yield from members(shape["member"]["shape"], (*path, "[]"))
    if shape["type"] == "map":
        yield from members(shape["value"]["shape"], (*path, "{}"))


def wrapped(path: tuple[str, ...]) -> Any:
    if not path:
        return None
    inner = wrapped(path[1:])
    return [inner] if path[0] == "[]" else {"eu-west-1" if path[0] == "{}" else path[0]: inner}


@pytest.mark.parametrize("path", sorted(set(members())), ids=".".join)
def test_every_member_of_the_model_is_known(path: tuple[str, ...]) -> None:
    faults = schema.check(wrapped(path))
    assert any(fault.message.endswith("is null") for fault in faults)
    assert not [fault for fault in faults if "not known" in fault.message]


def test_the_shapes_are_those_that_botocore_loads() -> None:
    assert schema.shapes() == MODEL


def test_the_amended_shapes_exist_in_the_model() -> None:
    assert schema._EXTRAS.keys() <= MODEL.keys()  # a renamed shape would lose its exception silently


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        pytest.param("boolean", [True, False], ["true", 1, None], id="boolean"),
        pytest.param("timestamp", ["2026-01-01T00:00:00Z", 1, 1.5], [True, [], None], id="timestamp"),
        pytest.param("long", [1, -1], ["1", True, 1.5, None], id="long"),
        pytest.param("newly invented", ["x", 1, [], {}], [None], id="unknown"),
    ],
)
def test_types_that_declarations_do_not_use_today_are_checked(kind: str, good: list[Any], bad: list[Any]) -> None:
    check = synthetic(Root={"type": kind})
    assert [check(value) for value in good] == [()] * len(good)
    assert all(len(check(value)) == 1 for value in bad)


def test_a_quoted_boolean_is_told_to_lose_its_quotes() -> None:
    assert synthetic(Root={"type": "boolean"})("true")[0].hint == "write it without quotes: true"


def test_a_pattern_that_python_cannot_read_is_ignored() -> None:
    assert synthetic(Root={"type": "string", "pattern": r"\p{Alpha}+"})("anything") == ()


def test_letters_of_a_pattern_are_ascii_as_the_service_reads_them() -> None:
    assert synthetic(Root={"type": "string", "pattern": r"\w+"})("é")


def test_a_shape_may_hold_itself() -> None:
    check = synthetic(
        Root={"type": "structure", "members": {"inner": {"shape": "Root"}, "size": {"shape": "Size"}}},
        Size={"type": "integer"},
    )
    assert [fault.path for fault in check({"inner": {"inner": {"size": "1"}}})] == [("inner", "inner", "size")]


def test_a_botocore_without_its_data_is_broken_and_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.resources.files", lambda _package: tmp_path)
    with pytest.raises(Broken, match="pip install --force-reinstall botocore"):
        schema.shapes.__wrapped__()


def test_uncompressed_data_of_the_newest_version_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("2015-07-09", "2031-01-01"):
        (tmp_path / "data" / "codepipeline" / version).mkdir(parents=True)
    (tmp_path / "data" / "codepipeline" / "2031-01-01" / "service-2.json").write_text('{"shapes": {"A": {}}}')
    monkeypatch.setattr("importlib.resources.files", lambda _package: tmp_path)
    assert schema.shapes.__wrapped__() == {"A": {}}


def test_importing_and_checking_load_neither_boto3_nor_a_client() -> None:
    program = (
        "import sys; from reconciler.pipeline import schema; assert 'botocore' not in sys.modules; schema.check({});"
        "assert not {'boto3', 'botocore.loaders', 'botocore.session', 'botocore.client'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
