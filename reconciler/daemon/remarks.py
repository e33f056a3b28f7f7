"""What is so in pass after pass is told by the first one alone."""

from __future__ import annotations


class Remarks:
    """Knows the sentences of the last pass and of this one."""

    def __init__(self) -> None:
        self._before: frozenset[str] = frozenset()
        self._now: set[str] = set()

    def is_new(self, sentence: str) -> bool:
        """Take a sentence of this pass, and tell whether neither it nor the last one has said it before."""
        known = sentence in self._before or sentence in self._now
        self._now.add(sentence)
        return not known

    def turn(self) -> None:
        """Begin another pass; what the one before last said, and the last one did not, is new again."""
        self._before, self._now = frozenset(self._now), set()
