"""Commits are taken from those who may sign, with keys of ssh-keygen and of GnuPG as people have them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from reconciler import settings
from reconciler.errors import Blocked
from reconciler.source.repository import Repository

FILES = {"pipelines/a.yaml": "name: a"}


@pytest.fixture
def ssh(tmp_path, git):
    """Sign with a new SSH key, and give the line of `allowed_signers` that allows it."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("there is no ssh-keygen")

    def use(name: str) -> str:
        key = tmp_path / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        git("config", "gpg.format", "ssh")
        git("config", "user.signingkey", f"{key}.pub")
        return f"{name}@example.com {Path(f'{key}.pub').read_text()}"

    return use


@pytest.fixture
def pgp(git, monkeypatch):
    """Sign with a new OpenPGP key, and give its public half."""
    if not shutil.which("gpg"):
        pytest.skip("there is no gpg")
    with tempfile.TemporaryDirectory() as home:  # a short path: GnuPG's agent listens in it
        monkeypatch.setenv("GNUPGHOME", home)

        def use(name: str) -> str:
            quiet = ["gpg", "--batch", "--quiet", "--passphrase", ""]
            subprocess.run([*quiet, "--quick-generate-key", f"{name}@example.com", "ed25519"], check=True)
            git("config", "user.signingkey", f"{name}@example.com")
            export = ["gpg", "--armor", "--export", f"{name}@example.com"]
            return subprocess.run(export, check=True, capture_output=True, text=True).stdout

        yield use
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=True)


@pytest.fixture
def fetch(origin, tmp_path):
    """Fetch from the origin with these keys allowed."""

    def run(signatures: str = "head", **allowed: str):
        files = {}
        for name, text in allowed.items():
            files[name] = str(tmp_path / f"{name}.txt")
            Path(files[name]).write_text(text)
        source = settings.Source(repository=str(origin), verify={"signatures": signatures, **files})
        repository = Repository(source, tmp_path / "mirrors")
        try:
            return repository.fetch()
        finally:
            repository.close()

    return run


def test_a_head_that_an_allowed_ssh_key_signed_is_taken(ssh, git, commit, fetch):
    allowed = ssh("ana")
    git("config", "commit.gpgsign", "true")
    head = commit(FILES)
    assert fetch(signers=allowed).commit == head


def test_a_head_without_a_signature_is_refused_with_the_way_out(ssh, commit, fetch):
    allowed, head = ssh("ana"), commit(FILES)
    with pytest.raises(Blocked, match=rf"commit {head[:12]} is not signed: sign it \(git commit -S\).*verify.signers"):
        fetch(signers=allowed)


def test_an_ssh_key_that_nobody_allowed_is_named_by_its_fingerprint(ssh, git, commit, fetch):
    allowed = ssh("ana")
    ssh("eve")
    git("config", "commit.gpgsign", "true")
    commit(FILES)
    with pytest.raises(Blocked, match=r"is signed by the key SHA256:.*, whose key is not among those allowed"):
        fetch(signers=allowed)


def test_a_head_that_an_allowed_openpgp_key_signed_is_taken(pgp, git, commit, fetch):
    allowed = pgp("ana")
    git("config", "commit.gpgsign", "true")
    head = commit(FILES)
    assert fetch(keys=allowed).commit == head


def test_an_openpgp_key_that_nobody_allowed_is_refused_though_the_user_has_it(pgp, git, commit, fetch):
    allowed = pgp("ana")
    pgp("eve")
    git("config", "commit.gpgsign", "true")
    commit(FILES)
    with pytest.raises(Blocked, match=r"is signed by .*, whose key is not among those allowed"):
        fetch(keys=allowed)


def test_keys_of_one_kind_do_not_allow_the_other(ssh, pgp, git, commit, fetch):
    allowed = ssh("ana")
    git("config", "gpg.format", "openpgp")
    pgp("ana")
    git("config", "commit.gpgsign", "true")
    commit(FILES)
    with pytest.raises(Blocked, match="not among those allowed"):
        fetch(signers=allowed)


def test_a_signed_tag_on_the_head_lets_it_through_once_it_is_there(ssh, git, commit, fetch):
    allowed, head = ssh("ana"), commit(FILES)
    with pytest.raises(Blocked, match=r"has no tag: sign it \(git tag -s\)"):
        fetch("tag", signers=allowed)
    git("tag", "--sign", "--message", "Release", "v1")
    assert fetch("tag", signers=allowed).commit == head


@pytest.mark.parametrize(
    "options", [pytest.param((), id="light"), pytest.param(("--annotate", "--message", "x"), id="annotated, unsigned")]
)
def test_a_tag_that_nobody_signed_does_not_count(ssh, git, commit, fetch, options):
    allowed = ssh("ana")
    commit(FILES)
    git("tag", *options, "v1")
    with pytest.raises(Blocked, match="has no tag that is signed by somebody who may"):
        fetch("tag", signers=allowed)


def test_a_key_that_is_taken_off_the_list_counts_no_longer(ssh, git, commit, origin, tmp_path):
    file = tmp_path / "signers"
    file.write_text(ssh("ana"))
    git("config", "commit.gpgsign", "true")
    commit(FILES)
    source = settings.Source(repository=str(origin), verify={"signatures": "head", "signers": str(file)})
    repository = Repository(source, tmp_path / "mirrors")
    repository.fetch()
    file.write_text("")
    with pytest.raises(Blocked, match="not among those allowed"):
        repository.fetch()


def test_a_file_of_keys_that_cannot_be_read_refuses_every_commit(commit, fetch, origin, tmp_path):
    commit(FILES)
    source = settings.Source(repository=str(origin), verify={"signatures": "head", "signers": str(tmp_path / "gone")})
    with pytest.raises(Blocked, match=r"source.verify.signers cannot be read: .* no commit is taken"):
        Repository(source, tmp_path / "mirrors").fetch()


def test_a_file_that_holds_no_openpgp_keys_is_told(pgp, commit, fetch):
    commit(FILES)
    with pytest.raises(Blocked, match=r"source\.verify\.keys holds no OpenPGP keys"):
        fetch(keys="nonsense")


def test_signatures_that_nobody_may_give_are_refused_at_load():
    with pytest.raises(ValueError, match=r"nobody may sign: set source\.verify\.signers, or \.keys"):
        settings.Verify(signatures="head")
