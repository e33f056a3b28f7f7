"""`doctor --load`, and `status --targets`."""

from __future__ import annotations

from endpoint import sample
from workshop import ACCOUNT, REGION


def test_the_cost_of_so_many_pipelines_is_told_and_nothing_is_asked(workshop):
    text = workshop.run("doctor", "--load", "10000", "--latency", "50", check=0).out
    assert "10,000 pipelines in 1 targets, 50 ms a call, 4 threads" in text
    assert "quiet pass        110 calls" in text
    found = workshop.run("doctor", "--load", "1000", "--format", "json", check=0).json
    assert found["quiet"]["calls"] == 11
    assert workshop.endpoint.log == []


def test_what_the_last_pass_spent_on_each_target_is_shown(workshop):
    assert "no pass has ended yet" in workshop.run("status", "--targets", check=0).err
    workshop.define(*sample(2, account=ACCOUNT, region=REGION))
    workshop.apply()
    (found,) = workshop.run("status", "--targets", "--format", "json", check=0).json
    assert (found["account"], found["region"], found["worker"]) == (ACCOUNT, REGION, None)
    assert found["calls"] == len(workshop.endpoint.log)
    assert f"{ACCOUNT}/{REGION}" in workshop.run("status", "--targets", check=0).out
