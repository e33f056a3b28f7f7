"""Terraform as a peer: it manages the same pipelines, and nothing has changed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import process
from benchmarks import site as sites

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.process import Finished
    from benchmarks.site import Site


class NoProvider(Exception):
    """Terraform is there, its AWS provider is not."""


@dataclass(frozen=True, slots=True)
class Terraform:
    """A folder with a configuration of all pipelines of a site, and a state that knows them."""

    program: str
    folder: Path
    site: Site

    def plan(self) -> Finished:
        """Run a plan; exit status 0 says that nothing differs."""
        return self._run("plan", "-input=false", "-lock=false", "-detailed-exitcode")

    def prepare(self, plugins: str) -> None:
        """Write configuration and state, and find the provider; raises `NoProvider`."""
        write = [sys.executable, "-m", "benchmarks.resources", str(self.folder), str(self.site.count)]
        subprocess.run(write, cwd=sites.TESTS, check=True)
        try:
            self._run("init", "-input=false", *([f"-plugin-dir={plugins}"] if plugins else []))
        except process.Failed as error:
            raise NoProvider(plugins) from error

    def _run(self, *arguments: str) -> Finished:
        return process.run([self.program, *arguments], self.folder, self.site.environment)


@contextmanager
def prepared(program: str, site: Site, plugins: str) -> Iterator[Terraform]:
    """Give Terraform, ready to plan; `plugins` may be empty."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        peer = Terraform(program, Path(name), site)
        peer.prepare(plugins)
        yield peer
