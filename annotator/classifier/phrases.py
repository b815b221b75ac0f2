"""Noun phrases and names around a match, without a tagger: short lists of English function words and word endings."""

from __future__ import annotations

from annotator.patterns import Token, Tokens

NOUNS_MAX = 4
"""Longest noun phrase taken along, in words; hyphenated words count as one."""
NAME_MAX = 3
QUOTED_MAX = 8

_STOP = frozenset(
    """
    a an the this that these those his her its their our your my some any no every each all both either
    neither and or but nor so yet for to of in on at by from with without about against between into through
    during before after above below under over near since until while when where why how who whom whose which
    what than then there here as if because although though unless whether like via per amid among across
    toward towards upon within along behind beyond despite except is are was were be been being am has have
    had having do does did will would shall should can could may might must not n't it he she they we you i
    him them us me himself herself itself themselves said says say told tells also only just even still again
    already once now later ago more most less much many very too out up down off back around away together
    ever never always often today yesterday tomorrow however therefore instead rather monday tuesday wednesday
    thursday friday saturday sunday s t re ve ll d m isn doesn don won didn wasn aren couldn wouldn hasn haven
    killed kills kill left made makes make took takes take went goes go came comes come got gets get gave
    gives give began begins begin led leads held holds hit hits hurt fell falls fled flee seized shot shoots
    saw sees became become continue continues continued remain remains remained operate operates carried
    launched launches attacked shelled targeted bombed fired controls control used uses wounded injured
    including according
    """.split()  # noqa: SIM905
)
_NOT_NAMES = frozenset(
    """
    the a an this that these those his her its their our your my in on at by from with of to for as and or but
    if when while after before since during what who where why how it he she they we you i there here some any
    all no not so now then last more most many much few several other both meanwhile however although though
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december according despite instead also only even earlier later yesterday today
    about over under against between among amid is was are were be been has have had will would can could
    should might do does did said says new two three four five six seven eight nine ten dozens hundreds
    thousands because once until upon such
    """.split()  # noqa: SIM905
)
_PARTICLES = frozenset(
    ["al", "el", "as", "ash", "at", "ibn", "bin", "abu", "abd", "von", "van", "de", "di", "la", "le"]
)


def noun_phrase(tokens: Tokens, at: int) -> int:
    """Return the token after the noun phrase that begins at token ``at``; ``at`` itself when none does.

    A phrase in quotation marks is taken whole, with one noun after it ("so-called “Council” fighters"). Otherwise
    words are taken until a function word, a verb form, a plural noun (the head) or a sign.
    """
    if at < len(tokens) and tokens[at].form == '"':
        return _quoted(tokens, at)
    stop, count = at, 0
    while stop < len(tokens) and count < NOUNS_MAX:
        token = tokens[stop]
        if not token.is_word or token.form in _STOP or token.form[0].isdigit() or len(token.form) == 1:
            break
        if count and _is_verb(token):
            break
        stop += 1
        count += 1
        while stop + 1 < len(tokens) and tokens[stop].form == "-" and _touches(tokens, stop):
            stop += 2
        if stop + 1 < len(tokens) and tokens[stop].form == "'" and tokens[stop + 1].form == "s":
            if not (stop + 2 < len(tokens) and tokens[stop + 2].is_word and tokens[stop + 2].form not in _STOP):
                break
            stop += 2
            continue
        if _is_plural(tokens[stop - 1]):
            break
    return stop


def _quoted(tokens: Tokens, at: int) -> int:
    for stop in range(at + 1, min(len(tokens), at + QUOTED_MAX + 2)):
        if tokens[stop].form == "\n":
            break
        if tokens[stop].form == '"' and stop > at + 1:
            return stop + 1
    return at


def _touches(tokens: Tokens, hyphen: int) -> bool:
    before, sign, after = (tokens[at] for at in range(hyphen - 1, hyphen + 2))
    return before.end == sign.start and sign.end == after.start and after.is_word


def _is_plural(token: Token) -> bool:
    form = token.form
    return (
        not token.is_capital and len(form) > 3 and form.endswith("s") and not form.endswith(("ss", "us", "is", "ous"))
    )


def _is_verb(token: Token) -> bool:
    form = token.form
    return not token.is_capital and form.endswith(("ed", "ing", "ly")) and len(form) > 4


def name_before(tokens: Tokens, at: int) -> int:
    """Return the first token of the run of capitalised words right before token ``at``; ``at`` when there is none."""
    first, count = at, 0
    while first and count < NAME_MAX:
        token = tokens[first - 1]
        if token.is_capital and token.form not in _NOT_NAMES:
            first -= 1
            count += 1
        elif token.form in ("-", "'") and first < at and first > 1 and tokens[first - 2].is_word:
            if tokens[first - 2].end != token.start or tokens[first - 2].form in _NOT_NAMES:
                break
            first -= 1
        elif first < at and (token.form in _PARTICLES and tokens[first].form == "-"):
            first -= 1
        elif (
            first < at + 1
            and token.form == "s"
            and first > 2
            and tokens[first - 2].form == "'"
            and tokens[first - 3].is_capital
        ):
            first -= 2
        else:
            break
    while first < at and not tokens[first].is_word:
        first += 1
    return first


def name_after(tokens: Tokens, at: int) -> int:
    """Return the token after the run of capitalised words that begins at token ``at``, titles included."""
    stop, count = at, 0
    while stop < len(tokens) and count < NAME_MAX:
        token = tokens[stop]
        is_name = token.is_capital and token.form not in _NOT_NAMES
        if is_name or (token.form in _PARTICLES | {"president", "leader"} and stop + 1 < len(tokens)):
            stop += 1
            count += is_name
        elif token.form == "-" and stop > at and stop + 1 < len(tokens) and _touches(tokens, stop):
            stop += 1
        else:
            break
    while stop > at and not tokens[stop - 1].is_capital:
        stop -= 1
    return stop
