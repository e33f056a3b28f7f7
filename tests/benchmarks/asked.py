"""What is asked of a measurement."""

from __future__ import annotations

import shutil
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """How much is measured, and where the peers are."""

    pipelines: int = 1000
    quick: bool = False
    """Every command runs once, and no peer that has to be installed takes part."""
    whole: bool = False
    """Also what takes an hour: a hundred thousand pipelines."""
    custodian: str = "custodian"
    """Program of Cloud Custodian: a name on PATH, or a path."""
    plugins: str = ""
    """Folder that holds Terraform's AWS provider; empty where Terraform's own configuration knows one."""
    cfn_lint: str = "cfn-lint"
    """Program of cfn-lint: a name on PATH, or a path."""

    def runs(self, wanted: int) -> range:
        """Give as many turns as something is run."""
        return range(1 if self.quick else wanted)

    def program(self, name: str) -> str | None:
        """Give the path of a peer's program, or None if it takes no part."""
        return None if self.quick else shutil.which(name)
