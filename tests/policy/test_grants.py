"""What policies allow, deny, and leave open."""

from __future__ import annotations

import pytest

from reconciler.policy.grants import Answer, Request, answer, statements

BUILD, PROJECT = "codebuild:StartBuild", "arn:aws:codebuild:eu-west-1:111111111111:project/shop"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def said(*written, boundary=None, action=BUILD, resource=PROJECT, **context):
    limits = None if boundary is None else list(statements({"Statement": boundary}, ()))
    return answer(Request(action, resource, context), list(statements({"Statement": list(written)}, ())), limits)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param({}, Answer.YES, id="as it is"),
        pytest.param({"Action": ["s3:GetObject", "CODEBUILD:start*"]}, Answer.YES, id="whatever the case"),
        pytest.param({"Action": "codebuild:StopBuild"}, Answer.NO, id="another action"),
        pytest.param({"Resource": f"{PROJECT}-other"}, Answer.NO, id="another resource"),
        pytest.param({"Resource": PROJECT[:-1] + "?"}, Answer.YES, id="one character"),
        pytest.param({"Resource": "arn:aws:codebuild:*:${aws:PrincipalAccount}:*"}, Answer.PERHAPS, id="a variable"),
        pytest.param({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, Answer.PERHAPS, id="a condition"),
        pytest.param({"Condition": {"StringLike": {"Aws:Team": "we*"}}}, Answer.YES, id="a condition that holds"),
        pytest.param({"Condition": {"StringEquals": {"aws:team": ["api"]}}}, Answer.NO, id="one that does not"),
        pytest.param({"Effect": "Deny"}, Answer.NO, id="a denial"),
    ],
)
def test_one_statement_answers(statement, expected):
    whole = {"Effect": "Allow", "Action": BUILD, "Resource": PROJECT} | statement
    assert said(whole, **{"aws:team": "web"}) == expected


def test_a_denial_wins_and_one_under_conditions_leaves_it_open():
    deny = {"Effect": "Deny", "Action": "codebuild:*", "Resource": "*"}
    assert said(ALL, deny) == Answer.NO
    assert said(ALL, deny | {"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}) == Answer.PERHAPS


def test_all_but_something_is_everything_else():
    other = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::*"}
    assert said(other) == Answer.YES
    assert said(other, action="iam:PassRole") == Answer.NO
    assert said(other, resource="arn:aws:s3:::b") == Answer.NO


def test_a_part_of_what_is_meant_does_not_do_and_its_denial_leaves_it_open():
    stacks, one = "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop/*", "stack/shop/1"
    part = {"Action": "*", "Resource": stacks.replace("stack/shop/*", one)}
    assert said({"Effect": "Allow", **part}, resource=stacks) == Answer.NO
    assert said(ALL, {"Effect": "Deny", **part}, resource=stacks) == Answer.PERHAPS


def test_a_boundary_has_to_allow_it_too():
    assert said(ALL, boundary=[ALL]) == Answer.YES
    assert said(ALL, boundary=[ALL | {"Action": "s3:*"}]) == Answer.NO
    assert said(ALL, boundary=[]) == Answer.NO


def test_a_single_statement_needs_no_list():
    assert answer(Request(BUILD, PROJECT), list(statements({"Statement": ALL}, ()))) == Answer.YES
