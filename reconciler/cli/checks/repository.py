"""The check of the git repository: the branch can be fetched, and holds definitions."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from reconciler.cli import build
from reconciler.cli.checks.examination import ok, warning
from reconciler.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.checks.examination import Answer, Patient


def fetching(patient: Patient) -> Iterator[Answer]:
    """Fetch the branch into the mirror, as every pass does, and count the files."""
    source = patient.settings.source
    with closing(build.git(patient.settings, patient.base)) as repository:
        head = repository.fetch()
    count = wording.count(len(head.files), "file")
    if head.files:
        yield ok(f"{source.branch} is at {head.commit[:10]}, with {count} below {source.path}")
    else:
        sentence = f"{source.branch} is at {head.commit[:10]} and has no files below {source.path}"
        yield warning(sentence, "put definitions there (reconciler import), or correct source.path")
    for each in head.problems:
        yield warning(f"{each.file}: {each.message}", each.hint or "mend the entry")
