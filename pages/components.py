"""Map, cards, chips and the like as Streamlit components; each gives its events to one queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages import click_events
from pages.serving.routes import module_url

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


_NAMES = ("map", "cards", "chips", "clusters", "heatmap", "rankings")
_MOUNTS = {name: _component(name) for name in _NAMES}


def mount(
    name: str,
    data: Mapping[str, Any],
    points: PointMap | None,
    *,
    channel: str = "",
    apply: click_events.Apply = click_events.change_draft,
) -> None:
    """Draw one of the components; its events are applied before the next run.

    Args:
        name: map, cards, chips, clusters, heatmap or rankings.
        data: what explorer/frontend/README.md says, without `ack` and `channel`.
        points: what the events are about; None where they name their points by id.
        channel: of its events; a page that shares no draft with Explore has channels of its own.
        apply: what an event does; it changes the draft unless the page says otherwise.

    """
    channel = channel or name
    _MOUNTS[name](
        key=channel,
        data={**data, "channel": channel, "ack": click_events.acknowledged(channel)},
        on_queue_change=lambda: click_events.take(channel, points, apply),
    )
