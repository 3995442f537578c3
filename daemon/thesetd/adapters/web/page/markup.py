"""Builds HTML element by element: text is escaped on entry, so nothing that a provider sends is ever markup."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from thesetd.domain.work.ages import relative


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def safe(content: object) -> Html:
    """Return markup unchanged, and anything else escaped."""
    return content if isinstance(content, Html) else Html(escape(str(content)))


def element(tag: str, *content: object, **attributes: object) -> Html:
    """Return an element. A trailing underscore of an attribute is removed, others become hyphens; None omits it."""
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = "".join(map(safe, content))
    return Html(f"<{tag}{named}>{inner}</{tag}>")


def joined(parts: Iterable[object]) -> Html:
    """Return parts one after the other."""
    return Html("".join(map(safe, parts)))


def section(name: str, title: str, *content: object, wide: bool = False) -> Html:
    """Return a section with its heading, which the script refreshes as a whole."""
    heading = element("h2", title, id=f"{name}-title")
    classes = "wide" if wide else None
    return element("section", heading, *content, id=name, aria_labelledby=f"{name}-title", class_=classes)


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    """Return a table that scrolls on narrow screens; the first cell of a row is its heading."""
    head = element("tr", *(element("th", text, scope="col") for text in headings))
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    ]
    made = element(
        "table", element("caption", caption, class_="hidden"), element("thead", head), element("tbody", *body)
    )
    return element("div", made, class_="scroll", tabindex=0, role="region", aria_label=caption)


def badge(text: str, mood: str) -> Html:
    """Return a coloured word; the colour adds no information to the word. Moods: good, warn, bad, calm."""
    return element("span", text, class_=f"badge {mood}")


def moment(at: datetime | None, now: datetime, *, none: str = "never") -> Html:
    """Return a moment in words, with the exact time as a tooltip."""
    if at is None:
        return safe(none)
    return element("time", relative(at, now), datetime=at.isoformat(), title=f"{at:%Y-%m-%d %H:%M:%S} UTC")


def empty(text: str) -> Html:
    """Return the text for an empty list."""
    return element("p", text, class_="empty")
