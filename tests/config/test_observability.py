"""Alerts and the dashboard ask for metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from reconciler.web.metrics import Metrics

FOLDER = Path(__file__).parents[2] / "config" / "observability"
ALERTS = [each for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"] for each in group["rules"]]
PANELS = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
EXPRESSIONS = [each["expr"] for each in ALERTS] + [each["expr"] for panel in PANELS for each in panel["targets"]]


@pytest.fixture(scope="module")
def metrics():
    text = Metrics(lambda: {("ListPipelines", "ok"): 1}, lambda: {"loop": 1.0}).text()[1].decode()
    families = list(text_string_to_metric_families(text))
    names = {each.name for each in families} | {f"{each.name}_total" for each in families if each.type == "counter"}
    return names | {f"{each.name}_bucket" for each in families if each.type == "histogram"}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_asks_for_metrics_that_there_are(expression, metrics):
    asked = set(re.findall(r"\breconciler_\w+", expression))
    assert asked
    assert asked <= metrics


def test_every_metric_is_on_the_dashboard(metrics):
    shown = {
        name for panel in PANELS for each in panel["targets"] for name in re.findall(r"\breconciler_\w+", each["expr"])
    }
    counted = {name for name in metrics if f"{name}_total" in metrics or f"{name}_bucket" in metrics}
    assert metrics - shown - counted - {name for name in metrics if name.endswith("_created")} == set()


def test_an_alert_says_what_it_is_and_where_to_begin():
    for each in ALERTS:
        assert re.fullmatch(r"Reconciler[A-Za-z]+", each["alert"])
        assert each["labels"]["severity"] in {"critical", "warning"}
        assert each["annotations"].keys() == {"summary", "description"}


def test_panels_do_not_lie_over_one_another():
    cells = [
        (x, y)
        for panel in PANELS
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
