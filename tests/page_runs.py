"""The app's pages without a browser: opened, waited for, their components read and clicked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from pages import startup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.proto.WidgetStates_pb2 import WidgetStates

PAGES = Path(__file__).parent.parent / "pages"
MAIN = "main.py"
LIMIT = 60  # seconds, on a machine that does other things too


def opened(
    script: str = MAIN, state: Mapping[str, object] | None = None, **parameters: str
) -> AppTest:
    """Open a script of `pages/` by a link with these parameters, in a session with this state."""
    app = AppTest.from_file(str(PAGES / script), default_timeout=LIMIT)
    for key, value in (state or {}).items():
        app.session_state[key] = value
    for name, parameter in parameters.items():
        app.query_params[name] = parameter
    return shown(app.run())


def shown(app: AppTest) -> AppTest:
    """Return the app, which told of no exception."""
    assert not app.exception
    return app


def settled(app: AppTest) -> AppTest:
    """Return the app once no job runs any more, with what they made."""
    while running := startup.jobs().running():
        for job in running.values():
            assert job.wait(LIMIT)
    return shown(app.run())


def turned(app: AppTest, script: str) -> AppTest:
    """Turn to another page, as a click on its name does, and let its jobs end."""
    return settled(shown(app.switch_page(script).run()))


def component(app: AppTest, name: str, key: str = "") -> Any:
    """Return a component by its name and, where several of it stand on a page, its key, or None."""
    found = (c for c in app.get("bidi_component") if c.proto.component_name == f"sextant_{name}")
    return next((c for c in found if key in c.proto.id), None)


def data(app: AppTest, name: str) -> dict[str, Any]:
    """Return what a component is told."""
    told: dict[str, Any] = json.loads(component(app, name).proto.json)
    return told


def send(app: AppTest, name: str, *events: dict[str, Any], key: str = "") -> AppTest:
    """Let a component report its queue of events, as the browser does: as state, kept whole."""
    return report(app, component(app, name, key).proto.id, {"queue": list(events)})


def report(
    app: AppTest, wanted: str, state: dict[str, Any], states: WidgetStates | None = None
) -> AppTest:
    """Let the component of an id report its state, among those that the browser has of others."""
    return shown(reported(app, wanted, state, states))


def reported(
    app: AppTest, wanted: str, state: dict[str, Any], states: WidgetStates | None = None
) -> AppTest:
    """Return the app once a component reported, even if that led to a page the test is not of."""
    states = states or app._tree.get_widget_states()
    kept = [entry for entry in states.widgets if entry.id != wanted]
    del states.widgets[:]
    states.widgets.extend(kept)
    states.widgets.append(WidgetState(id=wanted, json_value=json.dumps(state)))
    return app._run(states)


def bound(app: AppTest, kind: str, name: str) -> Any:
    """Return the widget that shows a part of a frozen value; see `pages.bound`."""
    keyed = (widget for widget in app.get(kind) if widget.key)
    return next(widget for widget in keyed if widget.key.rpartition(".")[0] == name)
