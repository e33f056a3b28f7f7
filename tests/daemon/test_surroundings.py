"""Settings that are read again while the daemon runs."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from reconciler.daemon.surroundings import Surroundings
from reconciler.errors import Broken


class Heard(list):
    """Stands in for the way to the service manager."""

    def reloading(self):
        self.append("reloading")

    def ready(self):
        self.append("ready")


@pytest.fixture
def built():
    """Give surroundings made from a list of what each building gives, and the log of what happened."""
    log = Heard()

    def make(*outcomes):
        remaining = list(outcomes)

        @contextmanager
        def build():
            made = remaining.pop(0)
            if isinstance(made, Exception):
                raise made
            log.append(f"open {made}")
            yield made
            log.append(f"close {made}")

        return Surroundings(build, log)

    return make, log


def test_nothing_is_built_again_unless_somebody_asks(built):
    make, log = built
    with make("one") as surroundings:
        assert [surroundings.current(), surroundings.current()] == ["one", "one"]
    assert log == ["open one", "close one"]


def test_new_ones_take_the_place_of_the_old_which_are_closed_after(built):
    make, log = built
    with make("one", "two") as surroundings:
        surroundings.ask()
        assert surroundings.current() == "two"
    assert log == ["open one", "reloading", "open two", "close one", "ready", "close two"]


@pytest.mark.parametrize(
    ("error", "why"), [(Broken("sync.mode: no"), "sync.mode: no"), (ValueError("secret"), "ValueError")]
)
def test_new_ones_that_cannot_be_built_leave_the_old_in_force_and_say_so(built, error, why, caplog):
    make, log = built
    with make("one", error) as surroundings:
        surroundings.ask()
        assert surroundings.current() == "one"
        assert surroundings.told("all is well") == f"all is well; the settings are kept as they were: {why}"
    assert log == ["open one", "reloading", "ready", "close one"]
    assert caplog.records[0].getMessage() == surroundings.fault


def test_a_fault_is_forgotten_once_the_settings_can_be_read(built):
    make, _ = built
    with make("one", Broken("no"), "three") as surroundings:
        for _ in range(2):
            surroundings.ask()
            made = surroundings.current()
        assert (made, surroundings.told("fine")) == ("three", "fine")


def test_the_first_ones_must_be_built(built):
    make, _ = built
    with pytest.raises(Broken), make(Broken("no settings")):
        pass
