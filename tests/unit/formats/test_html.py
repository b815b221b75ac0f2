"""HTML: readable text without scripts, facts of the page, and no text lost in silence."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from annotator.formats import Article, Rejected
from annotator.formats.visible import visible_text

SENTENCES = [
    f"Paragraph {k}: the ministry of region {k * 7} said on day {k} that convoy {k + 3} had left district {k * k}."
    for k in range(20)
]
BODY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


ARTICLE = page(
    f"<nav><a href=/>Home</a> <a href=/a>All the news</a></nav><article><h1>Bases, again</h1>{BODY}</article>"
    "<script>alert('stolen')</script><style>p{color:red}</style><footer>Imprint</footer>",
    '<title>Bases, again – Herald</title><meta property="og:site_name" content="The Herald">'
    '<meta property="article:published_time" content="2023-08-29T10:00:00Z">'
    '<link rel="canonical" href="https://herald.example.org/bases"><meta name="author" content="Ana Bell">',
)


def test_page_becomes_readable_text_with_its_facts(read_one: Callable[..., Article]) -> None:
    document = read_one("sub/a.html", ARTICLE).document
    assert document.id == "sub/a.html"
    assert document.text == "\n\n".join(["Bases, again", *SENTENCES])
    assert document.title == "Bases, again"
    assert document.outlet == "The Herald"
    assert document.published == "2023-08-29"
    assert document.url == "https://herald.example.org/bases"
    assert document.metadata == {"author": "Ana Bell"}


def test_original_page_is_kept(read_one: Callable[..., Article]) -> None:
    assert read_one("a.html", ARTICLE).document.original == ARTICLE


@pytest.mark.parametrize(
    "attack",
    [
        "<script>steal()</script>",
        "<img src=x onerror=steal()>",
        "<svg onload=steal()><script>steal()</script></svg>",
        "<a href='javascript:steal()'>more</a>",
        "<style>@import url(http://steal)</style>",
        "<iframe srcdoc='<script>steal()</script>'></iframe>",
        "<template><p>steal</p></template>",
        "<!-- steal -->",
    ],
)
def test_scripts_never_reach_the_text(read_one: Callable[..., Article], attack: str) -> None:
    text = read_one("a.html", page(f"<article>{attack}{BODY}{attack}</article>")).document.text
    assert "steal" not in text
    assert SENTENCES[0] in text
    assert SENTENCES[-1] in text


@pytest.mark.parametrize("depth", [10, 250, 260, 300, 5_000, 50_000])
def test_deep_nesting_loses_no_text(read_one: Callable[..., Article], depth: int) -> None:
    deep = page(f"<article>{BODY}{'<div>' * depth}<p>The deepest sentence of all is here, in the middle of it.</p>"
                f"{'</div>' * depth}<p>And this one follows after it, at the very end.</p></article>")  # fmt: skip
    article = read_one("a.html", deep)
    for sentence in (*SENTENCES, "The deepest sentence of all", "And this one follows"):
        assert sentence in article.document.text
    assert bool(article.warnings) == (depth >= 5_000)


def test_headline_outside_the_article_opens_the_text(read_one: Callable[..., Article]) -> None:
    body = f"<div class=top><h1>Illicit <em>bases</em> stay</h1></div><article>{BODY}</article>"
    text = read_one("a.html", page(body)).document.text
    assert text.startswith("Illicit bases stay\n\nParagraph 0")
    assert text.count("Illicit bases stay") == 1


def test_page_without_an_article_gives_its_visible_text_and_says_so(read_one: Callable[..., Article]) -> None:
    article = read_one("a.html", "<select><option>x</select><p>Hi.")
    assert "Hi." in article.document.text


def test_little_of_a_long_page_is_said(read_one: Callable[..., Article], monkeypatch: pytest.MonkeyPatch) -> None:
    import trafilatura

    class Found:
        text = "Only this."

    monkeypatch.setattr(trafilatura, "bare_extraction", lambda *_, **__: Found())
    (warning,) = read_one("a.html", ARTICLE.replace(BODY, BODY * 2)).warnings
    assert warning.startswith("only 10 of ")


@pytest.mark.parametrize("fault", [ValueError, AttributeError, RecursionError])
def test_extraction_that_fails_falls_back_and_says_so(
    read_one: Callable[..., Article], monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    import trafilatura

    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(trafilatura, "bare_extraction", fail)
    article = read_one("a.html", ARTICLE)
    assert SENTENCES[7] in article.document.text
    assert "no article was recognised" in article.warnings[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "shows no text"),
        (page("<script>x</script>"), "shows no text"),
        (page("<img src=x onerror=alert(1)>"), "shows no text"),
        ("<p>One\0two", "NUL"),
        (page("<p>word " * 450_000), "2,000,000"),
    ],
    ids=["empty", "only a script", "only an image", "nul", "too long"],
)
def test_page_without_text_is_rejected(refuse: Callable[..., Rejected], content: str, reason: str) -> None:
    assert reason in refuse("a.html", content).reason


def test_page_of_20_mb_is_rejected_at_once(refuse: Callable[..., Rejected]) -> None:
    start = time.perf_counter()
    assert "20,000,000 bytes" in refuse("a.html", b"<p>word " * 2_500_000).reason
    assert time.perf_counter() - start < 1


def test_stated_charset_of_a_page_is_used(read_one: Callable[..., Article]) -> None:
    body = page(f"<article>{BODY}<p>Правительство</p></article>", '<meta charset="koi8-r">')
    assert "Правительство" in read_one("a.html", body.encode("koi8-r")).document.text


@pytest.mark.parametrize("stated", ["utf-8", "no-such-charset", "utf-16"])
def test_wrongly_stated_charset_is_detected_instead(read_one: Callable[..., Article], stated: str) -> None:
    body = page(f"<article>{BODY}<p>Le gouvernement a déclaré</p></article>", f'<meta charset="{stated}">')
    assert "déclaré" in read_one("a.html", body.encode("cp1252")).document.text


def test_xml_declaration_is_no_obstacle(read_one: Callable[..., Article]) -> None:
    assert SENTENCES[3] in read_one("a.xhtml", f'<?xml version="1.0" encoding="utf-8"?>\n{ARTICLE}').document.text


def test_entities_cannot_read_files_or_grow(read_one: Callable[..., Article]) -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    attack = f'<!DOCTYPE html [<!ENTITY e0 "lol"><!ENTITY f SYSTEM "file:///etc/passwd">{bomb}]>'
    text = read_one(
        "a.html", f"{attack}<html><body><article>{BODY}<p>&f; &e11;</p></article></body></html>"
    ).document.text
    assert "root:" not in text
    assert len(text) < 10_000


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>One <b>two</b> three</p><p>four", "One two three\n\nfour"),
        ("1 < 2 &amp; 3", "1 < 2 & 3"),
        ("a<!-- b", "a"),
        ("a<script>b", "a"),
        ("a<svg/>b", "a\n\nb"),
        ("<head><title>t</title></head><header>h</header>x", "h\n\nx"),
        ("İ<SCRIPT>x</SCRIPT>y", "İ\n\ny"),
        ("a<", "a<"),
    ],
)
def test_visible_text_leaves_out_what_is_not_shown(content: str, text: str) -> None:
    assert visible_text(content) == text


@pytest.mark.parametrize("unit", ["<", "<a '", "<!--", "<svg>", "<script>", "</", "&", "<p "])
def test_visible_text_is_linear(unit: str) -> None:
    start = time.perf_counter()
    visible_text(unit * (1_000_000 // len(unit)))
    assert time.perf_counter() - start < 5
