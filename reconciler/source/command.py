"""git as a child process that never asks, never outlives its time, and runs nothing that a repository brings along.

GitPython finds git and reads objects. Commands with a time limit are started here: GitPython's own limit needs `ps` or
`pgrep` to find git's children, which small container images lack, and it cannot take a variable out of the environment.
Each command gets a session of its own, which is killed as a whole.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

from reconciler.errors import Blocked, Retry
from reconciler.source import address

if TYPE_CHECKING:
    from collections.abc import Mapping

    import git

_OPTIONS = ("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false")
_REASON_LENGTH = 400

# Left behind by a git hook or a shell, these would send git to another repository than the one it is given.
_FOREIGN = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)

_NOISE = re.compile(
    r"\s*(?:$|hint:|warning:|please make sure|and the repository exists|to add an exception|git config --global"
    r"|fatal: could not read from remote)",
    re.IGNORECASE,
)
_NEEDS_A_PERSON = (
    (
        re.compile(r"dubious ownership in repository at '(?P<at>[^']+)'"),
        "run the reconciler as the owner, or allow it: git config --global --add safe.directory '{at}'",
    ),
    (
        re.compile(r"Host key verification failed"),
        "add the host to known_hosts of the account that runs the reconciler",
    ),
    (
        re.compile(
            r"Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Access denied"
            r"|Permission denied[ ,]|Permission to \S+ denied|returned error: 40[13]",
            re.IGNORECASE,
        ),
        "give the account that runs the reconciler an SSH key or a git credential helper for source.repository",
    ),
    (re.compile(r"mismatched algorithms"), "use a repository with SHA-1 object names"),
)


def _program() -> str:
    """Give the git program that GitPython uses too; raises `Blocked` where one of both is missing."""
    program = shutil.which(os.environ.get("GIT_PYTHON_GIT_EXECUTABLE") or "git")
    if program is None or importlib.util.find_spec("git") is None:
        missing = "GitPython is not installed" if program else "there is no git program"
        raise Blocked(f"git cannot be used ({missing}): install git and codepipeline-reconciler[daemon]")
    return program


class Failed(Retry):
    """git ran and refused, for a reason that is not known to need a person."""


class Command:
    """git for one git directory; `os.devnull` stands for none, so that no configuration but the user's is read."""

    def __init__(self, directory: str, timeout: float, place: str, variables: Mapping[str, str] | None = None) -> None:
        """`directory` is absolute, `timeout` in seconds, `place` opens messages; `variables` go to git's environment.

        Raises `Blocked` without git.
        """
        self._program = _program()
        self._directory = directory
        self._environment = _environment(directory, timeout) | dict(variables or {})
        self._timeout = timeout
        self._place = place

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run one git command and give its output; raises `Failed`, `Blocked`, or `Retry` when its time is over."""
        with self._start(arguments) as process:
            try:
                output, complaint = process.communicate(stdin, self._timeout)
            except BaseException as error:
                with contextlib.suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    limit = f"{self._timeout:g} seconds (source.timeout)"
                    raise Retry(f"{self._place}: git {arguments[0]} had no answer within {limit}") from None
                raise
        if process.returncode:
            raise failure(f"{self._place}: git {arguments[0]}", complaint.decode(errors="replace"))
        return output

    def blob(self, name: str) -> bytes:
        """Give the bytes of a blob through one process that stays; not for several threads at once. Raises `Failed`."""
        try:
            found, _, size, data = self._reader.get_object_data(name)
        except (ValueError, OSError):
            found, size, data = "", 0, b""
        if os.fsdecode(found) != name or len(data) != size:  # GitPython gives the name as bytes, though typed as text
            raise Failed(f"{self._place}: the mirror lacks the object {name}")
        return data

    def close(self) -> None:
        """End the process that reads blobs; the next read starts another."""
        if "_reader" in vars(self):
            self._reader.clear_cache()

    @functools.cached_property
    def _reader(self) -> git.Git:
        """GitPython's reader of objects: one process that stays. Its import is left to the first blob that is read."""
        import git  # noqa: PLC0415

        reader = git.Git(os.sep)
        own = self._directory
        reader.update_environment(GIT_DIR=own, GIT_COMMON_DIR=own, GIT_OBJECT_DIRECTORY=f"{own}/objects")
        return reader

    def _start(self, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
        command = [self._program, *_OPTIONS, *arguments]
        out = subprocess.PIPE
        try:
            return subprocess.Popen(  # noqa: S603  no shell; what comes from settings has been checked
                command, cwd=os.sep, env=self._environment, start_new_session=True, stdin=out, stdout=out, stderr=out
            )
        except OSError as error:
            raise Retry(f"{self._place}: git cannot be started: {error}") from None


def failure(place: str, complaint: str) -> Failed | Blocked:
    """Turn git's standard error into one line, redacted, and add the way out where a person has to act."""
    lines = (line for line in complaint.splitlines() if not _NOISE.match(line))
    text = "; ".join(re.sub(r"^(?:fatal|error|remote): ", "", line) for line in lines)
    reason = printable(address.redact(text))[:_REASON_LENGTH] or "it gave no reason"
    for pattern, hint in _NEEDS_A_PERSON:
        if match := pattern.search(complaint):
            return Blocked(f"{place}: {reason}; {hint.format(**match.groupdict())}")
    return Failed(f"{place}: {reason}")


def printable(text: str) -> str:
    """Take out control characters: text from a remote reaches terminals and logs."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _environment(directory: str, timeout: float) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    own = {
        "GIT_DIR": directory,
        "LC_ALL": "C",
        "LANGUAGE": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_ALLOW_PROTOCOL": ":".join(address.TRANSPORTS),
        "GIT_LITERAL_PATHSPECS": "1",
    }
    if not os.environ.keys() & {"GIT_SSH", "GIT_SSH_COMMAND"}:
        own["GIT_SSH_COMMAND"] = f"ssh -oBatchMode=yes -oConnectTimeout={max(1, int(timeout))}"
    return inherited | own
