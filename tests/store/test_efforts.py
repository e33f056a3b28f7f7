"""What the last pass took, by target."""

from __future__ import annotations

from reconciler.pipeline.arns import Target
from reconciler.plan.efforts import Effort
from reconciler.store.store import Store

HERE, THERE = Target("111111111111", "eu-west-1"), Target("222222222222", "eu-west-1")


def test_the_last_pass_replaces_the_one_before(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/state.db")
    assert store.efforts() == {}
    store.record_efforts({HERE: Effort(3, 1, 0.5, "w1"), THERE: Effort(1)})
    store.record_efforts({HERE: Effort(2, 0, 0.25, "w2")})
    assert store.efforts() == {HERE: Effort(2, 0, 0.25, "w2")}
    store.close()


def test_efforts_add_up_and_the_later_worker_is_named():
    assert Effort(1, 1, 0.5, "w1") + Effort(2, 0, 0.25, "w2") == Effort(3, 1, 0.75, "w2")
    assert (Effort(1, 0, 0, "w1") + Effort()).worker == "w1"
