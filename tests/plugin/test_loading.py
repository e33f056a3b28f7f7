"""Files to pipelines, by the daemon's own loader."""

from __future__ import annotations

import pytest

from plugin.projects import PIPELINE, SETTINGS
from pytest_pipeline import loading
from pytest_pipeline.loading import Loader
from reconciler.errors import Broken, Invalid


@pytest.fixture
def root(tmp_path):
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines/shop.yaml").write_text(PIPELINE)
    (tmp_path / "reconciler.yaml").write_text(SETTINGS)
    return tmp_path


def loader(root):
    return Loader(root, loading.settings(root / "reconciler.yaml"))


def test_a_pipeline_knows_where_it_belongs_and_where_it_is_written(root):
    pipeline = loader(root).all(loading.files(root, ["pipelines"]))["shop-prod-deploy"]
    assert (pipeline.environment, str(pipeline.target)) == ("prod", "333333333333/eu-west-1")
    assert (pipeline.place.file, pipeline.place.line, pipeline.place.apart) == ("pipelines/shop.yaml", 2, False)


def test_without_settings_a_declaration_is_taken_as_it_is(root):
    pipeline = Loader(root).all(loading.files(root, ["pipelines"]))["shop-prod-deploy"]
    assert (pipeline.environment, pipeline.target.account) == ("", "333333333333")


@pytest.mark.parametrize("named", ["pipelines", "pipelines/*.yaml", "pipelines/shop.yaml", "*"])
def test_files_folders_and_globs_name_definitions(root, named):
    (root / "pipelines/a.pipeline-test.yaml").write_text("cases: {}")
    (root / "pipelines/.hidden.yaml").write_text("a: 1")
    found = [file.name for file in loading.files(root, [named])]
    assert [name for name in found if name == "shop.yaml"] == ["shop.yaml"]
    assert "a.pipeline-test.yaml" not in found


def test_a_name_that_matches_nothing_is_a_mistake(root):
    with pytest.raises(Broken, match=r"pipeline_files: 'pipes' matches no \*.yaml"):
        loading.files(root, ["pipes"])


def test_a_broken_file_is_a_problem_with_its_place_and_stops_no_other(root):
    (root / "pipelines/worse.yaml").write_text("pipeline: {name: [")
    found = loader(root).all(loading.files(root, ["pipelines"]))
    assert {problem.file for problem in found.problems} >= {"pipelines/worse.yaml"}
    assert "shop-prod-deploy" in found


def test_an_unknown_name_is_told_with_what_is_near_and_what_is_broken(root):
    (root / "pipelines/worse.yaml").write_text("pipeline: {name: [")
    found = loader(root).all(loading.files(root, ["pipelines"]))
    with pytest.raises(KeyError, match="near are shop-prod-deploy; files with errors define nothing: pipelines/worse"):
        found["shop-prod-deplo"]


def test_a_pipeline_that_two_files_define_is_defined_by_neither(root):
    (root / "pipelines/twin.yaml").write_text(PIPELINE)
    found = loader(root).all(loading.files(root, ["pipelines"]))
    assert list(found) == []
    assert [problem.file for problem in found.problems] == ["pipelines/shop.yaml", "pipelines/twin.yaml"]


def test_a_name_that_stands_in_several_places_is_told_apart(root):
    text = SETTINGS.replace("regions: [eu-west-1]", "regions: [eu-west-1, us-east-1]")
    (root / "reconciler.yaml").write_text(text)
    for region in ("eu-west-1", "us-east-1"):
        (root / f"pipelines/{region}.yaml").write_text(f"region: {region}\n{PIPELINE}")
    (root / "pipelines/shop.yaml").unlink()
    found = loader(root).all(loading.files(root, ["pipelines"]))
    assert sorted(found) == ["shop-prod-deploy@prod/eu-west-1", "shop-prod-deploy@prod/us-east-1"]


def test_what_did_not_change_is_not_read_again(root):
    reads, (file,) = loader(root), loading.files(root, ["pipelines"])
    first = reads.read(file)
    assert reads.read(file) is first
    file.write_text(PIPELINE + "tags: {team: shop}\n")
    assert reads.read(file).pipelines[0].tags == {"team": "shop"}


def test_another_profile_is_laid_over_the_settings(root):
    assert loading.settings(root / "reconciler.yaml", "strict").policy.profile == "strict"
    with pytest.raises(Invalid, match="POLICY__PROFILE"):
        loading.settings(root / "reconciler.yaml", "harsh")


def test_a_file_that_is_not_there_is_told(root):
    with pytest.raises(Broken, match="No such file"):
        loader(root).read(root / "none.yaml")
