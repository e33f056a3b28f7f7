"""Golden texts are compared, written on request, and never half."""

from __future__ import annotations

import pytest

from plugin.shops import SHOP, lay, run
from pytest_pipeline import golden

pytest_plugins = ["pytester"]

TEST = """\
from pytest_pipeline import push

def test_tree(simulate, golden):
    assert simulate(push("main"), given={"Consent/Approve": approved()}).tree == golden("happy")
""".replace("import push", "import approved, push")
FILE = "golden/test_shop/happy.txt"


def test_a_missing_text_names_the_option_that_writes_it(pytester):
    lay(pytester, test_shop_py=TEST)
    result = run(pytester, "test_shop.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"golden('happy'): {FILE} is not there; pytest --pipeline-update writes it"])


def test_what_is_written_is_compared_from_then_on(pytester):
    lay(pytester, test_shop_py=TEST)
    run(pytester, "test_shop.py", "--pipeline-update").assert_outcomes(passed=1)
    assert (pytester.path / FILE).read_text(encoding="utf-8").startswith("shop-prod-deploy #1  push main  Succeeded")
    run(pytester, "test_shop.py").assert_outcomes(passed=1)


def test_a_change_shows_as_a_difference_of_texts(pytester):
    lay(pytester, test_shop_py=TEST)
    run(pytester, "test_shop.py", "--pipeline-update")
    (pytester.path / "pipelines" / "shop.yaml").write_text(SHOP.replace("Compile", "Package"), encoding="utf-8")
    text = (pytester.path / FILE).read_text(encoding="utf-8")
    (pytester.path / FILE).write_text(text.replace("Succeeded", "Failed"), encoding="utf-8")
    result = run(pytester, "test_shop.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *- shop-prod-deploy #1 *Failed*", "E *+ shop-prod-deploy #1 *Succeeded*"])


def test_two_texts_under_one_name_are_an_error_while_updating(pytester):
    tests = "def test_a(golden):\n    assert 'a' == golden('x')\n\ndef test_b(golden):\n    assert 'b' == golden('x')\n"
    lay(pytester, test_shop_py=tests)
    result = run(pytester, "test_shop.py", "--pipeline-update")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["x.txt was just written by test_shop.py::test_a with another text; *"])


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x", "x" * 101])
def test_a_name_stays_in_its_folder(pytester, name):
    lay(pytester, test_shop_py=f"def test_a(golden):\n    golden({name!r})\n")
    result = run(pytester, "test_shop.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["golden(*): a name is letters, digits*"])


def test_a_golden_text_is_a_text_that_differs_from_others():
    text = golden.Golden("a")
    assert text == "a"
    assert "a" == text  # noqa: SIM300
    assert text != "b"
    assert text != 5
    assert hash(text) == hash("a")


def test_a_write_that_fails_leaves_the_old_text_and_no_rest(tmp_path, monkeypatch):
    golden.write(tmp_path / "x.txt", "old")
    monkeypatch.setattr(golden.Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        golden.write(tmp_path / "x.txt", "new")
    assert [each.name for each in tmp_path.iterdir()] == ["x.txt"]
    assert golden.read(tmp_path / "x.txt") == "old"
