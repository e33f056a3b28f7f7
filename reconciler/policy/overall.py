"""A team's own rules over all pipelines: one expression over the list of what each of them is.

What is judged has to be kept with each reading, so that a pass in which nothing changed parses nothing; it is kept
where such a rule is asked for, and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.policy import expressions, views
from reconciler.policy.rules import fail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.documents import Path
    from reconciler.policy.expressions import Expression, Message
    from reconciler.policy.facts import Facts
    from reconciler.policy.outlines import Estate, Outline
    from reconciler.policy.rules import Verdict

_VIEW, _SPOTS = "view", "spots"


@dataclass(frozen=True, slots=True)
class Check:
    """The check of a rule that a file says, with `scope: all`."""

    expression: Expression
    message: Message
    hint: Message

    def __call__(self, estate: Estate) -> Iterator[Verdict]:
        """Give a verdict for each thing that the expression finds.

        Raises `expressions.Failed`, also where nobody can tell which pipeline something is about.
        """
        seen = [each.data.get(_VIEW, {}) for each in estate.outlines]
        known = expressions.places(seen)
        counted = Counter(each.name for each in estate.outlines)
        numbers = {each.name: number for number, each in enumerate(estate.outlines) if counted[each.name] == 1}
        for result in expressions.results(self.expression(seen)):
            number, *path = expressions.place(result, known) or self._named(result, numbers)
            one = seen[int(number)]
            context = {**one, "value": result, **(result if isinstance(result, dict) else {})}
            place = spot(estate.outlines[int(number)], tuple(path))
            yield fail(place, self.message(context), self.hint(context), pipeline=int(number))

    def _named(self, result: Any, numbers: Mapping[str, int]) -> Path:
        """Give the number of the pipeline whose name a result is or has; a name that several have is nobody's."""
        name = result.get("name") if isinstance(result, dict) else result
        if not isinstance(name, str) or name not in numbers:
            advice = "give elements of the list, parts of them, or `{name: name, facts: facts}`"
            raise expressions.Failed(
                f"nobody can tell which pipeline a result is about; {advice}: {self.expression.text}"
            )
        return (numbers[name], "name")


def keep(known: Facts, written: Callable[[Path], Path]) -> dict[str, Any]:
    """Give what an outline keeps for such rules; `written` gives the place in the file for one in the declaration."""
    stages = known.subject.pipeline.stages
    spots: list[Path] = [("name",), *(("stages", number) for number in range(len(stages)))]
    spots += [work.path for work in known.works]
    places = [[list(path), list(written(("pipeline", *path)))] for path in spots]
    return {_VIEW: views.view(known), _SPOTS: places}


def spot(outline: Outline, path: Path) -> Path:
    """Give the place in the file of the action, the stage or the name that a path in a declaration leads through."""
    spots: Sequence[Any] = outline.data.get(_SPOTS, ())
    known = {tuple(inside): tuple(place) for inside, place in spots}
    through = (known[path[:end]] for end in range(len(path), 0, -1) if path[:end] in known)
    return next(through, outline.at("name"))
