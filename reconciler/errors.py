"""What can go wrong, named by what the caller should do about it.

`Retry`, `Blocked` and `Broken` are raised; a `Problem` is a value, so that all problems can be told at once.
"""

from __future__ import annotations

from dataclasses import dataclass


class ReconcilerError(Exception):
    """A failure whose text is meant for a person: what is wrong, where, and what to do next."""


class Retry(ReconcilerError):
    """The same call may succeed later: throttling, a network fault, a busy pipeline."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        """`after` is the number of seconds to wait at least, if the other side named one."""
        super().__init__(message)
        self.after = after


class Blocked(ReconcilerError):
    """Nothing changes until somebody acts: permissions, a foreign owner, a wrong account."""


class Broken(ReconcilerError):
    """The input itself is wrong and will stay wrong: a refused definition, unusable settings."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in one file, with the place and the way out.

    `line` and `column` count from 1; 0 means that the whole file is meant. `path` is the place inside the document
    as people write it: `stages[1].actions[0].name`.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""
    rule: str = "definition"
    """Id of the rule that found it; `definition` where it is about the file and not about what AWS says."""
    severity: str = "error"
    """`error` keeps the pipeline from being applied; `warning` and `info` do not."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        inside = f"{self.path}: " if self.path else ""
        return f"{place}: {inside}{self.message}" + (f" ({self.hint})" if self.hint else "")


class Invalid(Broken):
    """One or more problems that make a whole input unusable."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
