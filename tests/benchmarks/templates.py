"""The same pipelines as CloudFormation templates: `python -m benchmarks.templates FOLDER COUNT`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.definitions import ACCOUNT, REGION
from endpoint import sample


def template(document: dict[str, Any]) -> dict[str, Any]:
    """Give a template with one pipeline."""
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Pipeline": resource(document)}}


def resource(document: dict[str, Any]) -> dict[str, Any]:
    """Give a pipeline as a resource."""
    return {"Type": "AWS::CodePipeline::Pipeline", "Properties": _properties(document)}


def _properties(value: Any) -> Any:
    """Give a declaration with members as CloudFormation writes them; configuration keys stay as they are."""
    if isinstance(value, list):
        return [_properties(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key[0].upper() + key[1:]: each if key == "configuration" else _properties(each)
        for key, each in value.items()
    }  # fmt: skip


if __name__ == "__main__":
    for each in sample(int(sys.argv[2]), account=ACCOUNT, region=REGION):
        Path(sys.argv[1], f"{each['name']}.json").write_text(json.dumps(template(each), indent=1))
