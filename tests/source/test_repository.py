from __future__ import annotations

import hashlib
import os
import select
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from subprocess import Popen, run
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import Blocked, Broken, Retry
from reconciler.source.mirror import Mirror
from reconciler.source.repository import File

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reconciler.source.repository import Repository

    Open = Callable[..., Repository]
    Commit = Callable[..., str]
    Git = Callable[..., str]

ONE = {"pipelines/shop.yaml": "pipeline: {}\n"}


def test_a_snapshot_says_who_committed_what_and_when(repository: Open, commit: Commit) -> None:
    head = commit(ONE, "Add the shop\n\nWith details.")
    seen = repository().fetch()
    assert (seen.commit, seen.author, seen.subject) == (head, "Ada <ada@example.com>", "Add the shop")
    assert seen.committed == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert (seen.problems, seen.rewritten) == ((), "")


def test_control_characters_of_a_commit_do_not_reach_the_terminal(repository: Open, commit: Commit) -> None:
    commit(ONE, "red \x1b[31malert")
    assert repository().fetch().subject == "red  [31malert"


def test_definitions_come_sorted_with_their_object_ids_and_sizes(repository: Open, commit: Commit, git: Git) -> None:
    commit({"pipelines/z.json": "{}", "pipelines/a/b.yml": "abc", "pipelines/readme.md": "", "other/x.yaml": ""})
    files = repository().fetch().files
    assert [(file.path, file.size) for file in files] == [("pipelines/a/b.yml", 3), ("pipelines/z.json", 2)]
    assert files[0].blob == git("rev-parse", "HEAD:pipelines/a/b.yml")


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\x00\r\n", b"pipeline: {}\n" * 9999], ids=len)
def test_the_bytes_of_a_file_come_unchanged(data: bytes, repository: Open, commit: Commit, origin: Path) -> None:
    (origin / "pipelines").mkdir()
    (origin / "pipelines" / "a.yaml").write_bytes(data)
    commit({"pipelines/b.yaml": "b"})
    opened = repository()
    assert [opened.read(file) for file in opened.fetch().files] == [data, b"b"]


@pytest.mark.parametrize(
    ("make", "address"),
    [
        pytest.param((), "{origin}", id="path"),
        pytest.param((), "file://{origin}", id="file URL"),
        pytest.param((), ".", id="working directory"),
        pytest.param(("clone", "--bare", ".", "../copy"), "{origin}/../copy", id="bare"),
        pytest.param(("worktree", "add", "../copy", "-b", "x"), "{origin}/../copy", id="linked work tree"),
        pytest.param(("clone", "--depth=1", "file://{origin}", "../copy"), "{origin}/../copy", id="shallow clone"),
    ],
)
def test_every_form_of_a_local_repository_is_read(
    *,
    make: tuple[str, ...],
    address: str,
    repository: Open,
    commit: Commit,
    git: Git,
    origin: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(origin)
    commit({})
    head = commit(ONE)
    if make:
        git(*(part.format(origin=origin) for part in make))
    assert repository(repository=address.format(origin=origin)).fetch().commit == head


def test_the_next_fetch_sees_the_next_commit(repository: Open, commit: Commit) -> None:
    opened = repository()
    commit(ONE)
    opened.fetch()
    head = commit({"pipelines/shop.yaml": "new"})
    seen = opened.fetch()
    assert (seen.commit, seen.rewritten, opened.read(seen.files[0])) == (head, "", b"new")


def test_a_branch_that_did_not_move_is_not_fetched(
    repository: Open, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(ONE)
    first = repository().fetch()
    monkeypatch.setattr(Mirror, "fetch", lambda _: pytest.fail("fetched"))
    assert repository().fetch() == first


def test_only_the_one_branch_is_mirrored(
    repository: Open, commit: Commit, git: Git, mirror: Callable[[], Path]
) -> None:
    commit(ONE)
    git("tag", "v1")
    git("branch", "side")
    repository().fetch()
    refs = git("--git-dir", str(mirror()), "for-each-ref", "--format=%(refname)")
    assert refs == "refs/heads/main"
    assert not (mirror() / "hooks").exists()


def test_a_missing_branch_is_blocked_and_names_the_branches_there(repository: Open, commit: Commit, git: Git) -> None:
    commit(ONE)
    git("branch", "side")
    with pytest.raises(Blocked, match=r"no branch 'prod': set source.branch to one of: main, side$"):
        repository(branch="prod").fetch()


def test_of_many_branches_ten_are_named(repository: Open, commit: Commit, git: Git) -> None:
    commit(ONE)
    for number in range(10):
        git("branch", f"b{number}")
    with pytest.raises(Blocked, match=r"one of: b0, .*, b9, …$"):
        repository(branch="prod").fetch()


def test_a_repository_without_commits_is_blocked(repository: Open) -> None:
    with pytest.raises(Blocked, match=r"has no commits yet: push the branch 'main'"):
        repository().fetch()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        pytest.param("/nowhere/at/all", "'/nowhere/at/all' does not appear to be a git repository", id="path"),
        pytest.param("https://ada:s3cret@127.0.0.1:1/x.git", "127.0.0.1 port 1", id="https"),
        pytest.param("https://s3cret@127.0.0.1:1/x.git", "127.0.0.1 port 1", id="token"),
    ],
)
def test_an_unreachable_repository_is_tried_again(address: str, reason: str, repository: Open) -> None:
    with pytest.raises(Retry) as caught:
        repository(repository=address).fetch()
    message = str(caught.value)
    assert reason in message
    assert "\n" not in message
    assert "s3cret" not in message


def test_a_refused_key_is_blocked(repository: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "echo 'git@host: Permission denied (publickey).' >&2; exit 255; :")
    with pytest.raises(Blocked, match=r"git@host: Permission denied \(publickey\).; give the account .* an SSH key"):
        repository(repository="git@localhost:team/x.git").fetch()


def test_ssh_asks_nothing_unless_the_user_has_an_own_command(
    repository: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = '#!/bin/sh\necho "prompt=$GIT_TERMINAL_PROMPT askpass=$GIT_ASKPASS $*" >&2\nexit 255\n'
    (tmp_path / "ssh").write_text(script)
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("GIT_ASKPASS", "/bin/false")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(
        Retry, match=r"prompt=0 askpass= -oBatchMode=yes -oConnectTimeout=7 .*localhost git-upload-pack"
    ):
        repository(repository="ssh://localhost/x", timeout=7).fetch()


def test_a_foreign_owner_is_blocked_with_the_command_that_allows_it(
    repository: Open, commit: Commit, origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(ONE)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(Blocked, match=rf"git config --global --add safe.directory '{origin}/.git'$"):
        repository().fetch()


def test_a_forced_push_tells_the_former_head(repository: Open, commit: Commit, git: Git) -> None:
    opened = repository()
    former = commit(ONE)
    opened.fetch()
    git("commit", "--amend", "--message", "rewritten")
    assert opened.fetch().rewritten == former
    assert opened.fetch().rewritten == ""


@pytest.mark.parametrize("path", ["", ".", "./"])
def test_the_folder_may_be_the_root(path: str, repository: Open, commit: Commit) -> None:
    commit({"shop.yaml": "", "pipelines/team/b.yaml": "", ".github/workflows/ci.yaml": "", ".yamllint.yaml": ""})
    seen = repository(path=path).fetch()
    assert [file.path for file in seen.files] == ["pipelines/team/b.yaml", "shop.yaml"]


def test_a_folder_below_the_root_leaves_its_neighbours_out(repository: Open, commit: Commit) -> None:
    commit({"ci/.pipelines/a.yaml": "", "ci/.pipelines/.x/b.yaml": "", "ci/.pipelines2/c.yaml": ""})
    seen = repository(path="ci/.pipelines/").fetch()
    assert [file.path for file in seen.files] == ["ci/.pipelines/a.yaml"]


def test_the_name_of_a_folder_is_no_pattern(repository: Open, commit: Commit) -> None:
    commit({":(glob)*/a.yaml": "", "b/a.yaml": ""})
    seen = repository(path=":(glob)*").fetch()
    assert [file.path for file in seen.files] == [":(glob)*/a.yaml"]


def test_a_missing_folder_is_blocked_and_not_empty(repository: Open, commit: Commit) -> None:
    commit({"other/x.yaml": ""})
    with pytest.raises(Blocked, match=r"no files below 'pipelines' in commit \w+ of branch 'main': set source\.path"):
        repository().fetch()


def test_a_commit_that_removed_everything_is_blocked(repository: Open, commit: Commit) -> None:
    commit({})
    with pytest.raises(Blocked, match=r"no files below '\.' in commit"):
        repository(path=".").fetch()


def test_a_file_or_link_in_place_of_the_folder_is_blocked(repository: Open, commit: Commit, origin: Path) -> None:
    (origin / "link").symlink_to("pipelines")
    commit(ONE)
    with pytest.raises(Blocked, match=r"has a file at 'pipelines/shop\.yaml', not a folder"):
        repository(path="pipelines/shop.yaml").fetch()
    with pytest.raises(Blocked, match=r"has a symbolic link at 'link', not a folder"):
        repository(path="link").fetch()


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"path": "../other"}, id="path"),
        pytest.param({"branch": "--upload-pack=x"}, id="branch"),
        pytest.param({"repository": "ext::sh -c x"}, id="repository"),
    ],
)
def test_unusable_settings_are_broken_before_git_runs(fields: dict[str, str], repository: Open) -> None:
    (name,) = fields
    with pytest.raises(Broken, match=rf"source\.{name} "):
        repository(**fields)


@pytest.mark.parametrize(
    ("link", "target", "is_problem"),
    [
        pytest.param("b.yaml", "shop.yaml", True, id="definition"),
        pytest.param("folder", "../other", True, id="folder"),
        pytest.param("outside", "/etc/hostname", True, id="outside"),
        pytest.param("dangling", "nowhere", True, id="dangling"),
        pytest.param("README", "../other/notes.txt", False, id="plain file"),
        pytest.param(".hidden", "../other", False, id="hidden"),
    ],
)
def test_a_link_that_may_hide_definitions_is_a_problem(
    *, link: str, target: str, is_problem: bool, repository: Open, commit: Commit, origin: Path
) -> None:
    (origin / "pipelines").mkdir()
    (origin / "pipelines" / link).symlink_to(target)
    commit(ONE | {"other/notes.txt": "", "other/x.yaml": ""})
    seen = repository().fetch()
    assert [problem.file for problem in seen.problems] == [f"pipelines/{link}"] * is_problem
    assert [file.path for file in seen.files] == ["pipelines/shop.yaml"]


def test_a_submodule_is_a_problem(repository: Open, commit: Commit, git: Git) -> None:
    head = commit(ONE)
    git("update-index", "--add", "--cacheinfo", f"160000,{head},pipelines/shared")
    git("commit", "--message", "submodule")
    seen = repository().fetch()
    assert [(problem.file, problem.line) for problem in seen.problems] == [("pipelines/shared", 0)]
    assert "submodule" in str(seen.problems[0])


def test_a_file_above_the_limit_is_a_problem(repository: Open, commit: Commit) -> None:
    commit({"pipelines/fits.yaml": "12345", "pipelines/large.yaml": "123456", "pipelines/large.md": "123456"})
    seen = repository(max_file_bytes=5).fetch()
    assert [file.path for file in seen.files] == ["pipelines/fits.yaml"]
    assert [str(problem) for problem in seen.problems] == [
        "pipelines/large.yaml: the file has 6 bytes; the limit is 5 (split the file, or raise source.max_file_bytes)"
    ]


def _empty_objects(mirror: Path) -> None:
    for path in mirror.glob("objects/??/*"):
        path.chmod(0o600)
        path.write_bytes(b"")


def _no_objects(mirror: Path) -> None:
    for path in mirror.glob("objects/??/*"):
        path.unlink()


def _no_blob(mirror: Path) -> None:
    name = hashlib.sha1(b"blob 13\0pipeline: {}\n").hexdigest()
    (mirror / "objects" / name[:2] / name[2:]).unlink()


def _no_folder(mirror: Path) -> None:
    mirror.rename(mirror.with_name("elsewhere"))
    mirror.write_text("not a repository")


@pytest.mark.parametrize("has_moved", [False, True], ids=["same head", "new head"])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_empty_objects, id="empty objects"),
        pytest.param(_no_objects, id="missing objects"),
        pytest.param(_no_blob, id="missing file"),
        pytest.param(_no_folder, id="not a folder"),
        pytest.param(lambda mirror: (mirror / "HEAD").unlink(), id="not a repository"),
        pytest.param(lambda mirror: (mirror / "config").write_text("[core"), id="config"),
        pytest.param(lambda mirror: (mirror / "refs/heads/main").write_text(""), id="empty reference"),
    ],
)
def test_a_damaged_mirror_is_built_again(
    damage: Callable[[Path], None],
    has_moved: bool,
    repository: Open,
    commit: Commit,
    mirror: Callable[[], Path],
) -> None:
    head = commit(ONE)
    repository().fetch()
    damage(mirror())
    head = commit({"pipelines/new.yaml": ""}) if has_moved else head
    opened = repository()
    seen = opened.fetch()
    assert seen.commit == head
    assert {file.size: opened.read(file) for file in seen.files}[13] == b"pipeline: {}\n"


def test_a_lock_that_a_killed_git_left_does_not_stay(
    repository: Open, commit: Commit, mirror: Callable[[], Path]
) -> None:
    commit(ONE)
    repository().fetch()
    (mirror() / "refs/heads/main.lock").touch()
    head = commit({})
    assert repository().fetch().commit == head


def test_a_forced_push_is_told_even_if_the_mirror_was_damaged(
    repository: Open, commit: Commit, git: Git, mirror: Callable[[], Path]
) -> None:
    former = commit(ONE)
    repository().fetch()
    _empty_objects(mirror())
    git("commit", "--amend", "--message", "rewritten")
    assert repository().fetch().rewritten == former


def test_a_blob_that_is_damaged_later_is_fetched_again(
    repository: Open, commit: Commit, mirror: Callable[[], Path]
) -> None:
    commit(ONE)
    opened = repository()
    (file,) = opened.fetch().files
    path = mirror() / "objects" / file.blob[:2] / file.blob[2:]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-9])
    assert opened.read(file) == b"pipeline: {}\n"
    assert mirror().with_suffix(".broken").is_dir()


def test_a_blob_that_nobody_has_is_tried_again_later(repository: Open, commit: Commit) -> None:
    commit(ONE)
    opened = repository()
    opened.fetch()
    with pytest.raises(Retry, match=r"the mirror lacks the object 0{40}"):
        opened.read(File("pipelines/gone.yaml", "0" * 40, 1))


def test_a_good_mirror_stays_when_the_remote_fails_between_look_and_fetch(
    repository: Open, commit: Commit, git: Git, mirror: Callable[[], Path]
) -> None:
    commit(ONE)
    opened = repository()
    (file,) = opened.fetch().files
    commit({})
    tip = git("rev-parse", "HEAD")
    (mirror().parents[2] / "origin/.git/objects" / tip[:2] / tip[2:]).unlink()
    with pytest.raises(Retry, match=r"git fetch: "):
        opened.fetch()
    assert [path.suffix for path in mirror().parent.iterdir() if path.is_dir()] == [".git"]
    assert opened.read(file) == b"pipeline: {}\n"


def test_several_fetches_at_once_share_one_mirror(repository: Open, commit: Commit, mirror: Callable[[], Path]) -> None:
    head = commit(ONE)
    opened = [repository() for _ in range(4)]
    with ThreadPoolExecutor(4) as executor:
        seen = list(executor.map(lambda one: one.fetch().commit, opened))
    assert seen == [head] * 4
    assert not mirror().with_suffix(".broken").exists()


def test_a_fetch_that_waits_too_long_for_another_is_tried_again(repository: Open, commit: Commit) -> None:
    commit(ONE)
    opened, other = repository(timeout=0.1), repository()
    with other._mirror.exclusive(), pytest.raises(Retry, match=r"another process .* 0\.1 seconds \(source\.timeout\)"):
        opened.fetch()


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Let ssh say that it runs, then hang with a child of its own; both hold the other end of the given pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.close(os.open(pipe, os.O_WRONLY))  # from now on the pipe tells when nobody holds its other end
    monkeypatch.setenv("GIT_SSH_COMMAND", f"exec 9>'{pipe}'; echo >&9; sleep 600 & wait; :")
    yield reader
    os.close(reader)


def _is_let_go(reader: int) -> bool:
    poll = select.poll()
    poll.register(reader, 0)  # hang-up only
    return bool(poll.poll(10_000))


def test_a_command_that_hangs_is_killed_with_all_its_children(repository: Open, hanging: int) -> None:
    with pytest.raises(Retry, match=r"git ls-remote had no answer within 0\.5 seconds \(source\.timeout\)"):
        repository(repository="ssh://localhost/x", timeout=0.5).fetch()
    assert _is_let_go(hanging)


def test_an_interrupted_command_is_killed_as_well(
    repository: Open, hanging: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        assert select.select([hanging], [], [], 10)[0]
        raise KeyboardInterrupt

    monkeypatch.setattr(Popen, "communicate", interrupt)
    opened = repository(repository="ssh://localhost/x")
    with pytest.raises(KeyboardInterrupt):
        opened._wanted()
    assert _is_let_go(hanging)


def test_threads_may_read_side_by_side(repository: Open, commit: Commit) -> None:
    commit({f"pipelines/p{number}.yaml": f"text {number}" for number in range(40)})
    opened = repository()
    files = opened.fetch().files * 5
    with ThreadPoolExecutor(8) as executor:
        texts = list(executor.map(opened.read, files))
    assert texts == [b"text " + file.path[len("pipelines/p") : -len(".yaml")].encode() for file in files]


def test_the_mirror_may_be_replaced_while_another_reads(repository: Open, commit: Commit) -> None:
    commit({"pipelines/a.yaml": "a", "pipelines/b.yaml": "b"})
    opened, other = repository(), repository()
    first, second = opened.fetch().files
    opened.read(first)
    other._rebuild()
    assert opened.read(second) == b"b"


def test_a_reader_that_was_killed_is_started_again(
    repository: Open, commit: Commit, mirror: Callable[[], Path]
) -> None:
    commit(ONE)
    opened = repository()
    (file,) = opened.fetch().files
    opened.read(file)
    reader = opened._mirror._git._reader.cat_file_all
    assert reader
    reader.kill()
    assert opened.read(file) == b"pipeline: {}\n"
    assert not mirror().with_suffix(".broken").exists()


def test_a_closed_repository_opens_itself_again(repository: Open, commit: Commit) -> None:
    commit(ONE)
    opened = repository()
    (file,) = opened.fetch().files
    opened.read(file)
    opened.close()
    opened.close()
    assert opened.read(file) == b"pipeline: {}\n"


def test_neither_hooks_nor_configuration_of_a_repository_run(
    *, repository: Open, commit: Commit, git: Git, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(ONE)
    hooks, mark = tmp_path / "hooks", tmp_path / "mark"
    hooks.mkdir()
    for name in ("reference-transaction", "post-checkout", "pre-auto-gc", "spy"):
        (hooks / name).write_text(f'#!/bin/sh\necho {name} >> "{mark}"\nexec "$@"\n')
        (hooks / name).chmod(0o755)
    for key in ("uploadpack.packObjectsHook", "core.fsmonitor", "core.sshCommand"):
        git("config", key, str(hooks / "spy"))
    git("config", "url./nowhere.insteadOf", str(origin))
    (tmp_path / "global").write_text(f'[core]\nhooksPath = "{hooks}"\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    monkeypatch.chdir(origin)
    opened = repository()
    opened.read(opened.fetch().files[0])
    assert not mark.exists()


def test_the_environment_of_a_git_hook_does_no_harm(
    repository: Open, commit: Commit, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = commit(ONE)
    other = tmp_path / "other"
    git("init", "--quiet", str(other))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, str(other))
    opened = repository()
    seen = opened.fetch()
    assert (seen.commit, opened.read(seen.files[0])) == (head, b"pipeline: {}\n")


def test_a_machine_without_git_is_blocked(repository: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "git", None)
    with pytest.raises(Blocked, match=r"git cannot be used \(.+\): install git"):
        repository()


def test_a_folder_that_cannot_be_written_is_blocked(repository: Open, mirrors: Path) -> None:
    mirrors.parent.write_text("a file")
    with pytest.raises(Blocked, match=r"the mirror cannot be written: .*make its folder writable"):
        repository().fetch()


def test_a_command_that_cannot_be_started_is_tried_again(repository: Open) -> None:
    opened = repository()
    opened._remote._program = "/nowhere/git"
    with pytest.raises(Retry, match=r"git cannot be started: .*'/nowhere/git'"):
        opened.fetch()


def test_a_fetch_that_reads_no_file_does_not_import_gitpython(origin: Path, tmp_path: Path, commit: Commit) -> None:
    commit(ONE)
    code = (
        "import pathlib, sys; from reconciler import settings; from reconciler.source.repository import Repository;"
        f"Repository(settings.Source(repository={str(origin)!r}), pathlib.Path({str(tmp_path / 'm')!r})).fetch();"
        "sys.exit('git' in sys.modules)"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_the_module_does_not_import_git() -> None:
    code = "import sys, reconciler.source.repository; sys.exit('git' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0
