"""Codebooks as JSON: everything comes back, and fields of other versions do no harm."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from store_kit.edits import SMALL, example_codebook

from annotator.codebook import Codebook
from annotator.store.codebooks import codebook_from_json, codebook_to_json


@pytest.mark.parametrize("book", [SMALL, example_codebook()], ids=["small", "examples"])
def test_codebook_comes_back_equal(book: Codebook) -> None:
    assert codebook_from_json(codebook_to_json(book)) == book


def test_shipped_codebook_comes_back_equal(codebook: Codebook) -> None:
    assert codebook_from_json(codebook_to_json(codebook)) == codebook


def test_unknown_fields_are_ignored_and_missing_ones_take_their_default() -> None:
    record = json.loads(codebook_to_json(SMALL))
    record["new"] = 1
    record["devices"][0]["newer"] = 2
    del record["guidelines"]
    book = codebook_from_json(json.dumps(record))
    assert (book.devices, book.guidelines) == (SMALL.devices, "")


def test_any_mapping_of_crosswalks_is_accepted() -> None:
    walk = MappingProxyType({"x": MappingProxyType({"loaded": ("L",)})})
    book = Codebook("m", 1, "", "", devices=SMALL.devices, frames=(), crosswalks=walk)
    assert codebook_from_json(codebook_to_json(book)).crosswalks == {"x": {"loaded": ("L",)}}
