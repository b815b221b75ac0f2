"""Fixtures and options every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"

os.environ.setdefault("HF_HUB_OFFLINE", "1")
settings.register_profile("house", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--e2e", action="store_true", help="also run the tests that drive a real browser")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--e2e"):
        return
    skip = pytest.mark.skip(reason="drives a real browser: run with --e2e")
    for item in items:
        if "e2e" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def codebook() -> Codebook:
    """The shipped codebook, news-framing."""
    return load_codebook(REPOSITORY / "labels" / "news-framing" / "codebook.yaml")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material beside the checkout; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside this checkout")
    return SHARED
