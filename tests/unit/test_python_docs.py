"""The examples of docs/python.md are true."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest


def test_examples_for_python_are_true(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("datasets").disable_progress_bars()
    monkeypatch.chdir(tmp_path)
    page = (repository / "docs" / "python.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("".join(blocks), {}, "python.md", "python.md", 0)
    assert len(test.examples) > 20
    assert doctest.DocTestRunner().run(test).failed == 0
