"""Whom a loaded phrase evaluates, and for or against: rules over a gazetteer of names (``targets.yaml``)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import attrgetter

import yaml

from annotator.patterns import Tokens, tokenise, tokens_of
from annotator.remembering import remembered
from annotator.resources import DEFAULT_CODEBOOK, resource
from annotator.segments import paragraphs
from annotator.spans import Span
from annotator.yaml_nodes import PROSE, YamlFile, compose, read_utf8

NEAR = 250
"""How many code points on each side of the phrase are searched for a name."""
KIND_WEIGHTS = {"government": 1.0, "group": 1.0, "actor": 1.0, "name": 1.0, "country": 0.3}
"""How likely a name of each kind is meant, when the phrase itself names nobody."""
LONGEST_NAME = 4
"""Most words of a name that is not in the gazetteer."""
DISTANCE_UNIT = 60.0
AFTER_COST = 4.0
FREQUENCY_POWER = 0.75
TITLE_WORD, TITLE_WORDS = 5, 3
"""A line is in Title Case when it has this many words of this length, all with a capital."""
_start = attrgetter("start")
_POSITIVE_DEVICES = frozenset({"flag_waving"})
_GOVERNMENT_HEADS = frozenset(
    {"regime", "regimes", "junta", "dictatorship", "dictator", "tyrant", "autocracy", "government"}
)
_TAKEN = ("stolen", "stealing", "loot", "plunder", "pillag")
"""Words beside which a name says who was robbed, not who is blamed."""
_ARMED_HEADS = ("terror", "milit", "extrem", "takfir", "mercenar", "jihad", "gunm", "gang", "insurg", "islamist")
_NEVER_NAMES = frozenset(
    """the a an this that these those it he she they we i you but and or if in on at by from with of to for as when
    while after before since during what who why how there here monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december
    mr mrs ms dr president is are was were has have
    gen maj sen rep gov according no yes not so image photo reuters afp advertisement read more""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text: ``[start, end)`` in code points; ``kind`` is country, government, group, actor or name."""

    start: int
    end: int
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A list of words, and of stems that stand for every word that begins with them."""

    words: frozenset[str]
    stems: tuple[str, ...]

    @classmethod
    def of(cls, listed: Iterable[str]) -> Wording:
        """Take a list in which a trailing ``*`` marks a stem."""
        found = list(listed)
        return cls(
            frozenset(word for word in found if not word.endswith("*")),
            tuple(word[:-1] for word in found if word.endswith("*")),
        )

    def has(self, word: str) -> bool:
        """Whether ``word`` is listed."""
        return word in self.words or word.startswith(self.stems)


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """What targets.yaml says.

    Attributes:
        aliases: Token forms → canonical name and kind.
        longest: First form of an alias → most forms an alias that begins with it has.
        capitals: The aliases that count only in capitals, such as IS and US.
        governments: Country → what its government is called.
        positive, criticise: Words, and stems of words.
    """

    aliases: dict[tuple[str, ...], tuple[str, str]]
    longest: dict[str, int]
    capitals: frozenset[tuple[str, ...]]
    governments: dict[str, str]
    positive: Wording
    criticise: Wording


def propose_target(text: str, span: Span, device: str) -> tuple[str, str]:
    """Return the target ("" when none is found) and the polarity of one loaded phrase.

    A name inside the phrase comes first; then, for "regime", the government, and for "militants" and the like, the
    armed group named nearest; then whoever the sentence is about, or whom a verb such as "slammed" is aimed at.

    Example:
        >>> text = "Soldiers of the Assad regime shelled the town."
        >>> propose_target(text, Span(16, 28), "name_calling")
        ('Syrian government', '-')
    """
    gazetteer = _gazetteer()
    mentions = _mentions(text)
    words = [form for form in tokenise(text[span.start : span.end]).forms if form[0].isalnum()]
    return _target(mentions, span, words, gazetteer), _polarity(words, device, gazetteer)


def _target(mentions: _Mentions, span: Span, words: list[str], gazetteer: Gazetteer) -> str:
    inside = mentions.between(span.start, span.end)
    if any(word.rstrip("s") in _GOVERNMENT_HEADS for word in words):
        rulers = [m.name for m in inside if m.kind in ("country", "government")]
        names = [*rulers[-1:], *mentions.rulers]
        return gazetteer.governments.get(names[0], names[0]) if names else ""
    if any(word.startswith(_ARMED_HEADS) for word in words):
        groups = [m.name for m in inside if m.kind == "group"]
        return next(iter([*groups, *mentions.likely(span, {"group": 1.0})]), "")
    named = [m for m in inside if m.kind != "name"] or inside
    if any(word.startswith(_TAKEN) for word in words):
        owners = {m.name for m in inside}
        return next((name for name in mentions.likely(span, KIND_WEIGHTS) if name not in owners), "")
    if named:
        return named[0].name
    if any(map(gazetteer.criticise.has, words)):
        after = mentions.between(span.end, span.end + NEAR // 2)
        if after:
            return after[0].name
    return next(iter(mentions.likely(span, KIND_WEIGHTS)), "")


def _polarity(words: list[str], device: str, gazetteer: Gazetteer) -> str:
    if device in _POSITIVE_DEVICES:
        return "+"
    return "+" if any(map(gazetteer.positive.has, words)) and device != "doubt" else "-"


class _Mentions:
    """The names of one text, in order, with what can be asked of them."""

    def __init__(self, found: list[Mention]) -> None:
        self.found = found
        self.starts = [mention.start for mention in found]
        self.counts: dict[str, Counter[str]] = {}
        for mention in found:
            self.counts.setdefault(mention.kind, Counter())[mention.name] += 1
        self.leading = {kind: counter.most_common(1)[0] for kind, counter in self.counts.items()}

    def between(self, start: int, end: int) -> list[Mention]:
        """Return the names that begin in ``[start, end)``."""
        return self.found[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def likely(self, span: Span, weights: dict[str, float]) -> list[str]:
        """Return the names around ``span``, likeliest first: near ones, before rather than after, frequent ones."""
        window = self.found[bisect_left(self.starts, span.start - NEAR) : bisect_right(self.starts, span.end + NEAR)]
        scores: dict[str, float] = {}
        for mention in window:
            if mention.kind in weights:
                before = mention.end <= span.start
                distance = span.start - mention.end if before else AFTER_COST * (mention.start - span.end)
                near = 1 / (1 + max(0, distance) / DISTANCE_UNIT)
                score = weights[mention.kind] * near * self.counts[mention.kind][mention.name] ** FREQUENCY_POWER
                scores[mention.name] = max(scores.get(mention.name, 0.0), score)
        leading = {kind: top for kind, top in self.leading.items() if kind in weights}
        if not scores:
            return [max((weights[kind] * count, name) for kind, (name, count) in leading.items())[1]] if leading else []
        return sorted(scores, key=lambda name: -scores[name])

    @cached_property
    def rulers(self) -> list[str]:
        """The government most often named, by itself or through its country."""
        governments = _gazetteer().governments
        totals: Counter[str] = Counter()
        for kind, weight in (("government", 3), ("country", 1)):
            for name, count in self.counts.get(kind, Counter()).items():
                totals[governments.get(name, name)] += weight * count
        return [name for name, _ in totals.most_common(1)]


@remembered
def _mentions(text: str) -> _Mentions:
    gazetteer = _gazetteer()
    tokens = tokens_of(text)
    found: list[Mention] = []
    full_names: dict[str, str] = {}
    headlines = _headlines(text)
    places = enumerate(zip(tokens.bounds, tokens.forms, strict=True))
    begins = [at for at, ((start, _), form) in places if text[start].isupper() or form in gazetteer.longest]
    stop = 0
    for at in begins:
        start, _ = tokens.bounds[at]
        if at < stop or not text[start].isalnum():
            continue
        stop, name, kind = _alias_at(tokens, at, gazetteer)
        if not name and text[start].isupper() and not _is_inside(start, headlines):
            stop = _name_end(tokens, at)
            name, kind = _full_name(tokens, at, stop, full_names), "name"
        if name:
            found.append(Mention(start, tokens.bounds[stop - 1][1], name, kind))
    return _Mentions(found)


def _headlines(text: str) -> list[Span]:
    """Return the lines in Title Case, where a capital says nothing about names."""
    found = []
    for line in paragraphs(text):
        long_words = [word for word in text[line.start : line.end].split() if len(word) >= TITLE_WORD]
        if len(long_words) >= TITLE_WORDS and all(word[0].isupper() or not word[0].isalpha() for word in long_words):
            found.append(line)
    return found


def _is_inside(offset: int, spans: list[Span]) -> bool:
    at = bisect_right(spans, offset, key=_start) - 1
    return at >= 0 and offset < spans[at].end


def _alias_at(tokens: Tokens, at: int, gazetteer: Gazetteer) -> tuple[int, str, str]:
    longest = gazetteer.longest.get(tokens.forms[at], 0)
    for length in range(min(longest, len(tokens.forms) - at), 0, -1):
        forms = tuple(tokens.forms[at : at + length])
        if forms not in gazetteer.aliases:
            continue
        if forms not in gazetteer.capitals or _covered(tokens, at, at + length).isupper():
            return at + length, *gazetteer.aliases[forms]
    return at, "", ""


def _covered(tokens: Tokens, start: int, stop: int) -> str:
    return tokens.text[tokens.bounds[start][0] : tokens.bounds[stop - 1][1]]


def _name_end(tokens: Tokens, at: int) -> int:
    stop = at
    last = min(at + LONGEST_NAME, len(tokens.forms))
    while stop < last and tokens.is_capital(stop) and tokens.forms[stop] not in _NEVER_NAMES:
        stop += 1
    return stop


def _full_name(tokens: Tokens, start: int, stop: int, known: dict[str, str]) -> str:
    """Return the name a run of capitalised words stands for: a surname is filled up from an earlier mention."""
    if start == stop:
        return ""
    if stop - start == 1:
        return known.get(tokens.forms[start], "")
    for (_, end), (following, _) in pairwise(tokens.bounds[start:stop]):
        if following != end + 1:
            return ""
    name = _covered(tokens, start, stop)
    known.setdefault(tokens.forms[stop - 1], name)
    return name


@lru_cache(maxsize=1)
def _gazetteer() -> Gazetteer:
    path = resource("labels", DEFAULT_CODEBOOK, "targets.yaml")
    file = YamlFile(str(path))
    sections = {"format", "countries", "groups", "actors", "positive", "criticise"}
    top = file.record(compose(read_utf8(path), str(path)), "the targets", required=sections, optional=set())
    aliases: dict[tuple[str, ...], tuple[str, str]] = {}
    governments: dict[str, str] = {}
    capitals: set[tuple[str, ...]] = set()

    def add(name: str, nodes: yaml.Node, kind: str) -> None:
        listed = nodes.value if isinstance(nodes, yaml.SequenceNode) else []
        for alias in (name, *(file.text(node, f"an alias of {name}", PROSE) for node in listed)):
            forms = tuple(tokenise(alias).forms)
            aliases.setdefault(forms, (name, kind))
            if alias.isupper():
                capitals.add(forms)

    for country, (_, node) in _rows(file, top["countries"]):
        fields = file.record(node, country, required={"adjective", "government", "known_as"}, optional=set())
        governments[country] = file.text(fields["government"], f"government of {country}", PROSE)
        add(country, fields["adjective"], "country")
        add(governments[country], fields["known_as"], "government")
    for section, kind in (("groups", "group"), ("actors", "actor")):
        for name, (_, node) in _rows(file, top[section]):
            add(name, node, kind)
    longest: Counter[str] = Counter()
    for forms in aliases:
        longest[forms[0]] = max(longest[forms[0]], len(forms))
    positive, criticise = (
        Wording.of(str(node.value) for node in file.items(top[key], key)) for key in ("positive", "criticise")
    )
    return Gazetteer(aliases, dict(longest), frozenset(capitals), governments, positive, criticise)


def _rows(file: YamlFile, node: yaml.Node) -> list[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    return list(file.mapping(node, "targets", rule=PROSE).items())
