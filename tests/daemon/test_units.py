"""The files of the service: what systemd itself says of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.daemon import units
from reconciler.errors import Blocked
from reconciler.settings import Settings

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not on this machine")
MOST_EXPOSED = 1.5


def analyze(*arguments):
    return subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def placed(tmp_path):
    """Give the paths of all files, as they are on a machine with a program that is there."""
    return {unit.place: units.place(unit, tmp_path) for unit in units.units(sys.executable)}


@pytest.fixture
def service(placed):
    return placed["etc/systemd/system/reconciler.service"]


def setting(path, name):
    return re.findall(rf"^{name}=(.*)$", path.read_text(), re.MULTILINE)


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_service(service):
    done = analyze("verify", "--man=no", str(service))
    assert (done.returncode, [line for line in done.stderr.splitlines() if "reconciler" in line]) == (0, [])


@needs_systemd
def test_the_service_is_hardly_exposed(service):
    done = analyze("security", "--offline=true", "--no-pager", str(service))
    assert float(re.search(r"exposure level.*: ([0-9.]+)", done.stdout)[1]) <= MOST_EXPOSED


def test_the_service_starts_this_installation(service):
    (start,) = setting(service, "ExecStart")
    assert start.startswith(f"{sys.executable} run --config /etc/reconciler/reconciler.yaml")


def test_a_stop_leaves_time_for_the_write_in_hand_with_all_its_attempts(service):
    (minutes,) = setting(service, "TimeoutStopSec")
    aws = Settings().aws
    assert int(minutes.removesuffix("min")) * 60 > aws.attempts * (aws.connect_timeout + aws.read_timeout)


def test_a_strange_path_is_one_word_for_systemd():
    service = units.units("/opt/my $tools/100%/reconciler")[0]
    assert 'ExecStart="/opt/my $$tools/100%%/reconciler" run' in service.text


def test_every_credential_may_be_missing(service):
    needed = {each.partition(":")[0] for each in setting(service, "LoadCredential")}
    assert needed == {each.partition(":")[0] for each in setting(service, "SetCredential")} != set()


def test_user_and_folders_of_the_service_are_those_that_are_made(placed, service):
    (user,) = setting(service, "User")
    (state,) = setting(service, "WorkingDirectory")
    assert f"\nu {user} - " in placed["etc/sysusers.d/reconciler.conf"].read_text()
    assert f"\nd {state} 0700 {user} " in placed["etc/tmpfiles.d/reconciler.conf"].read_text()


def test_a_folder_that_may_not_be_written_is_told_with_the_way_out(tmp_path):
    (tmp_path / "etc").write_text("a file")
    with pytest.raises(Blocked, match=r"cannot be written.*--dir"):
        units.place(units.units("/bin/true")[0], tmp_path)


def test_placing_twice_leaves_the_same(tmp_path):
    unit = units.units("/bin/true")[0]
    assert {units.place(unit, tmp_path) for _ in range(2)} == {tmp_path / unit.place}
    assert (tmp_path / unit.place).read_text() == unit.text


@pytest.fixture
def cluster(tmp_path):
    """Give the paths of the units of a cluster."""
    return [units.place(unit, tmp_path) for unit in units.units(sys.executable, cluster=True)]


@needs_systemd
def test_the_units_of_a_cluster_are_hardly_exposed(cluster):
    for path in cluster:
        done = analyze("security", "--offline=true", "--no-pager", str(path))
        assert float(re.search(r"exposure level.*: ([0-9.]+)", done.stdout)[1]) <= MOST_EXPOSED


def test_the_units_of_a_cluster_start_this_installation_and_stay_on_this_machine(cluster):
    for path in cluster:
        (start,) = setting(path, "ExecStart")
        assert start.startswith(str(Path(sys.executable).with_name("dask")))
        assert '="--host 127.0.0.1"' in path.read_text()
