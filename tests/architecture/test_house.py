"""The rules of the house that no linter knows, each seen to fail before it was trusted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates"
MODULES = sorted([*ROOT.glob("webapp/**/*.py"), *ROOT.glob("worker/**/*.py")])
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if "email" not in path.parts)

MOST_LINES = 400
# transaction(), and the connection that hands on what it is told.
THOSE_THAT_COMMIT = {"webapp/db.py", "webapp/connections.py"}
HTTP_MODULES = {"views.py", "forms.py", "access.py", "security.py", "htmx.py", "compression.py"}
HTTP_NAMES = {"request", "session", "current_user"}

# Elements that act by htmx alone. The list of mails looks for new ones; a reload shows them too.
# Prices beside days, and beside the searches of the start page, come last; the calendar of fares
# and the results have them as well.
ALONE = {"dev_mail/_mails.html", "search/_days.html", "search/home.html"}
# Attributes by htmx that stand in a dictionary rather than on an element: the combobox, whose
# field works as a plain one, and the filters of a form that has a button.
DICTIONARIES_WITH_HTMX = {"_macros/forms.html", "staff/_flights.html", "staff/_schedules.html"}


def name_of(path: Path, below: Path = ROOT) -> str:
    return path.relative_to(below).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), name_of(path))


# Python


def test_there_is_something_to_hold_the_rules_against() -> None:
    assert len(MODULES) > 40
    assert len(PAGES) > 20


def test_only_transaction_commits_and_rolls_back() -> None:
    found = [
        f"{name_of(path)}:{node.lineno} {node.func.attr}()"
        for path in MODULES
        if name_of(path) not in THOSE_THAT_COMMIT
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("commit", "rollback")
    ]
    assert not found


def test_the_request_stays_at_the_door() -> None:
    found = [
        f"{name_of(path)}:{node.lineno} {name.name}"
        for path in MODULES
        if path.name not in HTTP_MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in ("flask", "flask_login", "htmx_flask")
        for name in node.names
        if name.name in HTTP_NAMES
    ]
    found += [
        f"{name_of(path)}:{node.lineno} flask.{node.attr}"
        for path in MODULES
        if path.name not in HTTP_MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and node.attr in HTTP_NAMES
        and isinstance(node.value, ast.Name)
        and node.value.id in ("flask", "flask_login", "htmx_flask")
    ]
    assert not found


def imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_every_choice_is_refused_in_our_own_words() -> None:
    fields = ("SelectField", "RadioField", "SelectMultipleField")
    found = [
        f"{name_of(path)} imports {module}"
        for path in MODULES
        for module in imported_by(path)
        if module in {f"wtforms.{field}" for field in fields}
    ]
    assert not found, "these have words for people in webapp/choices.py"


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_no_imports_run_in_a_circle() -> None:
    # A package's face hands on what stands behind it.
    modules = {module_of(path) for path in MODULES} - {"webapp"}
    # Those for the type checker alone count too: what they tie together changes together.
    graph = {
        module_of(path): {*imported_by(path)} & modules - {module_of(path)} for path in MODULES
    }
    TopologicalSorter(graph).prepare()  # Raises CycleError, with the circle.


def test_every_import_is_absolute() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not found


def test_no_module_is_longer_than_can_be_seen() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert not {name: length for name, length in lengths.items() if length > MOST_LINES}


def test_a_shared_thing_has_a_noun_of_its_own() -> None:
    vague = re.compile(r"(utils?|helpers?|common|misc|shared|tools)(\.py)?")
    everything = [*MODULES, *ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/**/*.py")]
    assert not [name_of(path) for path in everything if any(map(vague.fullmatch, path.parts[-2:]))]


def test_every_module_says_what_it_is_for() -> None:
    said = {name_of(path): ast.get_docstring(tree_of(path)) or "" for path in MODULES}
    assert not [name for name, text in said.items() if not text.strip().endswith(".")]


def test_every_address_names_things_by_reference(app: Flask) -> None:
    numbered = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "<int:" in rule.rule or re.search(r"<(\w+:)?(\w+_)?id>", rule.rule)
    ]
    assert not numbered


# Templates


@dataclass
class Tag:
    """An element of a template, with the elements around it, outermost first."""

    name: str
    attributes: dict[str, str]
    line: int
    around: tuple[Tag, ...]


@dataclass
class _Reader(HTMLParser):
    tags: list[Tag] = field(default_factory=list)
    open: list[Tag] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Tag(
            tag,
            {name: value or "" for name, value in attrs},
            self.getpos()[0],
            tuple(self.open),
        )
        self.tags.append(found)
        if tag not in ("br", "hr", "img", "input", "link", "meta", "path"):
            self.open.append(found)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().name != tag:
            pass


def _lines(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def _written(match: re.Match[str]) -> str:
    # An element that a macro writes with htmx on it counts as one that stands there.
    acts = re.search(r"[\"']hx-(get|post|put|patch|delete)[\"']", match.group())
    return ('<output hx-get="x"></output>' if acts else "x") + _lines(match)


def tags_of(path: Path) -> list[Tag]:
    """Return the elements of a template, with both branches of every condition in it."""
    text = path.read_text()
    text = re.sub(r"\{#.*?#\}", _lines, text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}", _lines, text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", _written, text, flags=re.DOTALL)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.tags


def every_tag() -> Iterator[tuple[str, Tag]]:
    for path in PAGES:
        for tag in tags_of(path):
            yield f"{name_of(path, TEMPLATES)}:{tag.line} <{tag.name}>", tag


def acts_by_htmx(tag: Tag) -> bool:
    return bool({"hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"} & tag.attributes.keys())


def test_no_script_and_no_style_stands_inside_a_page() -> None:
    found = [
        where
        for where, tag in every_tag()
        if tag.name == "style"
        or (tag.name == "script" and "src" not in tag.attributes)
        or "style" in tag.attributes
        or any(name.startswith(("on", "hx-on")) for name in tag.attributes)
        or any(value.strip().lower().startswith("javascript:") for value in tag.attributes.values())
    ]
    assert not found


def test_every_form_says_where_it_goes_and_how() -> None:
    found = [
        where
        for where, tag in every_tag()
        if tag.name == "form" and not (tag.attributes.get("action") and "method" in tag.attributes)
    ]
    assert not found


def test_every_form_that_changes_something_carries_the_token() -> None:
    for path in PAGES:
        text = path.read_text()
        for form in re.findall(r"<form\b.*?</form>", text, flags=re.DOTALL):
            if 'method="post"' in form:
                assert "csrf" in form, f"{name_of(path, TEMPLATES)}: {form[:90]}"


def test_what_acts_by_htmx_acts_without_it() -> None:
    found = {
        where.split(":")[0]: where
        for where, tag in every_tag()
        if acts_by_htmx(tag)
        and not {"href", "action", "formaction"} & tag.attributes.keys()
        and not any(each.name == "form" for each in tag.around)
    }
    assert found.keys() == ALONE


def test_a_link_by_htmx_leads_where_the_link_leads() -> None:
    sources = {path: path.read_text() for path in PAGES}
    for path, text in sources.items():
        for element in re.findall(r"<a\b[^>]*hx-get=[^>]*>", text):
            href = re.search(r'href="([^"]*)"', element)
            asked = re.search(r'hx-get="([^"]*)"', element)
            assert href, f"{name_of(path, TEMPLATES)}: {element}"
            assert asked, f"{name_of(path, TEMPLATES)}: {element}"
            assert href.group(1) == asked.group(1), f"{name_of(path, TEMPLATES)}: {element}"


def test_dictionaries_that_act_by_htmx_are_known() -> None:
    found = {
        name_of(path, TEMPLATES)
        for path in PAGES
        for code in re.findall(r"\{%.*?%\}", path.read_text(), flags=re.DOTALL)
        if re.search(r"[\"']hx-(get|post|put|patch|delete)[\"']", code)
    }
    assert found == DICTIONARIES_WITH_HTMX


def fragments() -> list[Path]:
    """Return what htmx may swap in as a whole: targets by name, and what replaces itself."""
    targets = {
        tag.attributes["hx-target"].removeprefix("#")
        for _, tag in every_tag()
        if tag.attributes.get("hx-target", "").startswith("#")
    }
    return [
        path
        for path in PAGES
        if path.name.startswith("_")
        and (dashed(path) in targets or name_of(path, TEMPLATES) in ALONE)
    ]


def dashed(path: Path) -> str:
    return path.stem.removeprefix("_").replace("_", "-")


def test_there_are_fragments() -> None:
    assert {"search/_results.html", "dev_mail/_mails.html"} <= {
        name_of(path, TEMPLATES) for path in fragments()
    }


@pytest.mark.parametrize("path", fragments(), ids=lambda path: name_of(path, TEMPLATES))
def test_a_fragment_has_one_root_with_its_name(path: Path) -> None:
    roots = [tag for tag in tags_of(path) if not tag.around]
    assert [tag.attributes.get("id") for tag in roots] == [dashed(path)]


def test_every_target_of_htmx_exists() -> None:
    ids = {tag.attributes.get("id") for _, tag in every_tag()}
    lost = {
        where: tag.attributes["hx-target"]
        for where, tag in every_tag()
        if re.fullmatch(r"#[a-z-]+", tag.attributes.get("hx-target", ""))
        and tag.attributes["hx-target"][1:] not in ids
    }
    assert not lost


def test_every_fragment_that_a_view_renders_is_one() -> None:
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id != "render":
                continue
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            for template in names:
                assert (TEMPLATES / template).is_file(), f"{name_of(path)}: {template}"
            if len(names) == 2:
                page, fragment = names
                assert Path(fragment).name.startswith("_"), f"{name_of(path)}: {fragment}"
                assert f'include "{fragment}"' in (TEMPLATES / page).read_text(), (
                    f"{page} shows another text than {fragment}"
                )


def test_every_page_has_a_title_of_its_own_and_one_heading() -> None:
    for path in PAGES:
        text = path.read_text()
        if 'extends "base.html"' not in text:
            continue
        assert "{% block title %}" in text, name_of(path, TEMPLATES)
        assert "<h1" in text, name_of(path, TEMPLATES)
