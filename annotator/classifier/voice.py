"""Who speaks: the outlet itself, somebody quoted, or somebody reported without quotation marks.

Rules, not a model: quotation marks give ``quoted``, reporting verbs and "according to" give ``attributed``,
everything else is the outlet's ``own``. A few words in quotation marks in a sentence that reports nobody's
speech are scare quotes: the outlet's own doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import regex

from annotator.classifier.quotes import quoted_ranges
from annotator.patterns import word_trie
from annotator.remembering import remembered
from annotator.segments import paragraphs, sentences_of
from annotator.spans import Span

SCARE_WORDS = 3
"""Longest stretch in quotation marks, in words, that can be scare quotes."""
WINDOW = 600
"""How many code points of a sentence on each side are read; longer "sentences" are lists or lost punctuation."""


_WORD = regex.compile(r"\w+")

# verbs that report what follows them
_SAY = "|".join(
    """
    said says say saying told added adds adding stated argued argues arguing argue warned warns warn noted
    notes noting stressed stresses stressing insisted insists insisting explained explains testified wrote
    writes replied lamented reiterated remarked reaffirmed countered questioned accused accuses accusing
    denounced denounces denouncing condemned condemns condemning decried complained complains dismissed
    demanded criticised criticized criticises criticizes slammed quoted asserted asserts contended contends
    affirmed blamed blames recalled maintains emphasised emphasized emphasises emphasizes underlined
    reported announced called considered predicted dubbed expressed
    """.split()  # noqa: SIM905
)
# verbs and nouns that do so only with "that": "he claimed responsibility" reports nothing
_SAY_THAT = "|".join(
    """
    claimed claims claiming claim announces reports believe believes believed think thinks suggested
    suggests confirmed confirms alleged alleges indicated admitted acknowledged conceded declared declares
    revealed estimated hopes hoped warning tells telling concluded clarified tweeted vowed promised denied
    denies statement accusations maintained observed
    """.split()  # noqa: SIM905
)
_SAID = regex.compile(rf"(?<![\w-])(?:(?:{_SAY}|pointed out|points out|warning of)\b|(?:{_SAY_THAT}) that\b)")
# every place where _SAID can match begins like this; to look only there is eight times faster
_MAYBE_SAID = re.compile(f"(?<![a-z]){word_trie(f'{_SAY}|{_SAY_THAT}|pointed|points'.split('|'))}")
_ACCORDING = regex.compile(r"\b[Aa]ccording to\b")
# at the end of a sentence: "..., the Observatory said", "... a monitor said on Thursday"
_SAID_LAST = regex.compile(
    "said|says|say|told|reported|added|adds|stated|wrote|explained|warned|noted|argued|argues|stressed|insisted|announced"
)
# the same with the speaker after it: "..., said Rami Haddad, who runs the clinic"
_SAID_BY = regex.compile(
    r"(?<=[\p{Ll}\d,”\"’] )(?:said|says|argued|argues|added|wrote|explained|warned|noted|stressed) "
    r"(?!Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|I\b|He\b|The\b)(?=\p{Lu})"
)
_NOT_SAYING = regex.compile(
    r"\b(?:so|the|an?|their|his|its|these|those|such|of|many|no|heavily|not) $", regex.IGNORECASE
)
# what shows that a few words in quotation marks are somebody's words
_SPEECH = regex.compile(
    rf"\b(?:{_SAY}|{_SAY_THAT}|announc\w+|call(?:s|ed|ing)|describ\w+|chant\w+|shout\w+|blast(?:s|ed|ing)|slam\w*"
    r"|brand(?:s|ed)|dub(?:s|bed)|label+ed|labels|vow\w*|tweet\w*|post(?:ed|s)|urg(?:ed|es|ing)|hail\w*|prais\w+|spoke"
    r"|speak\w*|ask\w*|promis\w+|read(?:s|ing)?|declar\w+|refer\w*|cit(?:ed|es|ing)|threat\w+|reject\w*|express\w*"
    r"|insist\w*|defend\w*|endorse\w*|mock\w*|words?|[Aa]ccording to|answer\w*|respon\w+|statement|email|letter|speech"
    r"|interview|tell\w*|talk\w*|claim\w*|admit\w*|comment\w*)\b"
)
_SO_CALLED = regex.compile(r"\b(?:[Ss]o[- ]called|[Ss]elf[- ]\w+|supposed|purported) [\"“‘'«]?$")
_POST = regex.compile(r"https?://t\.co/|pic\.twitter\.com|[—-] ?[^\n]{1,60} ?\(@\w+\)")
_HEADLINE_SPEAKER = regex.compile(r"(?:\p{Lu}[\w’'.&-]{0,30}[ ]?){1,4}: (?=\p{Lu}|[\"“‘'])")


def propose_voice(text: str, span: Span) -> str:
    """Return ``own``, ``quoted`` or ``attributed`` for one stretch of ``text``.

    Example:
        >>> text = "The mayor said that vandals broke the lamp."
        >>> propose_voice(text, Span(20, 27))
        'attributed'
    """
    starts, ranges = _indexed_ranges(text)
    best, share = "own", len(span) / 2
    at = max(0, bisect_right(starts, span.start) - 1)
    while at < len(ranges) and ranges[at][0].start < span.end:
        other, voice = ranges[at]
        overlap = min(other.end, span.end) - max(other.start, span.start)
        if overlap > share:
            best, share = voice, overlap
        at += 1
    return best


@remembered
def _indexed_ranges(text: str) -> tuple[list[int], list[tuple[Span, str]]]:
    ranges = voice_ranges(text)
    return [span.start for span, _ in ranges], ranges


def voice_ranges(text: str) -> list[tuple[Span, str]]:
    """Return the stretches that are not the outlet's own words, in text order and without overlap."""
    quotes = quoted_ranges(text)
    found = [(quote, "quoted") for quote in quotes if not _is_scare(text, quote)]
    opaque = [quote for quote, _ in found]
    starts = [quote.start for quote in opaque]
    for reported in _reported_ranges(text, opaque, starts):
        found.extend((part, "attributed") for part in _without(reported, opaque, starts))
    return sorted(found, key=lambda item: item[0].start)


def _reported_ranges(text: str, opaque: list[Span], starts: list[int]) -> list[Span]:
    """Return what is reported without quotation marks: posts, headlines that name a speaker, clauses."""
    posts = [p for p in paragraphs(text) if _POST.search(text, p.start, min(p.end, p.start + 2 * WINDOW))]
    post_starts = [post.start for post in posts]
    found = list(posts)
    verbs = [match.start() for match in _MAYBE_SAID.finditer(text)]
    for rank, sentence in enumerate(sentences_of(text)):
        if _inside(sentence.start, posts, post_starts):
            continue
        speaker = (
            _HEADLINE_SPEAKER.search(text, sentence.start, min(sentence.end, sentence.start + 200))
            if rank < 3
            else None
        )
        if speaker and speaker.end() < sentence.end:
            found.append(Span(speaker.end(), sentence.end))
        else:
            own_verbs = verbs[bisect_left(verbs, sentence.start) : bisect_left(verbs, sentence.end)]
            found.extend(_reported(text, sentence, own_verbs, opaque, starts))
    return found


def _is_scare(text: str, quote: Span) -> bool:
    """Whether a quote is a few words in a sentence that reports nobody's speech."""
    inside = text[quote.start : quote.end]
    left = text[max(0, quote.start - 200) : quote.start]
    left = left[max(left.rfind(". "), left.rfind("\n")) + 1 :]
    if len(inside) > 100:
        return False
    if _SO_CALLED.search(left) or _is_title(inside):
        return True
    if len(_WORD.findall(inside)) > SCARE_WORDS or inside.rstrip()[-1:] in ".,!?":
        return False
    right = regex.split(r"\.\s|\n", text[quote.end : quote.end + 120], maxsplit=1)[0]
    return not (_SPEECH.search(left) or _SPEECH.search(right))


def _is_title(inside: str) -> bool:
    """Whether the words in a quotation are all capitalised: a name or a title, not speech."""
    found = [word for word in _WORD.findall(inside) if word.isalpha()]
    return len(found) > 1 and all(word[0].isupper() for word in found)


def _reported(text: str, sentence: Span, verbs: list[int], opaque: list[Span], starts: list[int]) -> list[Span]:
    """Return the clauses of one sentence that are somebody's reported speech; ``verbs``: where to look for verbs."""
    start, end = sentence.start, min(sentence.end, sentence.start + 2 * WINDOW)
    for match in _ACCORDING.finditer(text, start, end):
        if not _inside(match.start(), opaque, starts):
            return [Span(start, end)]
    for match in _matches(_SAID_BY, text, verbs, end):
        if not _inside(match.start(), opaque, starts) and len(_WORD.findall(text[start : match.start()])) >= 6:
            return [Span(start, match.start())]
    for match in _matches(_SAID, text, verbs, end):
        before, after = text[start : match.start()], text[match.end() : end]
        if _inside(match.start(), opaque, starts) or _NOT_SAYING.search(before[-14:]):
            continue
        if _names_the_quoted(text, match.start(), opaque, starts) and not after.startswith(" that"):
            continue
        if _is_last(before, match.group(), after):
            return [Span(start, end)]
        if match.end() < end:
            stop = text.find(" Meanwhile ", match.end(), end)
            return [Span(match.end(), stop if stop > match.end() else end)]
    return []


def _matches(pattern: regex.Pattern[str], text: str, places: list[int], end: int) -> Iterator[regex.Match[str]]:
    """Yield what ``pattern.finditer`` would find, for a pattern that matches only at one of ``places``."""
    stop = 0
    for place in places:
        match = pattern.match(text, place, end) if stop <= place < end else None
        if match:
            stop = match.end()
            yield match


def _names_the_quoted(text: str, verb: int, opaque: list[Span], starts: list[int]) -> bool:
    """Whether a reporting verb only says who spoke the quotation right before it: '“…,” the mayor said'."""
    rank = bisect_right(starts, verb) - 1
    if rank < 0:
        return False
    between = text[opaque[rank].end : verb]
    return len(between) < 80 and "\n" not in between and len(_WORD.findall(between)) <= 6 and between[:1] in "\"”’'»"


def _is_last(before: str, verb: str, after: str) -> bool:
    """Whether a reporting verb closes its sentence, so that what it reports stands before it."""
    if not _SAID_LAST.fullmatch(verb) or len(_WORD.findall(before)) < 6:
        return False
    return len(_WORD.findall(after)) <= 9 and " that " not in after


def _inside(at: int, opaque: list[Span], starts: list[int]) -> bool:
    rank = bisect_right(starts, at) - 1
    return rank >= 0 and at < opaque[rank].end


def _without(span: Span, holes: list[Span], starts: list[int]) -> list[Span]:
    """Return what is left of ``span`` when the ``holes`` are cut out."""
    left, parts = span.start, []
    rank = max(0, bisect_right(starts, span.start) - 1)
    while rank < len(holes) and holes[rank].start < span.end:
        hole = holes[rank]
        if hole.start > left:
            parts.append(Span(left, hole.start))
        left = max(left, hole.end)
        rank += 1
    if left < span.end:
        parts.append(Span(left, span.end))
    return parts
