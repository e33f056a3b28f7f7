from __future__ import annotations

from pathlib import Path

import git
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import Broken
from reconciler.source import address


@pytest.mark.parametrize(
    "repository",
    [
        "/srv/git/x.git",
        "/srv/a:b",
        "file:///srv/git/x.git",
        "https://example.com/x.git",
        "https://ada:secret@example.com/x.git",
        "ssh://git@example.com:2222/x.git",
        "git@example.com:team/x.git",
        "git@[::1]:team/x.git",
    ],
)
def test_an_address_of_an_allowed_transport_stays_as_it_is(repository: str) -> None:
    assert address.remote(repository) == repository


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert address.remote(".") == str(tmp_path)
    assert address.remote("a/b:c") == str(tmp_path / "a" / "b:c")


@pytest.mark.parametrize(
    "repository",
    [
        "",
        "--upload-pack=touch x",
        "ext::sh -c touch% x",
        "fd::17",
        "codecommit::eu-west-1://x",
        "http://example.com/x.git",
        "git://example.com/x.git",
        "HTTPS://example.com/x.git",
        "ssh://-oProxyCommand=x/y",
        "ssh://git@-oProxyCommand=x/y",
        "git@-oProxyCommand=x:y",
        "/srv/\0",
    ],
)
def test_other_transports_and_options_are_refused(repository: str) -> None:
    with pytest.raises(Broken, match=r"^source\.repository .* is not supported: give a path, file://, https://"):
        address.remote(repository)
    assert address.local(repository) is None


def test_a_refused_address_is_shown_without_its_password() -> None:
    with pytest.raises(Broken) as caught:
        address.remote("ftp://ada:secret@example.com/x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("repository", "folder"),
    [
        pytest.param("/srv/x", Path("/srv/x"), id="path"),
        pytest.param("file:///srv/a%20b", Path("/srv/a b"), id="file URL"),
        pytest.param("https://example.com/x", None, id="https"),
        pytest.param("git@example.com:x", None, id="scp"),
    ],
)
def test_only_paths_and_file_urls_are_local(repository: str, folder: Path | None) -> None:
    assert address.local(repository) == folder


_PIECES = st.sampled_from(["a", "é", "-", ".", "..", "/", "@", "{", "@{", "~", "^", ":", "?", "*", "[", "\\", " "])
_MORE = st.sampled_from(["lock", ".lock", "main", "release", "\t", "\x7f", "]", "}", "#", "'"])


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(_PIECES | _MORE, min_size=1, max_size=5).map("".join))
def test_a_branch_is_valid_exactly_when_git_says_so(name: str) -> None:
    status, *_ = git.Git().execute(
        ["git", "check-ref-format", f"refs/heads/{name}"], with_extended_output=True, with_exceptions=False
    )
    try:
        is_valid = address.branch(name) == name
    except Broken:
        is_valid = False
    assert is_valid == (status == 0 and not name.startswith("-"))


@pytest.mark.parametrize("name", ["", "-x", "a..b", "a\n"])
def test_the_name_of_the_setting_is_told_with_a_bad_branch(name: str) -> None:
    with pytest.raises(Broken, match=r"^source\.branch "):
        address.branch(name)


@pytest.mark.parametrize(
    ("path", "folder"), [("", ""), (".", ""), ("./", ""), ("a/b/", "a/b"), ("./a//b", "a/b"), (".a", ".a")]
)
def test_a_folder_is_written_in_one_way(path: str, folder: str) -> None:
    assert address.folder(path) == folder


@pytest.mark.parametrize("path", ["../x", "a/../../x", "a/..", "/srv", "a\0"])
def test_a_folder_outside_the_repository_is_broken(path: str) -> None:
    with pytest.raises(Broken, match=r"^source\.path .* leaves the repository"):
        address.folder(path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fatal: 'https://ada:pass@host/x' not found", "fatal: 'https://***@host/x' not found"),
        ("https://token@host/x", "https://***@host/x"),
        ("https://ada:p@ss/word@host/x", "https://***@host/x"),
        ("ssh://git@host/x and git@host:x", "ssh://git@host/x and git@host:x"),
        ("https://git:token@host/x", "https://***@host/x"),
    ],
)
def test_credentials_are_taken_out_of_texts(text: str, shown: str) -> None:
    assert address.redact(text) == shown


def test_a_new_password_keeps_the_mirror_and_another_path_does_not() -> None:
    first = address.key("https://ada:old@host/a@b")
    assert first == address.key("https://ada:new@host/a@b") == address.key("https://host/a@b")
    assert first != address.key("https://ada:old@host/c@b")
