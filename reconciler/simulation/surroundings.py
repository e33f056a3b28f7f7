"""What surrounds the pipelines: sources that change, webhooks, alarms, and job workers (reference D.7, F.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.pipeline import arns
from reconciler.simulation import changing, conditions, jobs, polls, sources, starts, webhooks
from reconciler.simulation.checks import AlarmState
from reconciler.simulation.intents import Intents
from reconciler.simulation.outcomes import Fails, Succeeds
from reconciler.simulation.polls import POLLING
from reconciler.simulation.refusals import ACTION_NOT_FOUND, Refused
from reconciler.simulation.trace import NOTHING, Start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.simulation.sources import Change, Rule
    from reconciler.simulation.state import Job
    from reconciler.simulation.webhooks import Answer, Delivery

BY_EVENT = "CloudWatchEvent"


class Surroundings(Intents):
    """A world in which things happen outside of the pipelines."""

    def put_action_revision(  # noqa: PLR0913 - what the API takes, and who
        self, pipeline: str, stage: str, action: str, revision: str, change: str = "", *, by: str = "",
    ) -> tuple[bool, str]:  # fmt: skip
        """PutActionRevision: gives whether the revision is new, and the id of the execution that has it."""
        with self._intent("PutActionRevision", pipeline, by, {"revision": revision, "change": change}):
            track = self.track(pipeline)
            step = track.blueprint.floors[self.stage_number(track, stage)].steps.get(action)
            if step is None or not step.source:
                names = ", ".join(each.name for each in track.blueprint.sources)
                raise Refused(ACTION_NOT_FOUND, f"{stage} has no source action {action!r}; sources: {names}")
            if self.heads.get(step.source) == revision and track.executions:
                return False, track.executions[-1]
            started = starts.start(self, pipeline, Start("PutActionRevision", by, by, {action: revision}))
            self.heads[step.source] = revision
            return True, started

    # Sources --------------------------------------------------------------------------------------------------------

    def deliver(
        self, change: Change | Mapping[str, Any], rules: Iterable[Rule] | None = None, *,
        variables: Mapping[str, str] = NOTHING, revisions: Mapping[str, str] = NOTHING, by_any_way: bool = False,
    ) -> tuple[str, ...]:  # fmt: skip
        """Let something happen at a source: gives the ids of the executions that it starts now (reference D.7, G.2).

        `change` may be an EventBridge event. `variables` and `revisions` are what a rule's input transformer passes
        (reference E.2.7): webhooks and polls carry none, unless `by_any_way` says so. Why nothing was started stands in
        the log. Raises `Broken` for an event that is none of a source.
        """
        told = sources.parse(change) if isinstance(change, Mapping) else change
        if isinstance(told, sources.Unreadable):
            raise Broken(told.reason)
        documents = [track.blueprint.document for track in self.tracks.values()]
        looked_at = self.assumptions.files_looked_at
        found = sources.starts(documents, told, rules, target=self.target, files_looked_at=looked_at)
        self._tell(told, bool(found))
        for name, wanted in found:
            self._check_given(name)
            self._move(name, wanted)
        passed = [(name, self._passing(wanted, variables, revisions, by_any_way)) for name, wanted in found]
        polled = isinstance(told, sources.Polled)
        ready = (one for one in passed if one[1].type != POLLING or polled or not polls.expect(self, *one))
        return tuple(self.start(name, trigger=wanted) for name, wanted in ready)

    def _tell(self, told: Change, starts_something: bool) -> None:
        """Write down that something happened, and what keeps pipelines from starting if none does."""
        if starts_something:
            self.write("event", "", "DELIVERED", detail={"event": str(told)})
            return
        documents = (track.blueprint.document for track in self.tracks.values())
        reasons = dict.fromkeys(why for each in documents for why in changing.reasons(each, told, self.target))
        self.write("event", "", "IGNORED", detail={"event": str(told), "reason": "; ".join(reasons)})

    def _move(self, name: str, wanted: Start) -> None:
        for step in self.tracks[name].blueprint.sources:
            if step.name in wanted.revisions:
                self.heads[step.source] = wanted.revisions[step.name]

    def _passing(
        self, wanted: Start, variables: Mapping[str, str], revisions: Mapping[str, str], by_any_way: bool
    ) -> Start:
        if wanted.type != BY_EVENT and not by_any_way:
            return wanted
        return replace(wanted, variables={**wanted.variables, **variables},
                       revisions={**wanted.revisions, **revisions})  # fmt: skip

    def put_webhook(self, definition: Mapping[str, Any], *, by: str = "") -> str:
        """PutWebhook: gives the URL's last part. Raises `Refused`."""
        with self._intent("PutWebhook", definition.get("targetPipeline", ""), by):
            track = self.tracks.get(definition.get("targetPipeline", ""))
            document = track.blueprint.document if track else None
            for refusal in webhooks.refusals(definition, document):
                raise Refused(refusal.code, refusal.message)
            self.webhooks[definition["name"]] = definition
        return str(definition["name"])

    def deliver_webhook(self, name: str, delivery: Delivery) -> tuple[Answer, str]:
        """Call a webhook's URL: gives the answer, and the id of the execution that it started, or an empty text."""
        definition = self.webhooks.get(name)
        track = self.tracks.get(definition["targetPipeline"]) if definition else None
        if definition is None or track is None:
            return webhooks.Answer(False, 404, f"there is no webhook {name!r}"), ""
        answer = webhooks.answer(definition, track.blueprint.document, delivery)
        if not answer.starts:
            return answer, ""
        return answer, self.start(track.blueprint.name, trigger=Start("Webhook", self._arn(name), "webhook"))

    def _arn(self, webhook: str) -> str:
        return arns.pipeline(self.target, f"webhook:{webhook}")

    def alarm(self, name: str, state: str) -> None:
        """Let a CloudWatch alarm go to a state, now."""
        self.alarms[name] = (*self.alarms.get(name, ()), AlarmState(self.now, state))
        for track in self.tracks.values():
            for identity in track.active:
                conditions.ask_again(self, identity)
        self.drain()

    # Jobs -----------------------------------------------------------------------------------------------------------

    def poll_jobs(self, action_type: tuple[str, str, str, str], most: int = 1, query: Mapping[str, str] | None = None,
                  ) -> tuple[Job, ...]:  # fmt: skip
        """PollForJobs of a type: category, owner, provider, version."""
        return jobs.poll(self, action_type, most, query)

    def acknowledge(self, job: str, nonce: str) -> str:
        """AcknowledgeJob: gives the job's status."""
        return jobs.acknowledge(self, job, nonce)

    def job_succeeded(self, job: str, outcome: Succeeds | None = None, *, continuation: str = "") -> None:
        """PutJobSuccessResult; with a continuation token the job goes on."""
        jobs.report(self, job, outcome or Succeeds(), continuation)
        self.drain()

    def job_failed(self, job: str, outcome: Fails | None = None) -> None:
        """PutJobFailureResult."""
        jobs.report(self, job, outcome or Fails())
        self.drain()
