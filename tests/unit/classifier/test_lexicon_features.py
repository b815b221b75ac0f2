"""The lexicon as evidence: candidates where the network has none, and what it says about the others."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from annotator.classifier.calibration import FEATURES, span_features
from annotator.classifier.decoding import Candidate
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import save_folder
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.lexicon_features import SAME_PLACE, LexiconFeatures, Listed, new_candidates, support
from annotator.classifier.model_suggester import ModelSuggester
from annotator.classifier.modeling import FramingModel
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import ClassifierError
from annotator.resources import resource

LEXICON = resource("labels", "news-framing", "lexicon.yaml")
TEXT = "The minister said the illicit bases. The regime said the town."


@pytest.fixture
def features(codebook: Codebook) -> LexiconFeatures:
    return LexiconFeatures(LexiconSuggester.load(LEXICON, codebook), codebook.ids("device"))


@pytest.fixture
def with_lexicon(tmp_path: Path, tiny_model: FramingModel, tiny_tokenizer: Tokenizer) -> Path:
    """A model that finds nothing by itself, with a lexicon."""
    torch.nn.init.constant_(tiny_model.tokens.bias, -12.0)
    save_folder(tmp_path / "with", tiny_model, tiny_tokenizer, lexicon=LEXICON)
    return tmp_path / "with"


def _listed(*matches: tuple[int, int, int, float]) -> Listed:
    rows = np.array([m[:2] for m in matches], np.int64).reshape(-1, 2)
    return Listed(rows, np.array([m[2] for m in matches], np.int64), np.array([m[3] for m in matches], np.float32))


def test_matches_carry_places_devices_and_probabilities(features: LexiconFeatures, codebook: Codebook) -> None:
    found = features.find(TEXT)
    quotes = [TEXT[start:end] for start, end in found.spans.tolist()]
    assert "regime" in quotes
    at = quotes.index("regime")
    assert codebook.ids("device")[found.device[at]] == "name_calling"
    assert 0 < found.probability[at] <= 1


def test_match_becomes_a_candidate_where_the_network_has_none(tiny_encoder: TextEncoder) -> None:
    text = tiny_encoder.encode(TEXT)
    probability = np.full(len(text.unit_starts) - 1, 0.01, np.float32)
    start = TEXT.index("regime")
    (found,) = new_candidates(_listed((start, start + 6, 0, 0.9)), text, probability, [])
    assert text.starts[text.unit_starts[found.start]] == start
    assert text.ends[text.unit_starts[found.end] - 1] == start + 6
    assert found.peak == pytest.approx(0.01)


def test_match_over_a_known_candidate_adds_none(tiny_encoder: TextEncoder) -> None:
    text = tiny_encoder.encode(TEXT)
    probability = np.full(len(text.unit_starts) - 1, 0.01, np.float32)
    start = TEXT.index("regime")
    (place,) = new_candidates(_listed((start, start + 6, 0, 0.9)), text, probability, [])
    known = [Candidate(place.start - 1, place.end, 0.5, 0.5)]
    assert new_candidates(_listed((start, start + 6, 0, 0.9)), text, probability, known) == []


def test_matches_outside_a_section_are_left_to_theirs(tiny_encoder: TextEncoder) -> None:
    sections, _ = tiny_encoder.encode_sections(TEXT, longest=9)
    assert len(sections) > 1
    start = TEXT.index("regime")
    counts = []
    for section in sections:
        probability = np.full(len(section.unit_starts) - 1, 0.01, np.float32)
        counts.append(len(new_candidates(_listed((start, start + 6, 0, 0.9)), section, probability, [])))
    assert sum(counts) == 1


@pytest.mark.parametrize(
    ("span", "expected"),
    [((10, 20), 0.8), ((14, 20), 0.8), ((18, 30), 0.0), ((30, 40), 0.0)],
    ids=["same", "most of it", "touches", "elsewhere"],
)
def test_lexicon_speaks_about_spans_that_share_a_third(span: tuple[int, int], expected: float) -> None:
    says = support(np.array([span], np.int64), _listed((10, 20, 1, 0.8)), 3)
    assert says[0].tolist() == pytest.approx([0.0, expected, 0.0])


@given(
    st.sets(st.integers(0, 60), max_size=16).map(sorted),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=6),
)
def test_lexicon_speaks_about_every_span_it_shares_enough_with(cuts: list[int], spans: list[tuple[int, int]]) -> None:
    matches = list(zip(cuts[::2], cuts[1::2], strict=False))
    bounds = np.array([(start, start + length) for start, length in spans], np.int64).reshape(-1, 2)
    says = support(bounds, _listed(*((*match, rank % 3, 0.5 + rank / 50) for rank, match in enumerate(matches))), 3)
    expected = np.zeros((len(spans), 3), np.float32)
    for row, (start, end) in enumerate(bounds.tolist()):
        for rank, (first, last) in enumerate(matches):
            if min(end, last) - max(start, first) >= SAME_PLACE * (max(end, last) - min(start, first)):
                expected[row, rank % 3] = max(expected[row, rank % 3], 0.5 + rank / 50)
    assert says == pytest.approx(expected)


def test_support_takes_memory_that_is_linear_in_spans_and_matches() -> None:
    """A text that says "Assad regime" 25,000 times once took 30 GB."""
    places = np.arange(0, 600_000, 6)
    bounds = np.stack([places, places + 5], axis=1)
    tracemalloc.start()
    says = support(bounds, Listed(bounds, np.zeros(len(bounds), np.int64), np.full(len(bounds), 0.9, np.float32)), 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert says[:, 0].min() == np.float32(0.9)
    assert peak < 100_000_000


def test_silent_lexicon_leaves_its_features_at_zero() -> None:
    scores, device = np.array([[0.9, 0.8]], np.float32), np.array([[0.0, 4.0, 1.0]], np.float32)
    without = span_features(scores, device)
    assert without.shape == (1, 2, FEATURES)
    assert not without[:, :, 6:].any()


def test_features_tell_the_device_meant_from_the_others() -> None:
    scores, device = np.array([[0.9, 0.8]], np.float32), np.array([[0.0, 4.0, 1.0]], np.float32)
    found = span_features(scores, device, np.array([[0.0, 0.9]], np.float32))
    assert found[0, :, 7].tolist() == [0.0, 1.0]
    assert found[0, :, 9].tolist() == [1.0, 1.0]
    assert found[0, 1, 6] == pytest.approx(np.log(9), abs=1e-3)


def test_model_with_a_lexicon_suggests_what_only_the_lexicon_found(with_lexicon: Path, codebook: Codebook) -> None:
    document = Document(id="a", text=TEXT)
    (found,) = ModelSuggester.load(with_lexicon, codebook).suggest([document], minimum=0.0)
    assert "regime" in {span.quote for span in found.spans}
    assert len(found.spans) == len(LexiconSuggester.load(LEXICON, codebook).matches(TEXT))
    assert all(TEXT[span.start : span.end] == span.quote for span in found.spans)


def test_lexicon_of_a_model_is_a_copy_that_is_checked(with_lexicon: Path, codebook: Codebook) -> None:
    path = with_lexicon / "lexicon.yaml"
    path.write_text(path.read_text("utf-8") + "\n# edited\n", "utf-8")
    with pytest.raises(ClassifierError, match=r"lexicon\.yaml has SHA-256"):
        ModelSuggester.load(with_lexicon, codebook)


def test_missing_lexicon_of_a_model_is_named(with_lexicon: Path, codebook: Codebook) -> None:
    (with_lexicon / "lexicon.yaml").unlink()
    with pytest.raises(ClassifierError, match=r"lexicon\.yaml is missing"):
        ModelSuggester.load(with_lexicon, codebook)
