"""The map, the cards and the chips as Streamlit components; each gives its events to one queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages import click_events
from pages.routes import module_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.points import PointMap

# A component's own code runs from a blob, whose imports need whole addresses.
_LOADER = """
const module = await import(new URL("{url}", document.baseURI).href);
export default module.default;
"""


def _component(name: str) -> Any:
    return st.components.v2.component(
        f"sextant_{name}", js=_LOADER.format(url=module_url(f"{name}.js"))
    )


_MOUNTS = {name: _component(name) for name in ("map", "cards", "chips")}


def mount(name: str, data: Mapping[str, Any], points: PointMap) -> None:
    """Draw one of the components; its events change the draft before the next run.

    `name` is map, cards or chips; `data` is what explorer/frontend/README.md says, without `ack`.
    """
    _MOUNTS[name](
        key=name,
        data={**data, "ack": click_events.acknowledged(name)},
        on_queue_change=lambda: click_events.take(name, points),
    )
