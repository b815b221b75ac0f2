"""Times and durations for people."""

from __future__ import annotations

from datetime import datetime

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def when(iso: str) -> str:
    """Return a stored UTC time for people; what is no time is shown as it is.

    Example:
        >>> when("2026-11-20T13:05:09Z")
        '20 Nov 2026, 13:05 UTC'
    """
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso[:40]
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"


def duration(seconds: float) -> str:
    """Return a duration in words, as exact as one needs it.

    Example:
        >>> [duration(s) for s in (0.4, 59, 61, 600, 5400)]
        ['less than a minute', 'less than a minute', '1 minute', '10 minutes', '1 h 30 min']
    """
    minutes = int(seconds // 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"{minutes} minute{'s' * (minutes > 1)}"
    return f"{minutes // 60} h {minutes % 60} min"
