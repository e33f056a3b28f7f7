"""Who signed a commit: git asks OpenPGP or SSH, with the keys that the settings name and with no others.

Rules of this file:

* A key that is not allowed counts as no signature, and what cannot be checked is refused.
* The keyring of OpenPGP is made from the settings' file and lives beside the mirrors; the user's own is never asked.
* What was found good is not asked again until the commit or a file of keys changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import Blocked, Retry
from reconciler.source.command import Command, Failed, printable

if TYPE_CHECKING:
    from reconciler.settings import Verify
    from reconciler.source.mirror import Mirror

_PUBLIC = (b"\x98", b"\x99", b"\x9a", b"\xc6")
"""How a packet with a public key begins (RFC 9580, 4.2)."""

_FORMAT = "--format=%G?%n%GS%n%GF"
_GRADES = {
    "N": "is not signed",
    "B": "has a signature that does not fit it",
    "E": "is signed by {who}, whose key is not among those allowed",
    "U": "is signed by {who}, whose key is not among those allowed",
    "X": "has a signature of {who} that expired",
    "Y": "is signed by {who} with a key that expired",
    "R": "is signed by {who} with a key that was revoked",
}
"""What git says of a signature (`%G?`), but for `G`, a good one of a key that is trusted."""


class Signatures:
    """Refuses commits that nobody who is allowed to has signed."""

    def __init__(self, verify: Verify, folder: Path, timeout: float) -> None:
        """Keep keyrings below `folder`; each program may take `timeout` seconds."""
        self._verify, self._folder, self._timeout = verify, folder, timeout
        self._good: tuple[str, str] | None = None

    def check(self, mirror: Mirror, commit: str) -> None:
        """Return if a commit of the mirror may be taken; raises `Blocked` with who signed it, and what is missing."""
        if self._verify.signatures == "none":
            return
        signers, keys = self._read("signers"), self._read("keys")
        state = commit, hashlib.sha256(b"%d:" % len(signers) + signers + keys).hexdigest()
        if state == self._good:
            return
        git = mirror.command(self._variables(keys))
        (self._tag if self._verify.signatures == "tag" else self._head)(git, mirror, commit)
        self._good = state

    def _head(self, git: Command, _: Mirror, commit: str) -> None:
        shown = git.run("log", "--max-count=1", "--no-show-signature", _FORMAT, commit, "--")
        grade, name, fingerprint, *_rest = (*shown.decode(errors="replace").split("\n"), "", "")
        if grade != "G":
            who = printable(name) or (f"the key {fingerprint}" if fingerprint else "an unknown key")
            said = _GRADES.get(grade, _GRADES["E"]).format(who=who)
            raise Blocked(f"commit {commit[:12]} {said}: {self._way_out('git commit -S')}")

    def _tag(self, git: Command, mirror: Mirror, commit: str) -> None:
        mirror.fetch_tags()
        tags = git.run("for-each-ref", f"--points-at={commit}", "--format=%(refname:short)", "refs/tags").decode()
        said = "has no tag"
        for tag in tags.split():
            try:
                git.run("verify-tag", "--", tag)
            except Failed as error:
                said = f"has no tag that is signed by somebody who may: {error}"
            else:
                return
        raise Blocked(f"commit {commit[:12]} {said}: {self._way_out('git tag -s')}")

    def _way_out(self, command: str) -> str:
        files = " or ".join(f"source.verify.{name}" for name in ("signers", "keys") if getattr(self._verify, name))
        return f"sign it ({command}) with a key of {files}, or add the signer's key there"

    def _read(self, name: str) -> bytes:
        path = getattr(self._verify, name)
        try:
            return Path(path).read_bytes() if path else b""
        except OSError as error:
            raise Blocked(f"source.verify.{name} cannot be read: {error}; no commit is taken before it can") from None

    def _variables(self, keys: bytes) -> dict[str, str]:
        """Give what git's environment needs so that it knows the allowed keys and trusts them alone."""
        options = {
            "gpg.ssh.allowedSignersFile": self._verify.signers or os.devnull,
            "gpg.minTrustLevel": "fully",
        }
        pairs = {f"GIT_CONFIG_{part}_{at}": text for at, item in enumerate(options.items())
                 for part, text in zip(("KEY", "VALUE"), item, strict=True)}  # fmt: skip
        return {"GNUPGHOME": str(self._keyring(keys)), "GIT_CONFIG_COUNT": str(len(options)), **pairs}

    def _keyring(self, keys: bytes) -> Path:
        """Give the folder of a keyring that holds these public keys, all of them trusted, and nothing else."""
        made = self._folder / f"{hashlib.sha256(keys).hexdigest()[:24]}.gnupg"
        if made.is_dir():
            return made
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=self._folder, suffix=".gnupg"))  # only its owner may enter
        try:
            (fresh / "gpg.conf").write_text("trust-model always\nno-auto-key-retrieve\n")
            if keys:
                (fresh / "pubring.gpg").write_bytes(self._ring(keys))
            fresh.rename(made)
        except OSError as error:
            if not made.is_dir():  # else another process was faster
                raise Blocked(f"the keyring of source.verify.keys cannot be made: {error}") from None
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return made

    def _ring(self, keys: bytes) -> bytes:
        """Give a keyring of these keys; raises `Blocked` where they are none."""
        ring = self._dearmored(keys)
        if ring[:1] not in _PUBLIC:
            raise Blocked("source.verify.keys holds no OpenPGP keys: export them with `gpg --armor --export`")
        return ring

    def _dearmored(self, keys: bytes) -> bytes:
        """Give keys as a keyring holds them. GnuPG's own import would ask an agent, which is not for public keys."""
        if not keys.lstrip().startswith(b"-----"):
            return keys
        try:
            done = subprocess.run(
                ["gpg", "--batch", "--quiet", "--dearmor"],  # noqa: S607  found as git finds it
                input=keys, capture_output=True, timeout=self._timeout, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            way_out = "install GnuPG, or use source.verify.signers"
            raise Blocked(f"source.verify.keys needs the program gpg: {way_out}") from None
        except subprocess.TimeoutExpired:
            raise Retry(f"gpg had no answer within {self._timeout:g} seconds (source.timeout)") from None
        return done.stdout if done.returncode == 0 else b""
