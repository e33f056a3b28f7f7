"""What docs/signatures.md shows is what happens."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

PAGE = Path(__file__).parents[2].joinpath("docs", "signatures.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(CONSOLE,) = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen")
def test_an_unsigned_commit_is_refused_as_shown(workshop):
    workshop.settings(source=yaml.safe_load(SHOWN)["source"] | {"repository": "repository"})
    workshop.commit()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", workshop.folder / "ana"], check=True)
    allow, commit, plan = re.findall(r"^\$ (.*)$", CONSOLE, re.MULTILINE)
    subprocess.run(["sh", "-ec", allow], cwd=workshop.folder, check=True)
    workshop.git(*re.search(r'repository (\w+ .*) "', commit)[1].split(), "Not signed")
    done = workshop.run(*plan.split()[1:], check=2)
    assert anonymous(done.err) in anonymous(CONSOLE)


def anonymous(text: str) -> str:
    """Give a text without what differs each time: commit ids, and where lines are broken."""
    return " ".join(re.sub(r"commit [0-9a-f]{12}", "commit", text).split())
