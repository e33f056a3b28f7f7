from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import documents, settings
from reconciler.errors import Invalid, Problem
from strategies import law

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "reconciler.yaml"
REFERENCE = Path(__file__).parents[1] / "config" / FILE
DEV = """\
environments:
  dev:
    account: "111111111111"
    regions: [eu-west-1]
"""


def load(text: str = "", **environ: str) -> settings.Settings:
    return settings.load(text, FILE, environ)


def problems(text: str, **environ: str) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as refused:
        load(text, **environ)
    return refused.value.problems


def fields(model: type[settings.Group] = settings.Settings, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, field in model.model_fields.items():
        yield (*path, name), field
        for kind in (field.annotation, *get_args(field.annotation)[-1:]):
            if isinstance(kind, type) and issubclass(kind, settings.Group):
                inside = (name, "dev") if kind is settings.Environment else (name,)
                yield from fields(kind, (*path, *inside))


FIELDS = [pytest.param(path, field, id=".".join(path)) for path, field in fields()]


# Defaults and what is documented


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "{}", "sync:\n", "environments:\n", "sync:\n  limits:\n  prune:\n"]
)
def test_nothing_behind_a_key_means_its_default(text):
    assert load(text) == settings.Settings()


def test_a_role_that_is_null_is_no_role():
    assert load(f"{DEV}    assume_role: null\n").environments["dev"].assume_role is None


def test_by_default_nothing_is_deleted_taken_over_or_interrupted():
    sync = load().sync
    assert (sync.prune, sync.adopt, sync.interrupt) == (False, False, "wait")


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        load().sync.prune = True


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_every_field_says_what_it_means(path, field):
    is_group = isinstance(field.annotation, type) and issubclass(field.annotation, settings.Group)
    assert field.annotation.__doc__ if is_group else field.description, path


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference is not written yet")
@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_every_field_stands_in_the_reference(path, field):
    assert path in documents.positions(REFERENCE.read_text(encoding="utf-8"))


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference is not written yet")
def test_the_reference_shows_the_defaults():
    shown = load(REFERENCE.read_text(encoding="utf-8"))
    assert shown.environments.keys() == {"dev", "staging", "prod"}
    assert shown.model_copy(update={"environments": {}}) == settings.Settings()


# Values


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("15m", 900),
        ("2h", 7200),
        ("1d", 86400),
        ("1.5m", 90),
        ("0.5", 0.5),
        ("2 h", 7200),
        ("0", 0),
    ],
)
def test_a_duration_is_seconds_or_a_number_with_a_unit(written, seconds):
    assert load(f"source: {{poll: {written}}}").source.poll == seconds


def test_a_duration_given_in_code_is_a_number_of_seconds():
    assert settings.Source(poll=0.25).poll == 0.25


@pytest.mark.parametrize("written", ["soon", "-5", "5w", "1h30m", "true", ".inf", "nan", "[5]", '""'])
def test_another_duration_is_refused_with_the_forms_there_are(written):
    (found,) = problems(f"source: {{poll: {written}}}")
    assert found.path == "source.poll"
    assert "90s, 15m, 2h or 1d" in found.message


@pytest.mark.parametrize("written", ["111111111111", '"111111111111"', "012345678901"])
def test_an_account_may_be_written_as_a_number(written):
    environment = load(f"environments: {{dev: {{account: {written}, regions: [eu-west-1]}}}}").environments["dev"]
    assert environment.account == written.strip('"')


@pytest.mark.parametrize("written", ["12345678901", "1111111111111", "111-111-111", "true", "'11111111111x'"])
def test_an_account_has_twelve_digits(written):
    (found,) = problems(f"environments:\n  dev:\n    account: {written}\n    regions: [eu-west-1]\n")
    assert (found.line, found.path) == (3, "environments.dev.account")
    assert found.message.startswith("an account id has 12 digits")


@pytest.mark.parametrize(
    "region", ["eu-west-1", "ap-southeast-7", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-isob-east-1"]
)
def test_regions_of_all_partitions_are_known(region):
    assert load(DEV.replace("eu-west-1", region)).environments["dev"].regions == (region,)


@pytest.mark.parametrize("region", ["EU", "eu-west", "eu-west-1a", "global", "*", "7"])
def test_a_word_that_is_no_region_is_refused_at_its_place(region):
    (found,) = problems(DEV.replace("[eu-west-1]", f"[us-east-1, '{region}']"))
    assert (found.line, found.path) == (4, "environments.dev.regions[1]")


def test_an_environment_without_regions_is_refused():
    (found,) = problems(DEV.replace("[eu-west-1]", "[]"))
    assert (found.line, found.message) == (4, "name at least one Region")


def test_one_region_still_is_a_list():
    (found,) = problems(DEV.replace("[eu-west-1]", "eu-west-1"))
    assert (found.message, found.hint) == ("this takes a list", "regions: [eu-west-1]")


def test_a_text_that_looks_like_a_number_is_taken_as_it_was_written():
    assert load("source: {branch: 2026}").source.branch == "2026"


@pytest.mark.parametrize(("written", "share"), [("5", "5"), ("30%", "30%"), ('"7"', "7")])
def test_a_share_is_a_number_or_a_percentage(written, share):
    assert load(f"sync: {{limits: {{changes: {written}}}}}").sync.limits.changes == share


@pytest.mark.parametrize("written", ["half", "-1", "0.3", "30 %", "1000%"])
def test_another_share_is_refused(written):
    (found,) = problems(f"sync: {{limits: {{changes: {written}}}}}")
    assert found.path == "sync.limits.changes"


def test_a_word_that_is_no_regular_expression_is_refused_before_any_name_is_read():
    (found,) = problems('naming:\n  words:\n    project: "["\n')
    assert (found.line, found.path) == (3, "naming.words.project")
    assert "is not a regular expression" in found.message


def test_a_word_cannot_bring_a_name_of_its_own():
    (found,) = problems('naming: {words: {project: "(?P<environment>x)"}}')
    assert "without (?P<" in found.message


def test_a_word_for_a_part_that_the_pattern_does_not_have_is_refused():
    (found,) = problems("naming: {words: {projekt: x}}")
    assert (found.path, "projekt" in found.message) == ("naming", True)


def test_a_pattern_has_each_part_once():
    (found,) = problems('naming: {pattern: "{project}-{environment}-{project}"}')
    assert "stands twice" in found.message


@pytest.mark.parametrize("written", ["127.0.0.1:8480", "'[::1]:0'", "localhost:80", "''"])
def test_an_address_to_listen_on_has_a_port(written):
    assert load(f"web: {{listen: {written}}}").web.listen == written.strip("'")


@pytest.mark.parametrize("written", ["8480", "127.0.0.1", "localhost:99999", "'::1:80:'", "'a b:80'", "'http://x:80'"])
def test_another_address_is_refused_with_an_example(written):
    (found,) = problems(f"web: {{listen: {written}}}")
    assert (found.path, "127.0.0.1:8480" in found.message) == ("web.listen", True)


# Unknown keys


@pytest.mark.parametrize(
    ("text", "path", "near"),
    [
        ("sinc: {}", "sinc", "sync"),
        ("sync: {prunes: true}", "sync.prunes", "prune"),
        ("sync: {limits: {change: 5}}", "sync.limits.change", "changes"),
        (f"{DEV}    accont: 1\n", "environments.dev.accont", "account"),
        ("aws: {read_time: 5}", "aws.read_time", "read_timeout"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(text, path, near):
    (found,) = problems(text)
    assert (found.path, found.hint) == (path, f"did you mean {near!r}?")
    assert found.message == f"there is no setting {path.rpartition('.')[2]!r}"


def test_an_unknown_key_like_no_other_is_refused_with_all_there_are():
    (found,) = problems("store: {zzz: 1}")
    assert found.hint == "known here: url, lease"


def test_an_unknown_key_with_nothing_behind_it_is_refused_too():
    assert [found.path for found in problems("sync:\n  prunes:\n")] == ["sync.prunes"]


# All at once, each at its line


def test_all_problems_are_told_at_once_each_at_its_line():
    text = "source:\n  poll: soon\nsync:\n  mode: fast\n  prunes: true\nenvironments:\n  dev: {account: 1}\n"
    found = {(each.line, each.path) for each in problems(text)}
    assert found == {
        (2, "source.poll"),
        (4, "sync.mode"),
        (5, "sync.prunes"),
        (7, "environments.dev.account"),
        (7, "environments.dev.regions"),
    }


def test_a_missing_key_is_named():
    (found,) = problems("environments:\n  dev:\n    regions: [eu-west-1]\n")
    assert (found.line, found.message, found.hint) == (2, "account is missing", "add `account:`")


@pytest.mark.parametrize(
    ("text", "path"), [("sync: 5", "sync"), ("environments: [dev]", "environments"), ("store: ''", "store")]
)
def test_a_group_that_is_no_mapping_is_refused(text, path):
    (found,) = problems(text)
    assert (found.path, found.message) == (path, "this takes a mapping of settings")


@pytest.mark.parametrize("text", ["[]", "5", "just words"])
def test_settings_that_are_no_mapping_are_refused(text):
    (found,) = problems(text)
    assert (found.file, found.line, found.message) == (FILE, 1, "settings are a mapping of groups")


def test_a_syntax_error_names_the_file_and_the_line():
    (found,) = problems("sync:\n  mode: [manual\nstore: {}\n")
    assert (found.file, found.line) == (FILE, 3)


def test_a_refused_value_that_may_be_secret_is_not_repeated():
    (found,) = problems("store: {url: [postgresql://me:hunter2@db/x]}")
    assert "hunter2" not in str(found)


# Environments that meet


def environments(**roles: str) -> str:
    rows = (
        f"  {name}: {{account: 111111111111, regions: [eu-west-1], assume_role: {role}}}"
        for name, role in roles.items()
    )
    return "\n".join(["environments:", *rows])


def test_two_environments_in_one_target_need_the_same_role():
    (found,) = problems(environments(dev="one", test="two"))
    assert found.message == "dev and test share 111111111111/eu-west-1 but assume different roles"


def test_two_environments_may_share_a_target_and_a_role():
    assert load(environments(dev="one", test="one")).environments.keys() == {"dev", "test"}


def test_one_account_may_have_different_roles_in_different_regions():
    text = environments(dev="one", test="two").replace("eu-west-1], assume_role: two", "us-east-1], assume_role: two")
    assert load(text).environments["test"].assume_role == "two"


# Variables of the environment


def test_a_variable_lies_over_the_file():
    assert load("sync: {prune: false, mode: manual}", RECONCILER_SYNC__PRUNE="true").sync == settings.Sync(
        prune=True, mode="manual"
    )


@pytest.mark.parametrize(
    ("name", "raw", "read"),
    [
        ("RECONCILER_SYNC__LIMITS__CHANGES", "5", lambda found: found.sync.limits.changes == "5"),
        ("RECONCILER_SOURCE__POLL", "5m", lambda found: found.source.poll == 300),
        ("RECONCILER_SYNC__LIMITS", "{changes: 50%}", lambda found: found.sync.limits.changes == "50%"),
        ("RECONCILER_STORE__URL", "sqlite:////a/b.db", lambda found: found.store.url == "sqlite:////a/b.db"),
        ("RECONCILER_NAMING__WORDS__PROJECT", "'[a-z]+'", lambda found: found.naming.words == {"project": "[a-z]+"}),
        ("RECONCILER_SYNC__ADOPT", "", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_variable_is_read_as_yaml_at_any_depth(name, raw, read):
    if read is None:
        assert problems("", **{name: raw})
    else:
        assert read(load("", **{name: raw}))


def test_variables_alone_can_make_an_environment():
    found = load(
        RECONCILER_ENVIRONMENTS__PROD__ACCOUNT="012345678901", RECONCILER_ENVIRONMENTS__PROD__REGIONS="[eu-west-1]"
    )
    assert found.environments["prod"] == settings.Environment(account="012345678901", regions=("eu-west-1",))


@pytest.mark.parametrize("name", ["RECONCILER_CONFIG", "OTHER_SYNC__PRUNE", "reconciler_sync__prune"])
def test_other_variables_are_none_of_ours(name):
    assert load("", **{name: "true"}) == settings.Settings()


def test_a_bad_variable_is_named_and_not_the_file():
    found = problems("sync:\n  mode: manual\n  prune: perhaps\n", RECONCILER_SYNC__MODE="fast")
    assert [(each.file, each.line, each.path) for each in found] == [
        ("RECONCILER_SYNC__MODE", 0, "sync.mode"),
        (FILE, 3, "sync.prune"),
    ]


def test_a_variable_that_names_no_setting_is_refused():
    (found,) = problems("", RECONCILER_SYNC__PRUNES="true")
    assert (found.file, found.hint) == ("RECONCILER_SYNC__PRUNES", "did you mean 'prune'?")


def test_a_variable_that_is_no_yaml_is_named():
    (found,) = problems("", RECONCILER_SYNC__OWNER="[open")
    assert found.file == "RECONCILER_SYNC__OWNER"


def test_laying_variables_over_leaves_the_tree_as_it_was():
    tree: dict[str, Any] = {"sync": {"prune": False}}
    settings.overlay(tree, {"RECONCILER_SYNC__PRUNE": "true"})
    assert tree == {"sync": {"prune": False}}


@law
@given(st.text() | st.text("abc: {}[]-,\n'\"0159%").map("sync: {}".format))
def test_any_text_gives_settings_or_problems_and_nothing_else(text):
    try:
        found: object = load(text)
    except Invalid as refused:
        found = refused.problems
    assert found


# Windows


WINDOW = "{kind: allow, cron: 0 9 * * mon-fri, duration: 8h}"


def windows(*members: str) -> str:
    return f"{DEV}sync:\n  windows:\n  - " + "{" + ", ".join(("kind: allow", *members)) + "}\n"


def test_a_window_is_in_utc_for_all_environments_and_stops_unless_it_says_otherwise():
    (window,) = load(f"sync: {{windows: [{WINDOW}]}}").sync.windows
    assert (window.timezone, window.environments, window.overrun, window.duration) == ("UTC", (), "stop", 28800)


@pytest.mark.parametrize(
    ("members", "path", "words"),
    [
        pytest.param(("cron: 0 9 * *", "duration: 8h"), "cron", "cron has five fields such as", id="four fields"),
        pytest.param(("cron: 0 0 9 * * mon", "duration: 8h"), "cron", "has 6", id="seconds"),
        pytest.param(("cron: 0 25 * * *", "duration: 8h"), "cron", "bad hour", id="an hour that there is not"),
        pytest.param(("cron: 0 9 * * monday", "duration: 8h"), "cron", "bad day-of-week", id="no weekday"),
        pytest.param(("cron: 0 9 31 2 *", "duration: 8h"), "cron", "bad day-of-month", id="a day that never comes"),
        pytest.param(("cron: 0 9 * * *", "duration: 0"), "duration", "greater than 0", id="no time"),
        pytest.param(("cron: 0 9 * * *", "duration: 8h", "timezone: Europe/Berln"), "timezone",
                     "did you mean Europe/Berlin", id="a zone like another"),
        pytest.param(("cron: 0 9 * * *", "duration: 8h", "timezone: ../../etc/passwd"), "timezone",
                     "there is no time zone", id="a path"),
    ],
)  # fmt: skip
def test_a_window_that_cannot_be_is_refused_where_it_stands(members, path, words):
    (found,) = problems(windows(*members))
    assert found.path == f"sync.windows[0].{path}"
    assert words in found.message


def test_an_unknown_key_of_a_window_is_refused_with_the_one_that_may_be_meant():
    (found,) = problems(windows("cron: 0 9 * * *", "duration: 8h", "timezon: UTC"))
    assert (found.path, found.hint) == ("sync.windows[0].timezon", "did you mean 'timezone'?")


def test_a_window_is_for_environments_that_there_are():
    (found,) = problems(windows("cron: 0 9 * * *", "duration: 8h", "environments: [deu]"))
    assert found.message == "sync.windows[0].environments: there is no environment 'deu'; did you mean 'dev'?"


def test_an_environment_has_a_mode_of_its_own_only_if_it_says_so():
    assert load(DEV).environments["dev"].mode is None
    assert load(f"{DEV}    mode: manual\n").environments["dev"].mode == "manual"


def test_a_lease_is_longer_than_a_write_may_take_to_leave():
    (found,) = problems("store: {lease: 11s}")
    assert found.message == "store.lease: at least 12s, a fifth more than aws.connect_timeout, which may be lowered"
    assert settings.load("{store: {lease: 11s}, aws: {connect_timeout: 9s}}", "reconciler.yaml", {}).store.lease == 11
