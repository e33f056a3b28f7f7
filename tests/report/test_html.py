"""Pages are complete, load nothing, and show what comes from outside as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pages import Page
from reconciler.pipeline.arns import Target
from reconciler.plan.changes import Cause, Change, Difference, Plan
from reconciler.plan.changes import Kind as Change_
from reconciler.plan.drift import Drifted, Edit, Kind
from reconciler.report.html import drift, trend
from reconciler.report.html import plan as plan_page
from reports import ANA, NOW, PROD, SPANS, report

EVIL = "<script>alert(1)</script>\"'&amp;\x1b[31m\u202eevil"


def evil() -> Drifted:
    entry = report().entries[0]
    edits = (Edit(f"{EVIL} place", EVIL, {EVIL: EVIL}),)
    author = replace(ANA, principal=EVIL, note=EVIL)
    return replace(entry, name=EVIL, reason=EVIL, environment=EVIL, file=EVIL, edits=edits, author=author)


def test_a_page_tells_everything_of_a_report():
    text = Page(drift.page(report(), SPANS)).text
    for said in (
        "ecommerce-prod-backend", "7 → 8", "assumed-role/Admin/ana", "updates it to what git says",
        "sync.self_heal is off",
        "waits for execution", "ListPipelines was throttled", "hotfix-build", "only live", "gone", "changed",
        "ecs:UpdateService was denied", "no approval before it", "this is not YAML", "Authors of 20", "healed",
        "payments-prod-deploy", "at most 3 at a time",
    ):  # fmt: skip
        assert said in text


def test_what_comes_from_outside_is_text():
    page = drift.page(report(evil()))
    seen = Page(page)
    assert "script" not in seen.tags
    assert "<script>alert(1)</script>" in seen.text
    assert not {"\x1b", "\u202e"} & set(page)


def test_nothing_is_loaded_and_links_lead_into_the_page_or_to_https():
    seen = Page(drift.page(report(evil())))
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(seen.tags)
    inside = {each[1:] for each in seen.addresses if each.startswith("#")}
    assert inside <= set(seen.ids)
    assert {each for each in seen.addresses if not each.startswith("#")} == {"https://example.com/log"}


def test_an_address_that_is_not_https_is_no_link():
    whole = report()
    bad = replace(whole.failures[1].failures[0], url="javascript:alert(1)")
    page = drift.page(replace(whole, failures=(replace(whole.failures[1], failures=(bad,)),)))
    assert "javascript:" not in page


def test_ids_are_unique():
    ids = Page(drift.page(report(evil()), SPANS)).ids
    assert len(ids) == len(set(ids))


def test_a_value_of_a_megabyte_is_cut_and_says_so():
    entry = replace(report().entries[0], edits=(Edit("Build/Compile configuration.X", "a" * 1_048_576, None),))
    page = drift.page(replace(report(), entries=(entry,)))
    assert "… (1,048,576 characters)" in page
    assert len(page) < 100_000


def test_without_drift_it_says_so():
    assert "every pipeline that was read is as git says" in drift.page(replace(report(), entries=()))


def test_many_drifts_fit_and_the_worst_are_told_whole(monkeypatch):
    entry = next(each for each in report().entries if each.kind is Kind.DEFINITION)
    many = tuple(replace(entry, name=f"shop{number:05}-prod-deploy") for number in range(40))
    monkeypatch.setattr(drift, "BUDGET", len(drift.page(replace(report(), entries=many[:10]))))
    seen = Page(drift.page(replace(report(), entries=many)))
    told = seen.tags.count("article")
    assert 5 < told < 20
    assert "Of 40 drifts the" in seen.text
    assert all(each.name in seen.text for each in many)


def test_a_long_table_is_in_parts_that_hold_every_drift_once():
    entry = report().entries[0]
    entries = tuple(replace(entry, name=f"shop{number:03}") for number in range(201))
    whole = len(report(*entries).entries)
    page = drift.page(report(*entries))
    table = page.partition('aria-label="All drifts">')[2].partition("<article")[0]
    assert [table.count(f'"All drifts, {part}"') for part in ("1 to 100", "101 to 200", f"201 to {whole}")] == [1, 1, 1]
    assert [table.count(f">{each.name}<") for each in entries] == [1] * len(entries)


def test_a_trend_counts_what_is_open_at_the_same_time():
    hour = timedelta(hours=1)
    spans = [(NOW - 5 * hour, NOW - 3 * hour), (NOW - 4 * hour, None), (NOW - 90 * hour, NOW - 80 * hour)]
    found = trend.counts(spans, NOW - 10 * hour, NOW)
    assert [number for _, number in found] == [0, 1, 2, 1, 1]


@pytest.mark.parametrize("held", ["", EVIL], ids=["open", "held"])
def test_a_plan_is_a_page_too(held):
    change = Change(
        Target("1" * 12, "eu-west-1"), "shop-prod-deploy", Change_.UPDATE, Cause.GIT, "prod", "a.yaml", 3,
        differences=(Difference("Build/Compile region", None, EVIL),), held=held,
        interrupts=("would end execution 1f3e",),
    )  # fmt: skip
    seen = Page(plan_page.page(Plan("f3a9c1", (change,), unreadable={PROD: EVIL}, unknown={(PROD, "x"): EVIL})))
    assert "script" not in seen.tags
    for said in ("shop-prod-deploy", "(absent)", "would end execution 1f3e", "Could not be read", "f3a9c1"):
        assert said in seen.text
