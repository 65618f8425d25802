"""Every key and gesture, on one card."""

from __future__ import annotations

import streamlit as st

_GESTURES = """
| On the map | |
|---|---|
| Click a point | give it the active role; again takes it out |
| Alt + click | the opposite role: less like this |
| Shift + click | make it the target |
| Drag, arrow keys | move the map |
| Wheel, pinch, `+` `−`, double click | zoom |
| `0`, `.` | show all points, the results |
| Shift + arrow keys, `[` `]`, Enter | go from point to point, from result to result, use it |
| Shift + drag, or the lasso and box tools | select points, then choose what they are for |
| `p` `n` `t` | the next click adds a positive, a negative, the target |

| On the cards | |
|---|---|
| Hover | the point lights up on the map |
| Click, Enter | use it as an example with the active role |
| `+` `−`, or `p` `n` | more like it, less like it |
| Arrow keys | go from card to card |

| Everywhere | |
|---|---|
| Ctrl + Z, Ctrl + Shift + Z | undo, redo |
| The address bar | holds the whole query: copy it to share or keep it |
"""


@st.dialog("Keys and gestures", width="medium")
def show() -> None:
    """Open the card."""
    st.markdown(_GESTURES)
