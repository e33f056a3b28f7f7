"""A run's actions over time, as text and as a drawing."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.report import drawings, timelines
from reconciler.simulation.trace import Failure
from strategies import law
from traces import action, broken, parked, released, run, stage

SVG = "{http://www.w3.org/2000/svg}"


TIMELINE = """\
               0s                     4m
…rce/Checkout  ███████
Build/Lint           ███████
Build/Unit           ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
               █ ok  ▓ failed"""


def test_the_timeline_shows_what_ran_when():
    assert timelines.text([broken()], 40) == TIMELINE


def test_kinds_are_told_apart_and_explained():
    assert timelines.text([parked()]).endswith("█ ok  ░ waiting")
    assert timelines.text([broken()]).endswith("█ ok  ▓ failed")


def test_a_run_without_actions_has_no_timeline():
    assert timelines.text([run(ended=0)]) == ""


SPANS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=8)


@law
@given(SPANS, st.integers(0, 200), st.text(st.characters(exclude_characters="/"), min_size=1, max_size=90))
def test_no_line_is_wider_than_asked_and_every_action_has_a_bar(spans, width, name):
    actions = [action(f"S/{name}", start, start + size, id=str(index)) for index, (start, size) in enumerate(spans)]
    made = run(stage("S", *actions), ended=max(start + size for start, size in spans))
    scale, *lines, legend = timelines.text([made], width).split("\n")
    assert all(len(line) <= max(width, timelines.NARROWEST) for line in (scale, *lines, legend))
    assert len(lines) == len(spans)
    assert all("█" in line for line in lines)


@pytest.mark.parametrize("made", [released(), parked(), broken(), run(ended=0)], ids=["ok", "parked", "failed", "none"])
def test_a_drawing_is_svg_with_title_and_description_and_without_script(made):
    root = ET.fromstring(drawings.svg([made]))
    assert (root.tag, root.get("role"), root.get("aria-labelledby")) == (f"{SVG}svg", "img", "title desc")
    assert [root.find(f"{SVG}{name}").get("id") for name in ("title", "desc")] == ["title", "desc"]
    assert not {each.tag for each in root.iter()} & {
        f"{SVG}{name}" for name in ("script", "image", "a", "foreignObject")
    }
    assert "prefers-color-scheme: dark" in root.find(f"{SVG}style").text
    assert len(root.findall(f"{SVG}rect")) == len(made.actions)


def test_what_comes_from_outside_is_text_in_a_drawing():
    failure = Failure("JobFailed", "", "</desc><script>alert(1)</script>\x00\x1b")
    drawn = drawings.svg([run(stage("S", action('S/<b>&"', failure=failure)), ended=1, status="Failed")])
    assert "<script" not in drawn
    assert "\\x00\\x1b" in ET.fromstring(drawn).find(f"{SVG}desc").text


def test_bars_stay_inside_the_picture():
    for bar in ET.fromstring(drawings.svg([released()])).findall(f"{SVG}rect"):
        assert drawings.MARGIN <= float(bar.get("x")) < drawings.WIDTH
        assert float(bar.get("x")) + float(bar.get("width")) <= drawings.WIDTH


def test_several_runs_share_one_timeline_and_are_told_apart():
    later = run(stage("Build", action("Build/Unit", 5, 6)), ended=6, started=5 * 60_000, number=2)
    scale, *lines, _ = timelines.text([broken(), later]).split("\n")
    assert scale.endswith("6m")
    assert [line.split(" ")[0] for line in lines] == ["#1", "#1", "#1", "#2"]
    assert "shop-prod-deploy #2 Build/Unit" in timelines.text([run(pipeline="other", ended=1), later], 120)
