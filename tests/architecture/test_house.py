"""Rules worth keeping, each with its cure in the message and a bad sample that it must catch."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "baogong"
EDGES = {"web", "api", "ops", "config"}
OWN_CLOCKS = {HOUSE / "kernel" / "clock.py", HOUSE / "people" / "sessions.py"}
RETIRED = {
    r"\breservations?\b": "say hold",
    r"\blocked stock\b": "say frozen",
    r"\bstock transactions?\b": "say movement",
}

Rule = Callable[[Path, str], Iterator[str]]


def sources(*suffixes: str) -> list[Path]:
    return [path for path in sorted(HOUSE.rglob("*")) if path.suffix in suffixes and "migrations" not in path.parts]


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0]


def foreign_tables(path: Path, text: str) -> Iterator[str]:
    """An app's tables are its own."""
    for node in ast.walk(ast.parse(text)):
        module = node.module if isinstance(node, ast.ImportFrom) else None
        found = re.match(r"baogong\.(\w+)\.models\b", module or "")
        if found and found.group(1) != room_of(path):
            yield f"reads the tables of {found.group(1)}: call its services and queries instead"


def careless_saves(path: Path, text: str) -> Iterator[str]:
    """Save what you meant."""
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "save"):
            continue
        names = {keyword.arg for keyword in node.keywords}
        if not node.args and not names & {"update_fields", "force_insert", "kind", "format"}:
            yield f"line {node.lineno}: a bare .save() writes every column: name them in update_fields"


def clocks_below_the_edges(path: Path, text: str) -> Iterator[str]:
    """`now` is an argument: only pages, API, commands and processes read a clock."""
    if room_of(path) in EDGES or path in OWN_CLOCKS:
        return
    if re.search(r"\btimezone\.now\(|\bdatetime\.now\(|\bdate\.today\(|\btime\.time\(", text):
        yield "reads a clock: take `now` as an argument"


def retired_words(path: Path, text: str) -> Iterator[str]:
    for pattern, cure in RETIRED.items():
        if re.search(pattern, text, re.IGNORECASE):
            yield f"uses a retired word ({pattern}): {cure}"


def inline_code(path: Path, text: str) -> Iterator[str]:
    """The content policy forbids inline script and style; a page that has them is broken in the browser."""
    if re.search(r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=\s*[\"']|<style", text):
        yield "holds inline script or style: put it into a static file, or use a class or an SVG attribute"


def named_machines(path: Path, text: str) -> Iterator[str]:
    """Nothing is fetched at run time."""
    for address in re.findall(r"(?:src|href)=[\"'](https?://[^\"']+)", text):
        yield f"fetches {address}: ship it inside an installed package"


PYTHON: list[Rule] = [foreign_tables, careless_saves, clocks_below_the_edges, retired_words]
PAGES: list[Rule] = [inline_code, named_machines, retired_words]
BAD: dict[Rule, tuple[str, str]] = {
    foreign_tables: ("needs/x.py", "from baogong.ledger.models import Movement\n"),
    careless_saves: ("needs/x.py", "row.save()\n"),
    clocks_below_the_edges: ("needs/x.py", "now = datetime.now(UTC)\n"),
    retired_words: ("needs/x.py", '"""A reservation of masks."""\n'),
    inline_code: ("web/templates/x.html", '<p style="color:red">'),
    named_machines: ("web/templates/x.html", '<script src="https://cdn.example/x.js">'),
}


@pytest.mark.parametrize("rule", PYTHON, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    complaints = [
        f"{path.relative_to(ROOT)}: {complaint}"
        for path in sources(".py")
        for complaint in rule(path, path.read_text(encoding="utf-8"))
    ]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("rule", PAGES, ids=lambda rule: rule.__name__)
def test_every_page_keeps_the_rule(rule: Rule) -> None:
    complaints = [
        f"{path.relative_to(ROOT)}: {complaint}"
        for path in sources(".html")
        for complaint in rule(path, path.read_text(encoding="utf-8"))
    ]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("rule", list(BAD), ids=lambda rule: rule.__name__)
def test_the_rule_catches_its_bad_sample(rule: Rule) -> None:
    place, text = BAD[rule]
    assert list(rule(HOUSE / place, text))


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("scenarios/*/*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http:", "https:", "mailto:")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken, "Correct or remove these links:\n" + "\n".join(broken)


def test_the_engine_and_the_kernel_run_where_django_is_not_installed() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for room in ("engine", "kernel")
        for path in sorted((HOUSE / room).rglob("*.py"))
    ]
    blocked = "import sys, importlib\nsys.modules['django'] = None\nsys.modules['ninja'] = None\n"
    code = blocked + f"for name in {modules!r}:\n    importlib.import_module(name)\n"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
