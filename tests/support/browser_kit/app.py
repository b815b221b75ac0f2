"""AppTest's gaps, bridged in one place: pages made from functions, and what a component sends and was given."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash


def go_to(at: AppTest, url_path: str) -> AppTest:
    """Run a page by its address; AppTest itself finds only pages that are files."""
    at._page_hash = calc_hash(url_path)
    return at.run()


def mounted(at: AppTest, role: str) -> dict[str, Any] | None:
    """Return what the browser code of one role was given, ``None`` when it is not mounted."""
    for element in at.get("bidi_component"):
        data: dict[str, Any] = json.loads(element.proto.json)
        if data.get("role") == role:
            return data
    return None


def send(at: AppTest, value: dict[str, Any]) -> AppTest:
    """Send an outbox from the carrier, as the browser does."""
    (carrier,) = (e for e in at.get("bidi_component") if json.loads(e.proto.json).get("role") == "carrier")
    states = at._tree.get_widget_states()
    state = states.widgets.add()
    state.id = carrier.proto.id
    state.json_value = json.dumps({"outbox": value})
    return at._run(states)


def texts(at: AppTest) -> str:
    """Return everything the page says, for looking words up in it."""
    kinds = (at.title, at.subheader, at.markdown, at.caption, at.info, at.error, at.success, at.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind)
