from __future__ import annotations

import pytest

from reconciler.pipeline.unknown import Unknown

PARAMETERS = {
    "Env": {"Type": "String", "Default": "dev"},
    "Zones": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
    "Open": {"Type": "String"},
}
MAPPINGS = {"Branches": {"dev": {"name": "develop", "all": ["develop", "main"]}, "12": {"name": "twelve"}}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("!Ref Env", "dev", id="Ref"),
        pytest.param("{Ref: Env}", "dev", id="Ref, long form"),
        pytest.param("!Ref Zones", ["a", "b", "c"], id="Ref of a list"),
        pytest.param("!Sub 'x-${Env}-${ Env }'", "x-dev-dev", id="Sub"),
        pytest.param("!Sub '${!Env} $${Env} #{ns.key} ${'", "${Env} $dev #{ns.key} ${", id="Sub with literals"),
        pytest.param("!Sub ['${Env}/${Branch}', {Branch: !Ref Env, Env: 7}]", "7/dev", id="Sub with variables"),
        pytest.param("!Sub 'a${AWS::NoValue}b'", "ab", id="Sub without value"),
        pytest.param("!Join ['-', [a, !Ref Env, 1, true]]", "a-dev-1-true", id="Join"),
        pytest.param("!Join [',', !Ref Zones]", "a,b,c", id="Join of a parameter"),
        pytest.param("!Join ['-', [a, !Ref 'AWS::NoValue', b]]", "a-b", id="Join without value"),
        pytest.param("!Join ['-', []]", "", id="Join of nothing"),
        pytest.param("!Select [1, [a, b]]", "b", id="Select"),
        pytest.param("!Select ['2', !Ref Zones]", "c", id="Select by a number in quotes"),
        pytest.param("!Select [0, [{a: [!Ref Env]}]]", {"a": ["dev"]}, id="Select of a mapping"),
        pytest.param("!Select [1, !Split [/, 'shop/web']]", "web", id="Split"),
        pytest.param("Fn::Base64: !Sub 'é${Env}'", "w6lkZXY=", id="Base64"),
        pytest.param("!FindInMap [Branches, !Ref Env, name]", "develop", id="FindInMap"),
        pytest.param("!FindInMap [Branches, 12, name]", "twelve", id="FindInMap by a number"),
        pytest.param("!FindInMap [Branches, dev, all]", ["develop", "main"], id="FindInMap of a list"),
        pytest.param("!FindInMap [Branches, qa, name, {DefaultValue: !Ref Env}]", "dev", id="FindInMap with a default"),
        pytest.param("Fn::Length: !Ref Zones", 3, id="Length"),
        pytest.param("Fn::ToJsonString: {b: 1, a: [true, !Ref Env]}", '{"b":1,"a":[true,"dev"]}', id="ToJsonString"),
        pytest.param("{Plain: [1, {Ref: Env, Other: x}]}", {"Plain": [1, {"Ref": "Env", "Other": "x"}]}, id="no call"),
    ],
)
def test_a_function_gives_its_value(resolve, text, value):
    assert resolve(text, Parameters=PARAMETERS, Mappings=MAPPINGS) == (value, [], [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("!Ref Open", "${Open}", id="Ref"),
        pytest.param("!Sub 'x-${Open}-${Env}'", "x-${Open}-dev", id="Sub"),
        pytest.param("!Sub ['${a}!', {a: !Ref Open}]", "${Open}!", id="Sub with variables"),
        pytest.param("!Join ['-', [a, !Ref Open]]", "a-${Open}", id="Join"),
        pytest.param("!Join [!Ref Open, [a, b]]", "a${Open}b", id="Join with an unknown delimiter"),
        pytest.param("!Select [0, !Split [/, !Ref Open]]", "${Open}", id="Split and Select"),
        pytest.param("!Select [1, [a, !Ref Open]]", "${Open}", id="Select"),
        pytest.param("!Select [!Ref Open, [a, b]]", "${Open}", id="Select by an unknown number"),
        pytest.param("!FindInMap [Branches, !Ref Open, name]", "${Open}", id="FindInMap"),
        pytest.param("Fn::Base64: !Ref Open", "${Open}", id="Base64"),
        pytest.param("Fn::Length: [a, !Ref Open]", "${Open}", id="Length"),
        pytest.param("Fn::ToJsonString: {a: !Ref Open}", "${Open}", id="ToJsonString"),
        pytest.param("!ImportValue shared", "${Fn::ImportValue}", id="ImportValue"),
        pytest.param("!GetAZs ''", "${Fn::GetAZs}", id="GetAZs"),
        pytest.param("!Cidr [10.0.0.0/16, 4, 8]", "${Fn::Cidr}", id="Cidr"),
        pytest.param("Fn::Transform: {Name: AWS::Include}", "${Fn::Transform}", id="Transform"),
        pytest.param("{Fn::Transform: {Name: X}, a: b}", "${Fn::Transform}", id="Transform beside other keys"),
        pytest.param("{'Fn::ForEach::L': [], a: b}", "${Fn::ForEach::L}", id="ForEach"),
        pytest.param("{'Fn::Newer': x}", "${Fn::Newer}", id="a function of tomorrow"),
        pytest.param("'{{resolve:ssm:/role}}'", "{{resolve:ssm:/role}}", id="dynamic reference"),
        pytest.param("!Sub '{{resolve:ssm:/${Env}}}'", "{{resolve:ssm:/dev}}", id="dynamic reference by Sub"),
    ],
)
def test_what_is_not_known_is_named_and_noted_once(resolve, text, value):
    resolved = resolve(text, Parameters=PARAMETERS, Mappings=MAPPINGS)
    assert (resolved.value, type(resolved.value), resolved.faults) == (value, Unknown, [])
    assert len(resolved.notes) == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("Ref: [Env]", "Value.Ref: Ref takes a name", id="Ref of a list"),
        pytest.param("!Ref Envy", "Value.Ref: the template has no parameter or resource Envy", id="Ref of nothing"),
        pytest.param(
            "!Ref AWS::Nowhere", "Value.Ref: CloudFormation has no pseudo parameter AWS::Nowhere", id="pseudo"
        ),
        pytest.param("!GetAtt Role", "Value.Fn::GetAtt: Fn::GetAtt takes a resource and an attribute", id="GetAtt"),
        pytest.param("!GetAtt R.Arn", "Value.Fn::GetAtt: the template has no resource R", id="GetAtt of nothing"),
        pytest.param("!Sub [a]", "Value.Fn::Sub: Fn::Sub takes a list of 2; it has 1", id="Sub of one"),
        pytest.param("!Sub {a: b}", "Value.Fn::Sub: Fn::Sub takes a list of 2; it has no list", id="Sub of a mapping"),
        pytest.param("!Sub [a, b]", "Value.Fn::Sub: Fn::Sub takes text, and a mapping of variables", id="Sub of texts"),
        pytest.param("!Sub '${Zones}'", "Value.Fn::Sub: Fn::Sub needs text here, not a list", id="Sub of a list"),
        pytest.param("!Sub '${a b}'", "Value.Fn::Sub: Fn::Sub has a variable without a proper name", id="Sub of words"),
        pytest.param(
            "!Sub ['${a}', {a: [b]}]", "Value.Fn::Sub[1].a: Fn::Sub needs text here, not a list", id="variable"
        ),
        pytest.param("!Join ['-']", "Value.Fn::Join: Fn::Join takes a list of 2; it has 1", id="Join of one"),
        pytest.param("!Join ['-', a]", "Value.Fn::Join[1]: Fn::Join needs a list here", id="Join of text"),
        pytest.param(
            "!Join ['-', [[a]]]", "Value.Fn::Join[1]: Fn::Join needs text here, not a list", id="Join of lists"
        ),
        pytest.param("!Join ['-', [~]]", "Value.Fn::Join[1]: Fn::Join needs text here, not null", id="Join of null"),
        pytest.param("!Split ['', a]", "Value.Fn::Split: Fn::Split needs a delimiter", id="Split by nothing"),
        pytest.param(
            "!Select [2, [a, b]]",
            "Value.Fn::Select: the list has 2 items, counted from 0; the number is not one of theirs",
            id="Select beyond the end",
        ),
        pytest.param(
            "!Select [-1, [a]]",
            "Value.Fn::Select: the list has 1 items, counted from 0; the number is not one of theirs",
            id="Select before the start",
        ),
        pytest.param(
            "!FindInMap [Branch, dev, name]",
            "Value.Fn::FindInMap: Fn::FindInMap finds nothing under this mapping",
            id="FindInMap without the mapping",
        ),
        pytest.param(
            "!FindInMap [Branches, qa, name]",
            "Value.Fn::FindInMap: Fn::FindInMap finds nothing under this key",
            id="FindInMap without the key",
        ),
        pytest.param(
            "!FindInMap [Branches, dev, tag, {Other: x}]",
            "Value.Fn::FindInMap: Fn::FindInMap finds nothing under this second key",
            id="FindInMap without the second key",
        ),
        pytest.param("Fn::Length: a", "Value.Fn::Length: Fn::Length counts a list", id="Length of text"),
        pytest.param("{Fn::Sub: a, b: c}", "Value: Fn::Sub stands beside other keys", id="a function beside others"),
        pytest.param(
            "!Split ['/', !Ref 'AWS::NoValue']", "Value.Fn::Split[1]: AWS::NoValue cannot stand here", id="none"
        ),
    ],
)
def test_what_cloudformation_refuses_is_a_fault_and_never_an_exception(resolve, text, fault):
    resolved = resolve(text, Parameters=PARAMETERS, Mappings=MAPPINGS)
    assert resolved.faults == [fault]
    assert isinstance(resolved.value, Unknown)


def test_a_mapping_that_a_macro_fills_is_unknown(resolve):
    mappings = {"Branches": {"Fn::Transform": {"Name": "AWS::Include"}}}
    resolved = resolve("!FindInMap [Branches, dev, name]", Mappings=mappings)
    assert (resolved.faults, resolved.notes) == ([], ["a macro fills this mapping"])


@pytest.mark.parametrize("text", ["!Ref Role", "!GetAtt Role.Arn", "!If [Role, a, b]"])
def test_a_name_that_is_not_there_may_come_from_a_macro(resolve, text):
    resolved = resolve(text, Transform="AWS::Serverless-2016-10-31")
    assert resolved.faults == []
    assert "a macro may add it" in resolved.notes[0]


def test_a_name_nearly_right_is_suggested(read):
    template = read("""
        Parameters: {Branch: {Type: String}}
        Resources: {Shop: {Type: AWS::CodePipeline::Pipeline, Properties: {Name: !Ref Brunch}}}
    """)
    assert template.faults[0].hint == "did you mean Branch?"


def test_a_dynamic_reference_in_a_list_of_a_mapping_is_unknown_too(resolve):
    mappings = {"Roles": {"dev": {"all": ["{{resolve:ssm:/role}}", "plain"]}}}
    assert [type(item) for item in resolve("!FindInMap [Roles, dev, all]", Mappings=mappings).value] == [Unknown, str]
