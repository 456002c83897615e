"""What a person sees on a page: headings, alerts, words beside fields, offers, forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.test import TestResponse

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "path"}


@dataclass
class Element:
    """An element of a page, with what stands in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words in it, with single spaces."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())

    def all(self, tag: str | None = None, **attributes: str) -> list[Element]:
        """Return the elements in it that have a tag and attributes; `_` stands for a dash."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            each
            for each in self._inner()
            if (tag is None or each.tag == tag)
            and all(each.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str | None = None, **attributes: str) -> Element:
        """Return the only element in it that all() finds."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of <{tag} {attributes}> instead of 1"
        return found[0]

    def _inner(self) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._inner()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> ends <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """Return the tree of a page or a fragment; each element must be closed in its turn."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [each.tag for each in reader.open] == ["page"]
    return reader.open[0]


def page(answer: TestResponse) -> Element:
    """Return the tree of an answer."""
    return read(answer.text)


def alerts(answer: TestResponse) -> str:
    """Return the words of every alert that has any."""
    return " ".join(each.text for each in page(answer).all(role="alert") if each.text)


def what_is_wrong(answer: TestResponse) -> dict[str, str]:
    """Return the words beside each field to which the alert leads that takes the focus, by id."""
    tree = page(answer)
    alert = tree.one(role="alert", autofocus="")
    ids = [way.attributes["href"].removeprefix("#") for way in alert.all("a")]
    assert all(tree.one(id=each).tag in ("input", "select") for each in ids)
    return {each: tree.one(id=f"{each}-error").text for each in ids}


def beside(answer: TestResponse, name: str) -> str:
    """Return the words beside a field, which the field itself must point to."""
    tree = page(answer)
    control = next(each for each in tree.all(name=name) if each.tag in ("input", "select"))
    assert control.attributes.get("aria-invalid") == "true", f"{name} is not marked as wrong"
    described = control.attributes["aria-describedby"].split()
    return tree.one(id=described[-1]).text


def typed(answer: TestResponse, name: str) -> str:
    """Return what a field holds."""
    control = next(each for each in page(answer).all(name=name) if each.tag in ("input", "select"))
    if control.tag == "select":
        chosen = [each for each in control.all("option") if "selected" in each.attributes]
        return chosen[0].attributes["value"] if chosen else ""
    return control.attributes.get("value", "")


def offers(answer: TestResponse) -> list[Element]:
    """Return the results of a search."""
    return page(answer).all("article", data_offer="")
