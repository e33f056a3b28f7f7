"""What IAM says of one role: who may take it, and everything that it may do.

IAM is asked in the account of the role: GetRole knows no other one. Its clients are made when the first role is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.aws import failures
from reconciler.aws.calls import Call
from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.aws.calls import Calls
    from reconciler.aws.sessions import Access


def read(calls: Calls, access: Access, arn: str) -> dict[str, Any]:
    """Give `trust`, `policies` by name or ARN, and `boundary` where there is one, of a role in the account of `access`.

    Raises `failures.Absent` if there is no such role, `failures.Denied` where IAM may not be asked; nothing is left out
    of what is given.
    """
    return _Reader(calls, access, arn).read()


class _Reader:
    """Reads one role, and each of its policies once."""

    def __init__(self, calls: Calls, access: Access, arn: str) -> None:
        self._calls, self._access, self._arn = calls, access, arn
        self._name = arn.rpartition("/")[2]

    def read(self) -> dict[str, Any]:
        role = self._send("GetRole", RoleName=self._name)["Role"]
        if role.get("Arn", self._arn) != self._arn:  # names are unique in an account, whatever the path is
            raise failures.Absent(f"GetRole {self._arn}: the role of this name is {role['Arn']}; correct the ARN")
        found = {"trust": _document(role.get("AssumeRolePolicyDocument")), "policies": dict(self._policies())}
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return found | ({"boundary": self._managed(boundary)} if boundary else {})

    def _policies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for page in self._pages("ListAttachedRolePolicies"):
            for each in page["AttachedPolicies"]:
                yield each["PolicyArn"], self._managed(each["PolicyArn"])
        for page in self._pages("ListRolePolicies"):
            for name in page["PolicyNames"]:
                answer = self._send("GetRolePolicy", RoleName=self._name, PolicyName=name)
                yield name, _document(answer["PolicyDocument"])

    def _managed(self, arn: str) -> dict[str, Any]:
        version = self._send("GetPolicy", arn, PolicyArn=arn)["Policy"]["DefaultVersionId"]
        answer = self._send("GetPolicyVersion", arn, PolicyArn=arn, VersionId=version)
        return _document(answer["PolicyVersion"]["Document"])

    def _call(self, operation: str, about: str, parameters: Mapping[str, Any]) -> Call:
        return Call(self._access, operation, parameters=parameters, resource=about or self._arn)

    def _send(self, operation: str, about: str = "", **parameters: Any) -> dict[str, Any]:
        return self._calls.send(self._call(operation, about, parameters))

    def _pages(self, operation: str) -> Iterator[dict[str, Any]]:
        return self._calls.pages(self._call(operation, "", {"RoleName": self._name}))


def _document(value: Any) -> dict[str, Any]:
    """Give a policy document; botocore has decoded it, and what it could not decode is no policy."""
    if not isinstance(value, dict):
        raise Broken("a policy document of IAM cannot be read; look at it in the console")
    return value
