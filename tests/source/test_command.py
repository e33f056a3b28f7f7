from __future__ import annotations

import pytest

from reconciler.errors import Blocked, Retry
from reconciler.source import command


@pytest.mark.parametrize(
    ("complaint", "hint"),
    [
        pytest.param(
            "remote: Invalid username or token.\nfatal: Authentication failed for 'https://host/x/'",
            "credential helper",
            id="wrong password",
        ),
        pytest.param(
            "fatal: could not read Username for 'https://host': terminal prompts disabled",
            "credential helper",
            id="no password",
        ),
        pytest.param(
            "fatal: unable to access 'https://host/x/': The requested URL returned error: 403",
            "credential helper",
            id="forbidden",
        ),
        pytest.param("ada@host: Permission denied (publickey,password).", "SSH key", id="ssh key"),
        pytest.param("Host key verification failed.", "known_hosts", id="unknown host"),
        pytest.param("fatal: mismatched algorithms: client sha1; server sha256", "SHA-1", id="SHA-256"),
    ],
)
def test_what_needs_a_person_is_blocked_with_a_hint(complaint: str, hint: str) -> None:
    error = command.failure("source.repository x: git fetch", complaint)
    assert isinstance(error, Blocked)
    assert hint in str(error)


@pytest.mark.parametrize(
    "complaint",
    [
        pytest.param("ssh: Could not resolve hostname host: Name or service not known", id="name"),
        pytest.param("fatal: unable to access 'https://host/': The requested URL returned error: 502", id="gateway"),
        pytest.param("error: unable to create temporary file: Permission denied", id="disk"),
        pytest.param("", id="silence"),
    ],
)
def test_everything_else_is_tried_again(complaint: str) -> None:
    assert isinstance(command.failure("git fetch", complaint), Retry)


def test_a_reason_is_one_line_without_padding_and_secrets() -> None:
    complaint = (
        "warning: slow\nremote: not \x1bfound\nfatal: repository 'https://ada:s3cret@host/x' not found\n"
        "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\n"
        "and the repository exists.\n"
    )
    expected = "git fetch: not  found; repository 'https://***@host/x' not found"
    assert str(command.failure("git fetch", complaint)) == expected


def test_a_long_reason_is_cut() -> None:
    assert len(str(command.failure("git fetch", "x" * 10_000))) < 500
