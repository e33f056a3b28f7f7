"""The public names, each imported when it is first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import pytest_pipeline


@pytest.mark.parametrize("name", pytest_pipeline.__all__)
def test_every_public_name_is_there(name):
    assert getattr(pytest_pipeline, name) is not None
    assert name in dir(pytest_pipeline)


def test_another_name_is_not():
    with pytest.raises(AttributeError, match="has no attribute 'succeds'"):
        _ = pytest_pipeline.succeds


def test_all_of_them_work_without_pytest():
    heavy = "pytest", "boto3", "sqlalchemy"
    code = f"import sys; from pytest_pipeline import *; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
