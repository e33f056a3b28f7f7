"""All checks in one table, in the order in which they are told."""

from __future__ import annotations

from reconciler.cli.checks import machine, repository, roles, service, targets
from reconciler.cli.checks.examination import Check

CHECKS: tuple[Check, ...] = (
    Check("git", "the branch can be fetched and holds definitions", repository.fetching),
    Check("store", "the store can be opened and written, and is at head", machine.store),
    Check("disk", "there is room for history and mirrors", machine.disk),
    Check("listen", "the address of the daemon is free, or its own", machine.listening),
    Check("webhook-secret", "the secret of webhooks is readable, and not by everybody", machine.webhook_secret),
    Check("api-tokens", "the tokens of the API are readable, and not by everybody", machine.tokens),
    Check("notify", "the URLs and tokens of those who are told are readable, and not by everybody", machine.notices),
    Check("lease", "who may write is known", service.lease),
    Check("queue", "the queue of messages is there", service.queue),
    Check("systemd", "the service is installed, runs and is watched", machine.systemd),
    Check("clock", "this clock agrees with that of AWS", targets.clock, "target"),
    Check("credentials", "the credentials belong to the account", targets.credentials, "target"),
    Check("read", "what a pass reads may be read", targets.reading, "target", needs="credentials"),
    Check("write", "what a pass writes may be written", targets.writing, "target", needs="credentials"),
    Check("roles", "the roles of live pipelines are as the rules say", roles.judged, roles=True),
)
