"""`reconciler schema`: what editors complete and check files with."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli import output
from reconciler.errors import Broken

EPILOG = "Example: reconciler schema definitions --out .schemas/definitions.json"


class Subject(StrEnum):
    """What a schema describes."""

    DEFINITIONS = "definitions"
    SETTINGS = "settings"
    DRIFT = "drift"


def schema(
    subject: Annotated[Subject, typer.Argument(help="What to describe.")] = Subject.DEFINITIONS,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to a file; its folder is made.")] = None,
) -> None:
    """Print a JSON Schema (draft 2020-12): of definition files or settings, for editors, or of drift reports."""
    with output.errors():
        document = _document(subject)
        if out is None:
            output.as_json(document)
            return
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise Broken(f"--out {out}: {error.strerror}") from None


def _document(subject: Subject) -> dict[str, Any]:
    from reconciler.definitions import jsonschema
    from reconciler.report import driftdocument

    match subject:
        case Subject.SETTINGS:
            return jsonschema.settings()
        case Subject.DRIFT:
            return driftdocument.schema()
    return jsonschema.definitions()
