"""Runs Lambda handlers for the simulation and judges them as CodePipeline does (reference D.5, J).

Rules of this file:

* The verdict is what the handler reports by PutJobSuccessResult or PutJobFailureResult. What it returns is ignored.
* Who reports nothing is silent, and the action hangs until its timeout. An exception is silence too: CodePipeline
  does not hear of it. `calls` keeps it, with what was printed, so that it can be told.
* A continuation token means: call again later. The pause is not published; `PAUSE` stands for it.
* A handler takes no virtual time. Its module is imported once, as in a function that stays warm.
"""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reconciler.errors import Broken
from reconciler.jobs.desk import Desk, Report
from reconciler.jobs.job import Artifact, Job
from reconciler.jobs.loading import Folder
from reconciler.jobs.objects import S3
from reconciler.jobs.surroundings import context as lambda_context
from reconciler.jobs.surroundings import surroundings
from reconciler.simulation.outcomes import Continues, Fails, Hangs, Succeeds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.simulation.outcomes import ActionContext, Runs, Verdict

PAUSE: Final = 30_000
"""Milliseconds between an answer with a continuation token and the next call."""

_ONE_AT_A_TIME = threading.Lock()
"""boto3 is changed for the whole process while a handler runs."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a handler, for whoever wants to know why."""

    place: str
    """`Stage/Action`."""
    handler: str
    reported: bool
    raised: str
    """The exception in one line, or empty."""
    printed: str

    def __str__(self) -> str:
        silent = "" if self.reported else "reported nothing, so the action hangs until its timeout"
        return f"{self.place}: {self.handler} " + "; ".join(filter(None, (self.raised, silent or "reported")))


class Handlers:
    """Runs handlers out of one folder; `declarations` are the pipelines by name, for their artifact stores.

    `contents` gives the bytes of artifacts by name (of those that no handler wrote; else an empty archive), `clients`
    what `boto3.client` gives besides `codepipeline` and `s3`.
    """

    def __init__(
        self,
        folder: Path,
        declarations: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        contents: Mapping[str, bytes] | None = None,
        clients: Mapping[str, Any] | None = None,
    ) -> None:
        self.calls: list[Call] = []
        self._folder = Folder(folder)
        self._declarations = declarations or {}
        self._contents = contents or {}
        self._objects: dict[tuple[str, str], bytes] = {}
        self._clients = dict(clients or {})
        self._desks: dict[str, Desk] = {}

    def __call__(self, runs: Runs, context: ActionContext) -> Verdict:
        """Run a handler once and judge it; raises Broken for one that cannot be found or wants what is not given."""
        job = self._job(context)
        with _ONE_AT_A_TIME:
            report, call = self._run(runs.handler, job, f"{context.stage}/{context.action}")
        self.calls.append(call)
        if report is None:
            return Hangs()
        return self._judged(report, job)

    def _run(self, name: str, job: Job, place: str) -> tuple[Report | None, Call]:
        desk = self._desks.setdefault(job.region, Desk(job.region))
        clients = {"s3": S3(job.region, self._objects), **self._clients, "codepipeline": desk.codepipeline}
        printed, raised = io.StringIO(), ""
        desk.open(job)
        around = surroundings(clients, job.region, job.function)
        with around, redirect_stdout(printed), redirect_stderr(printed), self._folder.open():
            handler = self._folder.handler(name)
            try:
                handler(job.event, lambda_context(job))
            except Broken:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  whatever it is, CodePipeline hears nothing
                raised = f"raised {type(error).__name__}: {error}"
        report = desk.close()
        return report, Call(place, name, report is not None, raised, printed.getvalue())

    def _job(self, context: ActionContext) -> Job:
        store = self._store(context)
        bucket = str(store.get("location", "artifacts"))
        inputs = tuple(
            Artifact(name, bucket, _key(context.pipeline, name, revision), revision)
            for name, revision in context.inputs.items()
        )
        for each in inputs:
            self._objects.setdefault((each.bucket, each.key), self._contents.get(each.name, _empty_archive()))
        identity = context.job or f"{context.execution}-{context.attempt}"
        outputs = tuple(Artifact(name, bucket, _key(context.pipeline, name, identity)) for name in context.outputs)
        return Job(
            id=identity,
            account=context.account,
            region=context.region,
            configuration=context.configuration,
            inputs=inputs,
            outputs=outputs,
            token=context.continuation,
            encryption_key=store.get("encryptionKey", {}),
        )

    def _store(self, context: ActionContext) -> Mapping[str, Any]:
        declaration = self._declarations.get(context.pipeline, {})
        stores: Mapping[str, Any] = declaration.get("artifactStores", {})
        store: Mapping[str, Any] = stores.get(context.region) or declaration.get("artifactStore") or {}
        return store

    def _judged(self, report: Report, job: Job) -> Verdict:
        if not report.success:
            details = report.parameters["failureDetails"]
            return Fails(details["type"], details["message"])
        if report.token:
            return Continues(report.token, PAUSE)
        details = report.parameters.get("executionDetails", {})
        return Succeeds(
            artifacts={each.name: revision for each in job.outputs if (revision := self._stored(each))},
            variables=dict(report.parameters.get("outputVariables", {})),
            summary=details.get("summary", ""),
            external_id=details.get("externalExecutionId", ""),
        )

    def _stored(self, artifact: Artifact) -> str:
        """Give the revision of what the handler wrote, and keep it where the next reader looks; empty for nothing."""
        content = self._objects.get((artifact.bucket, artifact.key))
        if content is None:
            return ""
        revision = hashlib.sha256(content).hexdigest()[:32]
        pipeline = artifact.key.partition("/")[0]
        for store in {artifact.bucket, *self._buckets(pipeline)}:
            self._objects[store, _key(pipeline, artifact.name, revision)] = content
        return revision

    def _buckets(self, pipeline: str) -> set[str]:
        """Give the buckets of all Regions: artifacts are copied to where the next action runs (reference E.17)."""
        stores = self._declarations.get(pipeline, {}).get("artifactStores", {})
        return {str(store.get("location")) for store in stores.values()}


def _key(pipeline: str, artifact: str, revision: str) -> str:
    """Give a key of the form that CodePipeline uses (reference A.2): the random part follows from the revision."""
    return f"{pipeline}/{artifact[:10]}/{hashlib.sha256(f'{artifact} {revision}'.encode()).hexdigest()[:7]}"


def _empty_archive() -> bytes:
    data = io.BytesIO()
    zipfile.ZipFile(data, "w").close()
    return data.getvalue()
