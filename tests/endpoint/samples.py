"""Realistic declarations for benchmarks: five stages, twelve actions, V2, valid by reference B, the same every time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from endpoint.request import Document

_BRANCHES = ("main", "main", "release/stable", "trunk")
_TEAMS = ("checkout", "search", "billing", "identity", "delivery")
_IMAGES = ("python3.12", "java21", "nodejs22", "go1.23")


class _Service(NamedTuple):
    """What the declarations of one service vary with."""

    name: str
    number: int
    account: str
    region: str
    environment: str

    @property
    def uuid(self) -> str:
        """Give an id that looks random and is not."""
        return f"5a4b3c2d-1e0f-4a5b-8c7d-{self.number:012x}"

    def choice(self, values: tuple[str, ...]) -> str:
        """Give one of the values, always the same for the same service."""
        return values[self.number % len(values)]

    def role(self, purpose: str) -> str:
        """Give the ARN of one of the service's roles."""
        return f"arn:aws:iam::{self.account}:role/{self.name}-{purpose}"

    def arn(self, service: str, resource: str) -> str:
        """Give the ARN of a resource in the service's own account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def sample(n: int, *, account: str, region: str, environment: str = "prod") -> list[Document]:
    """Give `n` declarations `svc0001-prod-deploy`, …, each of 6 to 8 KB as JSON."""
    services = (_Service(f"svc{number:04}", number, account, region, environment) for number in range(1, n + 1))
    return [_declaration(service) for service in services]


def _declaration(service: _Service) -> Document:
    return {
        "name": f"{service.name}-{service.environment}-deploy",
        "roleArn": service.role("pipeline"),
        "artifactStore": {
            "type": "S3",
            "location": f"pipeline-artifacts-{service.account}-{service.region}",
            "encryptionKey": {"id": service.arn("kms", f"key/{service.uuid}"), "type": "KMS"},
        },
        "stages": [_source(service), _build(service), _staging(service), _approval(service), _deploy(service)],
        "executionMode": "QUEUED" if service.number % 3 == 0 else "SUPERSEDED",
        "pipelineType": "V2",
        "variables": [
            {"name": "LogLevel", "defaultValue": "info", "description": "Log level of the deployed functions"},
            {"name": "Canary", "defaultValue": str(service.number % 20 + 5), "description": "Percent of traffic"},
        ],
        "triggers": [_trigger(service)],
    }


def _trigger(service: _Service) -> Document:
    push = {
        "branches": {"includes": [service.choice(_BRANCHES)]},
        "filePaths": {"includes": [f"services/{service.name}/**", "shared/**"], "excludes": ["**/*.md", "docs/**"]},
    }
    return {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": "Checkout", "push": [push]},
    }


def _source(service: _Service) -> Document:
    configuration = {
        "ConnectionArn": service.arn("codestar-connections", f"connection/{service.uuid}"),
        "FullRepositoryId": f"{service.choice(_TEAMS)}/{service.name}",
        "BranchName": service.choice(_BRANCHES),
        "OutputArtifactFormat": "CODE_ZIP",
        "DetectChanges": "true",
    }
    checkout = _action("Checkout", "Source", "CodeStarSourceConnection", configuration, outputs=("Code",))
    return {"name": "Source", "actions": [checkout | {"namespace": "SourceVariables"}]}


def _build(service: _Service) -> Document:
    compile_ = _build_action(service, "Compile", "Build", 1, outputs=("App",))
    unit = _build_action(service, "UnitTest", "Test", 1)
    scan = _build_action(service, "Scan", "Test", 2, inputs=("App",))
    return {"name": "Build", "actions": [compile_ | {"namespace": "BuildVariables"}, unit, scan]}


def _staging(service: _Service) -> Document:
    check = _build_action(service, "IntegrationTest", "Test", 3, inputs=("Code",))
    load = _build_action(service, "LoadTest", "Test", 4, inputs=("Code",))
    return {"name": "Staging", "actions": [*_change_set(service, "staging"), check, load]}


def _approval(service: _Service) -> Document:
    configuration = {
        "NotificationArn": service.arn("sns", f"{service.choice(_TEAMS)}-releases"),
        "CustomData": f"Release {service.name} #{{SourceVariables.CommitId}} to {service.environment}?",
        "ExternalEntityLink": f"https://dashboards.example.com/services/{service.name}/staging",
    }
    return {
        "name": "Approval",
        "actions": [_action("Approve", "Approval", "Manual", configuration) | {"timeoutInMinutes": 1440}],
    }


def _deploy(service: _Service) -> Document:
    smoke = _build_action(service, "SmokeTest", "Test", 3, inputs=("Code",))
    return {
        "name": "Deploy",
        "actions": [*_change_set(service, service.environment), smoke],
        "onFailure": {"result": "ROLLBACK"},
    }


def _change_set(service: _Service, environment: str) -> list[Document]:
    """Give the pair CHANGE_SET_REPLACE and CHANGE_SET_EXECUTE for one stack."""
    target = {"StackName": f"{service.name}-{environment}", "ChangeSetName": f"{service.name}-{environment}-release"}
    parameters = {
        "Service": service.name,
        "Environment": environment,
        "Team": service.choice(_TEAMS),
        "Version": "#{BuildVariables.VERSION}",
        "LogLevel": "#{variables.LogLevel}",
    }
    prepare = target | {
        "ActionMode": "CHANGE_SET_REPLACE",
        "TemplatePath": "App::packaged.yaml",
        "TemplateConfiguration": f"App::config/{environment}.json",
        "Capabilities": "CAPABILITY_IAM,CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND",
        "RoleArn": service.role(f"{environment}-cloudformation"),
        "ParameterOverrides": json.dumps(parameters),
    }
    execute = target | {"ActionMode": "CHANGE_SET_EXECUTE"}
    role = {"roleArn": service.role(f"{environment}-deploy"), "region": service.region}
    return [
        _action("PrepareChanges", "Deploy", "CloudFormation", prepare, inputs=("App",)) | role,
        _action("ExecuteChanges", "Deploy", "CloudFormation", execute, order=2) | role,
    ]


def _build_action(
    service: _Service,
    name: str,
    category: str,
    order: int,
    *,
    inputs: tuple[str, ...] = ("Code",),
    outputs: tuple[str, ...] = (),
) -> Document:
    variables = [
        {"name": "SERVICE", "value": service.name, "type": "PLAINTEXT"},
        {"name": "RUNTIME", "value": service.choice(_IMAGES), "type": "PLAINTEXT"},
        {"name": "REGISTRY_TOKEN", "value": f"/{service.name}/registry-token", "type": "PARAMETER_STORE"},
    ]
    configuration = {"ProjectName": f"{service.name}-{name.lower()}", "EnvironmentVariables": json.dumps(variables)}
    return _action(name, category, "CodeBuild", configuration, inputs=inputs, outputs=outputs, order=order)


def _action(
    name: str,
    category: str,
    provider: str,
    configuration: dict[str, str],
    *,
    inputs: tuple[str, ...] = (),
    outputs: tuple[str, ...] = (),
    order: int = 1,
) -> Document:
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "runOrder": order,
        "configuration": configuration,
        "inputArtifacts": [{"name": artifact} for artifact in inputs],
        "outputArtifacts": [{"name": artifact} for artifact in outputs],
    }
