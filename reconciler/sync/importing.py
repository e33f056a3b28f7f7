"""Import: live pipelines as the text of definition files, and the proof that a file says what is live.

Nothing here writes, neither to AWS nor to a disk; a plaintext secret ends where the declaration is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from reconciler.definitions import native, reading, writing
from reconciler.definitions.tags import OWNER
from reconciler.errors import Blocked, ReconcilerError
from reconciler.pipeline import canonical, secrets
from reconciler.plan import differences, wire
from reconciler.report import wording
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.aws.sessions import Access
    from reconciler.pipeline.arns import Target
    from reconciler.plan.build import Identity
    from reconciler.policy.plaintext import Leak
    from reconciler.sync.state import World

    Seek = Callable[[Mapping[str, Any]], Iterable[Leak]]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which live pipelines are wanted; what is empty asks for nothing in particular."""

    names: tuple[str, ...] = ()
    """Names, or patterns such as `shop-*`."""
    environment: str = ""
    region: str = ""
    unmanaged: bool = False
    """Only pipelines without an owner."""
    of_others: bool = False
    """Also pipelines that somebody else owns."""
    seek: Seek = lambda _: ()
    """Gives the secrets in plain text of a declaration that is about to be sealed; nobody else sees it."""

    def names_it(self, name: str) -> bool:
        """Tell whether a pipeline is meant."""
        return not self.names or any(fnmatchcase(name, pattern) for pattern in self.names)


@dataclass(frozen=True, slots=True)
class Live:
    """One live pipeline, sealed, as it was read now."""

    target: Target
    name: str
    environment: str
    document: Mapping[str, Any] = field(repr=False)
    tags: Mapping[str, str]
    leaks: tuple[Leak, ...] = ()
    """Secrets that stand there in plain text, by name and place; empty where nobody looked for them."""
    polling_stopped: str = ""
    """When AWS stopped polling for it; empty while it did not."""

    @property
    def identity(self) -> Identity:
        """Account, Region and name."""
        return self.target, self.name

    @property
    def owner(self) -> str:
        """Value of the ownership tag; empty without one."""
        return self.tags.get(OWNER, "")


@dataclass(frozen=True, slots=True)
class Found:
    """What is live and wanted, and what kept the rest from being read or taken."""

    pipelines: tuple[Live, ...]
    skipped: Mapping[Identity, str]
    """Pipelines that are not imported, with the reason."""
    unreadable: Mapping[Target, str]
    unread: Mapping[Identity, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a definition file, and what its reader should know."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What keeps a file from saying what is live: nothing, if both are empty."""

    differences: tuple[str, ...] = ()
    """Places that an apply would change in the live pipeline, now or together with a later change."""
    problems: tuple[str, ...] = ()
    """What keeps the file from being a definition."""


def find(world: World, selection: Selection, context: native.Context) -> Found:
    """Read every live pipeline that is wanted; raises Blocked if the settings have no such environment or Region."""
    accesses = _accesses(world, selection)
    asked = {access: answers.rows for access, answers in world.listings.take().items() if access.target in accesses}
    listed: list[tuple[Access, str]] = []
    unreadable: dict[Target, str] = {}
    for access, rows in asked.items():
        try:
            listed += [(access, row.name) for row in rows.result() if selection.names_it(row.name)]
        except ReconcilerError as error:
            unreadable[access.target] = str(error)
    found: list[Live] = []
    skipped: dict[Identity, str] = {}
    unread: dict[Identity, str] = {}
    answers = world.executor.map(lambda one: _read(one[0], one[1], world, selection, context), listed)
    for done, ((access, name), answer) in enumerate(zip(listed, answers, strict=True), 1):
        world.tell(Event("read", f"{name} in {access.target}", done, len(listed)))
        match answer:
            case Live():
                found.append(answer)
            case ReconcilerError():
                unread[access.target, name] = str(answer)
            case str() if answer:
                skipped[access.target, name] = answer
    return Found(tuple(sorted(found, key=lambda each: each.identity)), skipped, unreadable, unread)


def draft(live: Live, context: native.Context, *, adopt: bool = False) -> Draft:
    """Give the definition file of a live pipeline; with `adopt` it asks for one without an owner to be taken over."""
    content = writing.native(live.document, live.tags, live.target, context)
    sync = {"sync": {"adopt": True}} if adopt and not live.owner else {}
    declaration = content.pop("pipeline")
    told = tuple(wording.printable(note) for note in notes(live, declaration, context))
    comment = (f"Imported from {live.target}.", *told)
    return Draft(writing.text(content | sync | {"pipeline": declaration}, comment), told)


def proof(data: bytes, file: str, live: Live, context: native.Context) -> Proof:
    """Read a file back, and compare what it defines with the live pipeline as a plan does."""
    definitions, problems = reading.judge(data, file, context)
    wanted = next((each for each in definitions if each.identity == live.identity), None)
    if wanted is None:
        errors = tuple(str(each) for each in problems if each.severity == "error")
        return Proof(problems=errors or (f"{file} does not define {live.name} in {live.target}",))
    sealed = context.sealer.seal(wanted.document)
    found = (
        *differences.between(sealed, live.document, live.target.region),
        *differences.of_tags(wanted.tags, writing.writable(live.tags)),
    )
    return Proof(tuple(each.place for each in found))


def _accesses(world: World, selection: Selection) -> frozenset[Target]:
    environments = world.settings.environments
    if selection.environment and selection.environment not in environments:
        raise Blocked(f"there is no environment {selection.environment!r}; there are: {', '.join(environments)}")
    account = environments[selection.environment].account if selection.environment else ""
    regions = environments[selection.environment].regions if selection.environment else ()
    chosen = frozenset(
        target
        for target in world.accesses
        if (not account or (target.account == account and target.region in regions))
        and selection.region in ("", target.region)
    )
    if not chosen:
        there = ", ".join(sorted({target.region for target in world.accesses}))
        raise Blocked(f"no target lies in {selection.region!r}; Regions of the settings: {there}")
    return chosen


def _read(
    access: Access, name: str, world: World, selection: Selection, context: native.Context
) -> Live | str | ReconcilerError:
    """Give a live pipeline, why it is not taken (empty where nobody asked for it), or why it could not be read."""
    try:
        tags = world.cloud.tags(access, name)
        home = writing.environment(name, access.target, context)
        owner = tags.get(OWNER)
        if (selection.unmanaged and owner) or (selection.environment not in ("", home)):
            return ""
        if owner and owner != world.settings.sync.owner and not selection.of_others:
            return f"owned by {secrets.scrub(owner)!r}, this is {world.settings.sync.owner!r} (tag {OWNER})"
        read = world.cloud.read(access, name)
        document, leaks = context.sealer.seal(read.document), tuple(selection.seek(read.document))
    except ReconcilerError as error:
        return error
    return Live(access.target, name, home, document, tags, leaks, read.polling_stopped)


def notes(live: Live, declaration: Mapping[str, Any], context: native.Context) -> Iterator[str]:
    """Give what the reader of a declaration that is written should know of what is live."""
    if places := [differences.place(path) for path in _masked(canonical.form(declaration, live.target.region), [])]:
        yield f"{secrets.MASK} stands for a secret that is live and is not written here: {', '.join(places)}."
        yield "While it stands here, what is live is kept. A reference to a secret store says it in git."
    try:
        wire.check_masks(declaration, live.document, context.sealer.own)
    except Blocked as error:
        yield f"Other changes of this pipeline are held until then: {error}"
    if len(writing.writable(live.tags)) < sum(not _reserved(key) for key in live.tags):
        yield "A tag that looks like a credential is left out."


def _reserved(key: str) -> bool:
    return key == OWNER or key.lower().startswith("aws:")


def _masked(value: Any, path: list[Any]) -> Iterator[list[Any]]:
    """Give the paths in a canonical form at which a mask stands."""
    if isinstance(value, str):
        if secrets.MASK in value:
            yield path
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _masked(item, [*path, key])
