"""Every setting: its meaning, its unit, and why the default is what it is.

The text of `reconciler.yaml`, then environment variables over it: `RECONCILER_<GROUP>__<FIELD>`, for instance
`RECONCILER_SYNC__PRUNE=true`. A variable whose name ends in `_FILE` names a file that holds the value instead, as
systemd credentials and container secrets do; whoever calls `load` has read it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from reconciler import documents
from reconciler.errors import Invalid, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "RECONCILER_"
PART = re.compile(r"\{([a-z][a-z_]*)\}")
"""A part of `naming.pattern`, such as `{project}`."""

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")


def _seconds(value: object) -> object:
    if isinstance(value, float):
        return value
    if not (match := _DURATION.fullmatch(str(value))):
        message = f"a duration is a number of seconds, or such as 90s, 15m, 2h or 1d; this is {value!r}"
        raise ValueError(message)
    return float(match[1]) * _UNITS[match[2]]


def _account(value: object) -> str:
    account = str(value)
    if not _ACCOUNT.fullmatch(account):
        message = f"an account id has 12 digits, this is {account!r}"
        raise ValueError(message)
    return account


def _region(value: object) -> str:
    if not _REGION.fullmatch(str(value)):
        message = f"{value!r} is not a Region name such as eu-west-1"
        raise ValueError(message)
    return str(value)


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        message = "name at least one Region"
        raise ValueError(message)
    return value


def _expression(value: str) -> str:
    try:
        named = re.compile(value).groupindex
    except re.error as error:
        message = f"{value!r} is not a regular expression: {error}"
        raise ValueError(message) from None
    if named:
        message = f"the parts of a name are named already; write {value!r} without (?P<…>)"
        raise ValueError(message)
    return value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0)]
Account = Annotated[str, BeforeValidator(_account)]
Region = Annotated[str, BeforeValidator(_region)]
Regions = Annotated[tuple[Region, ...], AfterValidator(_some)]
Expression = Annotated[str, AfterValidator(_expression)]
Share = Annotated[str, Field(pattern=r"^(?:[0-9]+|[0-9]{1,3}%)$")]


class Group(BaseModel):
    """A frozen group of settings in which an unknown key is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        coerce_numbers_to_str=True,  # an external id or a branch may look like a number
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_the_default(cls, value: object) -> object:
        """Take a key with nothing behind it, all of it commented out, for one that is not there."""
        if isinstance(value, dict):
            return {key: item for key, item in value.items() if item is not None or key not in cls.model_fields}
        return {} if value is None else value


class Source(Group):
    """The git repository that says what should be."""

    repository: str = "."
    """Path or URL (file, https, ssh) of the repository. The present folder, so that a clone can be tried at once."""
    branch: str = "main"
    """The branch whose head is wanted. One branch: environments are told apart by definitions, not by branches."""
    path: str = "pipelines"
    """Folder inside the repository below which every `*.yaml`, `*.yml` and `*.json` is a definition."""
    poll: Seconds = 60
    """Seconds between two looks at the branch. A minute: pushes to a local repository are seen at once anyway."""
    jitter: float = Field(default=0.1, ge=0, le=1)
    """Share of `poll` by which each wait is varied, so that many daemons do not look at the same moment."""
    timeout: Seconds = 60
    """Seconds that one git command may take before the pass gives up and tries again later."""
    max_file_bytes: int = Field(default=documents.MAX_BYTES, ge=1)
    """Bytes of the largest file that is read. A definition of 1,000 actions stays below 1 MiB."""


class Environment(Group):
    """One environment: the account and Regions in which its pipelines live."""

    account: Account
    """The 12-digit account id. It is compared with the credentials before the first write of a pass."""
    regions: Regions
    """Regions that are watched. With more than one, a definition names its own with `region:`."""
    assume_role: str | None = None
    """ARN of the role to assume for this environment; without it the process's own credentials are used."""
    external_id: str | None = None
    """External id that the role's trust policy asks for, if any."""


class Naming(Group):
    """How pipelines are named, and so which environment a definition belongs to."""

    pattern: str = "{project}-{environment}-{purpose}"
    """Names and their parts. The default reads `ecommerce-prod-deploy` as project, environment and purpose."""
    words: dict[str, Expression] = {}
    """A regular expression for a part of the pattern; lower-case letters, digits and inner hyphens unless given."""

    @model_validator(mode="after")
    def _parts_are_distinct(self) -> Self:
        parts = PART.findall(self.pattern)
        if len(set(parts)) < len(parts):
            message = f"a part stands twice in the pattern {self.pattern!r}"
            raise ValueError(message)
        if strange := [part for part in self.words if part not in parts]:
            message = f"words has {', '.join(strange)}, the pattern {self.pattern!r} does not"
            raise ValueError(message)
        return self


class Limits(Group):
    """How much of a target one pass may change before somebody has to look."""

    changes: Share = "30%"
    """Updates of one target, as a number or as a share of the owned pipelines. A typing error rarely means more."""
    deletions: Share = "10%"
    """Deletions of one target, as a number or as a share of the owned pipelines."""
    at_least: int = Field(default=10, ge=0)
    """Changes that are allowed whatever the shares say, so that small targets can be worked on."""


class Sync(Group):
    """What a pass may write."""

    mode: Literal["automatic", "manual", "report"] = "automatic"
    """`automatic` applies, `manual` waits for `reconciler apply`, `report` never writes."""
    owner: str = Field(default="codepipeline-reconciler", pattern=r"^[A-Za-z0-9 +\-=._:/@]{1,256}$")
    """Value of the ownership tag. Two daemons that share an account need two owners."""
    self_heal: bool = True
    """Whether live drift is reverted to git. Off, it is reported and kept until the definition changes."""
    prune: bool = False
    """Whether owned pipelines that git no longer names are deleted. Off: deleting has no way back."""
    adopt: bool = False
    """Whether a pipeline without an owner is taken over once it equals its definition."""
    interrupt: Literal["wait", "always"] = "wait"
    """`wait` holds an update back while an execution is in progress, because the update would end it."""
    limits: Limits = Limits()


class Policy(Group):
    """What the rules about pipelines say."""

    rules: dict[str, Literal["off", "info", "warning", "error"]] = {}
    """Severity of a rule by its id, where it is not as shipped; an error keeps a pipeline from being applied."""


class Aws(Group):
    """How the AWS API is called."""

    rate: float = Field(default=5, gt=0)
    """Calls a second with which an account, Region and kind of call starts. AWS publishes no limit; 5 is safe."""
    ceiling: float = Field(default=50, gt=0)
    """Calls a second up to which the rate grows while nothing is throttled."""
    burst: int = Field(default=20, ge=1)
    """Calls that may go out at once after a pause; a quiet pass over 1,000 pipelines needs 11."""
    attempts: int = Field(default=5, ge=1)
    """Attempts for one call, the first included (botocore's adaptive retries)."""
    connect_timeout: Seconds = 10
    """Seconds until a connection attempt is given up."""
    read_timeout: Seconds = 60
    """Seconds without an answer until a call is given up."""
    role_propagation: Seconds = 30
    """Seconds during which a creation is tried again when a new role is not yet visible to CodePipeline."""


class Store(Group):
    """Where the reconciler remembers."""

    url: str = "sqlite:///.reconciler/state.db"
    """SQLAlchemy URL; a relative path starts at the settings file. The systemd unit keeps it in /var/lib/reconciler."""


class Scale(Group):
    """How much is done side by side."""

    workers: int = Field(default=16, ge=1, le=256)
    """Threads for AWS calls. The calls wait for the network most of the time, so more than cores is right."""


class Settings(Group):
    """All settings of one reconciler."""

    source: Source = Source()
    environments: dict[str, Environment] = {}
    """Environments by the name that stands in pipeline names. What is not listed is never touched."""
    naming: Naming = Naming()
    policy: Policy = Policy()
    sync: Sync = Sync()
    aws: Aws = Aws()
    store: Store = Store()
    scale: Scale = Scale()

    @model_validator(mode="after")
    def _targets_are_distinct(self) -> Self:
        seen: dict[tuple[str, str], str] = {}
        for name, environment in self.environments.items():
            for region in environment.regions:
                other = seen.setdefault((environment.account, region), name)
                if other != name and self.environments[other].assume_role != environment.assume_role:
                    message = f"{other} and {name} share {environment.account}/{region} but assume different roles"
                    raise ValueError(message)
        return self


def load(text: str, file: str, environ: Mapping[str, str]) -> Settings:
    """Give the settings of one YAML text with `environ` laid over it; raises `Invalid` with every problem at once."""
    value = documents.parse(text, file)
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise Invalid((Problem(file, 1, 1, "", "settings are a mapping of groups", "see config/reconciler.yaml"),))
    try:
        return Settings.model_validate(overlay(value, environ))
    except ValidationError as error:
        faults = tuple(_fault(entry) for entry in error.errors(include_url=False, include_input=False))
        raise Invalid(tuple(_problems(text, file, faults, environ))) from None


def overlay(value: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Lay `RECONCILER_<GROUP>__<FIELD>` variables over a tree of settings; deeper fields take more double underscores.

    The value of a variable is read as YAML, so `true`, `5` and `[a, b]` mean what they mean in the file.
    """
    result = dict(value)
    for name, keys in _variables(environ):
        result = _set(result, keys, documents.parse(environ[name], name) if environ[name] else "")
    return result


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the variables that hold settings, each with the path of its setting."""
    for name in sorted(environ):
        if name.startswith(PREFIX) and "__" in name:
            yield name, tuple(name.removeprefix(PREFIX).lower().split("__"))


def _problems(
    text: str, file: str, faults: tuple[documents.Fault, ...], environ: Mapping[str, str]
) -> Iterator[Problem]:
    """Place each fault in the file, or at the variable that says otherwise than the file."""
    variables: dict[documents.Path, str] = {keys: name for name, keys in _variables(environ)}
    for fault, problem in zip(faults, documents.locate(text, file, faults), strict=True):
        starts = (fault.path[:size] for size in range(len(fault.path), 0, -1))
        name = next((variables[start] for start in starts if start in variables), "")
        yield Problem(name, 0, 0, problem.path, fault.message, fault.hint) if name else problem


def _set(tree: dict[str, Any], keys: tuple[str, ...], value: object) -> dict[str, Any]:
    head, *rest = keys
    if not rest:
        return tree | {head: value}
    below = tree.get(head)
    return tree | {head: _set(below if isinstance(below, dict) else {}, tuple(rest), value)}


def _fault(entry: Any) -> documents.Fault:
    path = tuple(entry["loc"])
    match entry["type"]:
        case "extra_forbidden":
            return documents.Fault(path, f"there is no setting {path[-1]!r}", _near(path))
        case "missing":
            return documents.Fault(path, f"{path[-1]} is missing", f"add `{path[-1]}:`")
        case "model_type" | "dict_type":
            return documents.Fault(path, "this takes a mapping of settings", "see config/reconciler.yaml")
        case "tuple_type":
            return documents.Fault(path, "this takes a list", f"{path[-1]}: [eu-west-1]")
    return documents.Fault(path, entry["msg"].removeprefix("Value error, "), "see config/reconciler.yaml")


def _near(path: documents.Path) -> str:
    import difflib  # noqa: PLC0415  only an unknown key pays for it

    group: Any = Settings
    for part in path[:-1]:
        field = group.model_fields.get(str(part)) if isinstance(group, type) and issubclass(group, BaseModel) else None
        group = field.annotation if field else Environment if group is not Settings else None
    names = list(getattr(group, "model_fields", {}))
    close = difflib.get_close_matches(str(path[-1]), names, n=1)
    return f"did you mean {close[0]!r}?" if close else "known here: " + ", ".join(names)
