"""Text that Streamlit would read as Markdown, made to stand for itself.

Streamlit's messages, titles and buttons are Markdown: an article's title could set an image or a link.
Whatever comes from a file, a person or an address goes through :func:`plain` on its way there.
"""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:@&^=])")
_BREAKS = re.compile(r"\s*[\r\n]+\s*")


def plain(text: str) -> str:
    r"""Escape everything that Markdown, and Streamlit's additions to it, would take as a sign.

    Line breaks become spaces, as Markdown would show them.

    Example:
        >>> plain("![x](http://y) :red[z]")
        '\\!\\[x\\]\\(http\\://y\\) \\:red\\[z\\]'
    """
    return _SPECIAL.sub(r"\\\1", _BREAKS.sub(" ", text.strip()))
