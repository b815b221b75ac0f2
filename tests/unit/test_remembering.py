"""Rules that remember: asked once for a text, within bounds, and never remembering an error."""

from __future__ import annotations

import pytest

from annotator.remembering import LEAST, REMEMBERED, remembered


def test_a_text_is_read_once() -> None:
    asked: list[str] = []
    rule = remembered(lambda text: asked.append(text) or len(text))  # type: ignore[func-returns-value]
    assert [rule("oil"), rule("town"), rule("oil")] == [3, 4, 3]
    assert asked == ["oil", "town"]


def test_the_oldest_texts_are_forgotten_first() -> None:
    asked: list[str] = []
    rule = remembered(asked.append)
    texts = [letter * (REMEMBERED // 3) for letter in "abcd"]
    for text in [*texts, texts[1], texts[0]]:
        rule(text)
    assert [text[0] for text in asked] == ["a", "b", "c", "d", "a"]


def test_the_last_text_is_kept_however_long_it_is() -> None:
    asked: list[str] = []
    rule = remembered(asked.append)
    long = "y" * (2 * REMEMBERED)
    for text in ("oil", long, long, "oil"):
        rule(text)
    assert [len(text) for text in asked] == [3, len(long), 3]


def test_many_short_texts_are_forgotten_too() -> None:
    asked: list[str] = []
    rule = remembered(asked.append)
    for number in range(REMEMBERED // LEAST + 1):
        rule(str(number))
    rule("0")
    assert asked.count("0") == 2


def test_an_error_is_not_remembered() -> None:
    answers = iter([None, 7])

    @remembered
    def rule(text: str) -> int:
        answer = next(answers)
        if answer is None:
            raise ValueError("once")
        return answer

    with pytest.raises(ValueError, match="once"):
        rule("oil")
    assert rule("oil") == 7
