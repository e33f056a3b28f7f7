"""The entry point of pytest: options, markers, hooks and fixtures, each of which delegates.

Rules of this file: it imports pytest and what pytest imports itself; what a hook needs is imported when it has
something to do.
"""

from __future__ import annotations

from argparse import BooleanOptionalAction
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from pytest_pipeline.endpoint import Endpoint
    from pytest_pipeline.golden import Golden
    from pytest_pipeline.loading import Pipelines
    from pytest_pipeline.release import Release
    from pytest_pipeline.simulating import Simulate
    from pytest_pipeline.structure import Pipeline


class Option(NamedTuple):
    """One option: `--pipeline-NAME` and `pipeline_NAME` in the ini file."""

    kind: str
    """As pytest names the kinds of ini values: `paths` are relative to the ini file."""
    default: Any
    help: str


OPTIONS = {
    "files": Option("args", [], "definitions of pipelines: files, folders and globs, relative to the root"),
    "settings": Option("string", "", "settings of the definitions; reconciler.yaml at the root if that is there"),
    "profile": Option("string", "", "policy profile instead of the one in the settings: minimal, recommended, strict"),
    "strict": Option("bool", True, "an outcome that is given and never used is an error"),
    "update": Option("bool", False, "write golden trees anew instead of comparing"),
    "cov": Option("bool", False, "say which outcomes and transitions the simulated runs exercised"),
    "cov_json": Option("string", "", "write that as JSON, too: a file"),
    "cov_fail_under": Option("string", "", "fail if less than this percentage was exercised"),
    "live": Option("bool", False, "allow the fixture live_pipelines and tests marked live to reach AWS"),
    "guard": Option("bool", True, "fail tests that reach AWS, where definitions are tested"),
    "annotations": Option("bool", False, "write failures as annotations of GitHub Actions, too"),
}
MARKERS = (
    "pipeline(*names): the pipelines that the test is about, names or globs; one run of the test for each",
    "pipeline_given(outcomes): outcomes by selector for every simulation in the test; they may stay unused",
    "explore(outcomes=, surprises=, limit=): run the test for every combination of outcomes, the smallest first",
    "live: the test may reach AWS; it is skipped without --pipeline-live",
)


def setting(config: pytest.Config, name: str) -> Any:
    """Give an option: from the command line if it is there, else from the ini file."""
    told = config.getoption(f"pipeline_{name}")
    return config.getini(f"pipeline_{name}") if told is None else told


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with its twin in the ini file."""
    group = parser.getgroup("pipelines", "AWS CodePipeline pipelines")
    for name, option in OPTIONS.items():
        flag, kind = f"--pipeline-{name.replace('_', '-')}", option.kind
        dest = f"pipeline_{name}"
        if kind == "bool":
            group.addoption(flag, action=BooleanOptionalAction, default=None, dest=dest, help=option.help)
        else:
            action = "append" if kind == "args" else "store"
            group.addoption(flag, action=action, default=None, dest=dest, metavar="VALUE", help=option.help)
        parser.addini(dest, option.help, kind, default=option.default)  # type: ignore[arg-type]


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; start what is asked for."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if setting(config, "cov") or setting(config, "cov_fail_under") or setting(config, "cov_json"):
        from pytest_pipeline import covering

        covering.register(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect definitions and cases, if there can be any."""
    if file_path.suffix not in (".yaml", ".yml", ".json"):
        return None
    if ".pipeline-test." not in file_path.name and not setting(parent.config, "files"):
        return None
    from pytest_pipeline import items

    return items.collect(file_path, parent)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each pipeline that its marker chooses."""
    if "pipeline" in metafunc.fixturenames and metafunc.definition.get_closest_marker("pipeline"):
        from pytest_pipeline import choosing

        choosing.parametrize(metafunc)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run a test that explores for every combination of outcomes."""
    if pyfuncitem.get_closest_marker("explore") is None:
        return None
    from pytest_pipeline import exploring

    return exploring.call(pyfuncitem)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget what an earlier turn of the test left; skip what may reach AWS, unless that is wanted."""
    item.stash[RUNS], item.stash[FAILED] = [], False
    if earlier := item.stash.get(TOLD, None):
        item.user_properties[:] = [each for each in item.user_properties if each not in earlier]
        earlier.clear()
    if item.get_closest_marker("live") and not setting(item.config, "live"):
        pytest.skip("it may reach AWS; run it with --pipeline-live")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Keep tests of pipelines away from AWS."""
    if not _guarded(item):
        return (yield)
    from pytest_pipeline import guard

    with guard.raised() as touched:
        result = yield
    if touched:
        pytest.fail(guard.said(touched[0]), pytrace=False)
    return result


def _guarded(item: pytest.Item) -> bool:
    """Tell whether a test has to do with pipelines; others are none of our business."""
    ours = setting(item.config, "files") or FIXTURES.intersection(getattr(item, "fixturenames", ()))
    return bool(ours) and item.get_closest_marker("live") is None and setting(item.config, "guard")


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Explain comparisons with values of this package; others are not looked at."""
    if not any(type(each).__module__.startswith("pytest_pipeline.") for each in (left, right)):
        return None
    from pytest_pipeline import assertions

    return assertions.compared(config, op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the runs of a test beside its failure."""
    report = yield
    if item.stash.get(RUNS, None):
        from pytest_pipeline import assertions

        assertions.told(item, call, report)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write annotations, if they are wanted."""
    if setting(config, "annotations"):
        from pytest_pipeline import github

        github.write(terminalreporter)


def tell(item: pytest.Item, *properties: tuple[str, str]) -> None:
    """Give a test properties, which are plain strings; where it is run again, those of the last turn count."""
    item.user_properties += properties
    item.stash.setdefault(TOLD, []).extend(properties)


RUNS = pytest.StashKey["list[Any]"]()
"""The runs that a test simulated, in order."""
FAILED = pytest.StashKey[bool]()
"""Whether the body of a test failed."""
TOLD = pytest.StashKey["list[tuple[str, object]]"]()
"""The properties that this package gave to a test in its present turn."""
FIXTURES = frozenset({"pipelines", "pipeline", "simulate", "release", "findings", "golden", "codepipeline_endpoint"})


@pytest.fixture(scope="session")
def pipelines(request: pytest.FixtureRequest) -> Pipelines:
    """Give all pipelines by name."""
    from pytest_pipeline import choosing

    return choosing.pipelines(request.config)


@pytest.fixture
def pipeline(request: pytest.FixtureRequest) -> Pipeline:
    """Give the pipeline that the test is about: by the marker, else the only one."""
    from pytest_pipeline import choosing

    return choosing.pipeline(request)


@pytest.fixture
def simulate(request: pytest.FixtureRequest, pipeline: Pipeline) -> Iterator[Simulate]:
    """Give what simulates runs of the pipeline: it takes a trigger and what is given."""
    from pytest_pipeline import simulating

    yield from simulating.simulate(request, pipeline)


@pytest.fixture
def release(request: pytest.FixtureRequest, pipeline: Pipeline) -> Iterator[Release]:
    """Give a world in which many runs of the pipeline go on."""
    from pytest_pipeline import simulating

    yield from simulating.release(request, pipeline)


@pytest.fixture
def findings(request: pytest.FixtureRequest, pipeline: Pipeline) -> tuple[Any, ...]:
    """Give what the policy says of the pipeline, errors and warnings."""
    from pytest_pipeline import judging

    return judging.findings(request.config, pipeline)


@pytest.fixture(scope="session")
def live_pipelines(request: pytest.FixtureRequest) -> Pipelines:
    """Give all live pipelines by name; only with --pipeline-live."""
    from pytest_pipeline import living

    return living.pipelines(request.config)


@pytest.fixture(scope="session")
def _codepipeline_process() -> Iterator[Endpoint]:
    """Run one local endpoint for all tests that ask for it."""
    from pytest_pipeline import endpoint

    with endpoint.running() as found:
        yield found


@pytest.fixture
def codepipeline_endpoint(_codepipeline_process: Endpoint) -> Endpoint:
    """Give a local CodePipeline, empty, with a factory of boto3 clients; time stands still until it is told to pass."""
    _codepipeline_process.say("reset")
    return _codepipeline_process


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str], Golden]:
    """Give what opens a stored text by its name, to compare a tree with."""
    from pytest_pipeline import golden as texts

    return texts.fixture(request)
