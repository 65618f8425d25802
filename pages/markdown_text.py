"""Texts of users within Markdown."""


def literal(text: str) -> str:
    """Return a text as Markdown that shows it letter by letter."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|~$:<>" else sign for sign in text)
