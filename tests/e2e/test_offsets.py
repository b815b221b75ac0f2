"""What is selected on the screen is what stands in the database, in code points."""

from __future__ import annotations

import pytest
from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import HARBOUR, UNICODE, Mark, Projects, made_up, place_of, unicode_article
from browser_kit.kinds import Stored

from annotator.documents import Document

PHRASES = {
    "after two emoji": "party’s radical plan",
    "zwj and skin tone": "👩🏽‍🚒 union of fire",
    "decomposed accent": "old re\u0301gime",
    "decomposed, other word": "Zu\u0308rich fell",
    "arabic": "النظام الفاسد",
    "arabic over an emoji": "الفاسد سقط 🎉 في المدينة",
    "hebrew": "דובר הממשלה",
    "mixed directions": "the brutal משטר",
    "astral letter": "𝔄 last line",
    "before an emoji": "stolen grain",
}


@pytest.mark.parametrize("phrase", PHRASES.values(), ids=PHRASES.keys())
def test_selected_text_is_stored_exactly(
    annotate: AnnotatePage, projects: Projects, stored: Stored, phrase: str
) -> None:
    project = projects.make([unicode_article()])
    annotate.open(project)
    annotate.label(phrase, "3")
    annotate.saved()
    (span,) = stored(project, "unicode")
    assert span.quote == phrase
    assert (span.start, span.end) == place_of(UNICODE, phrase)


def test_emoji_alone_can_be_labelled_with_exact_selection(
    annotate: AnnotatePage, projects: Projects, stored: Stored
) -> None:
    project = projects.make([unicode_article()])
    annotate.open(project)
    annotate.page.keyboard.down("Alt")
    annotate.drag("🎉🎉")
    annotate.page.keyboard.up("Alt")
    annotate.press("7")
    annotate.saved()
    assert [(span.start, span.end, span.quote) for span in stored(project, "unicode")] == [(0, 2, "🎉🎉")]


def test_selection_never_cuts_a_letter_in_two(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.make([unicode_article()])
    annotate.open(project)
    annotate.select("\u200d🚒 union")
    annotate.press("3")
    annotate.saved()
    (span,) = stored(project, "unicode")
    assert not span.quote.startswith("\u200d")


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_repeated_word_stores_the_occurrence_that_was_selected(
    annotate: AnnotatePage, projects: Projects, stored: Stored, nth: int
) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.label("radical", "3", nth)
    annotate.saved()
    (span,) = stored(project)
    assert (span.start, span.end) == place_of(HARBOUR, "radical", nth)


def test_keyboard_selects_words_of_every_script(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.make([unicode_article()])
    annotate.open(project)
    annotate.select("قال")
    annotate.press("Shift+ArrowLeft", "3")  # right to left: the next word is to the left
    annotate.saved()
    assert [span.quote for span in stored(project, "unicode")] == ["قال المتحدث"]


def test_saved_spans_are_drawn_over_their_words_after_reload(annotate: AnnotatePage, projects: Projects) -> None:
    project = projects.make([unicode_article()])
    annotate.open(project)
    for phrase in PHRASES.values():
        annotate.label(phrase, "3")
    annotate.saved()
    annotate.reload()
    drawn = annotate.evaluate(
        "(() => { const texts = {}; for (const m of document.querySelectorAll('article mark[data-span]')) {"
        " if (m.classList.contains('is-continued')) texts[m.dataset.span] += m.textContent;"
        " else texts[m.dataset.span] = m.textContent; } return Object.values(texts); })()"
    )
    assert set(PHRASES.values()) <= set(drawn)


def test_suggestions_are_drawn_over_their_words(annotate: AnnotatePage, projects: Projects) -> None:
    document = unicode_article()
    marks = [Mark(phrase, "name_calling", 0.8) for phrase in ("stolen grain", "النظام الفاسد", "re\u0301gime")]
    annotate.open(projects.make([document], suggestions=[made_up(document, marks)]))
    drawn = annotate.marks("suggestion").all_text_contents()
    assert drawn == ["re\u0301gime", "النظام الفاسد", "stolen grain"]


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"], ids=["crlf", "lf", "cr"])
def test_line_ends_shift_nothing(annotate: AnnotatePage, projects: Projects, stored: Stored, newline: str) -> None:
    text = newline.join(["\ufeffFirst line.", "", "", "Second brutal line.", "Third."])
    project = projects.make([Document(id="lines", text=text, title="Lines")])
    annotate.open(project)
    annotate.label("brutal line", "7")
    annotate.saved()
    (span,) = stored(project, "lines")
    assert (span.start, span.end) == place_of(text, "brutal line")
