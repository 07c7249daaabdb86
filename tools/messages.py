"""
What of the site's text has to be translated, and what is missing.

    .venv/bin/python tools/messages.py            names what has no Chinese, and what a template says unmarked; exit 1 if anything
    .venv/bin/python tools/messages.py --write    adds the missing messages, empty, to the catalogue of their pages

Django's own template reader turns templates into calls of gettext, Babel finds the calls; no GNU gettext is needed.
A group of pages with a catalogue of its own (baogong/web/keeper/locale) keeps its messages there, all others share
baogong/web/locale.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

WEB = Path(__file__).resolve().parent.parent / "baogong" / "web"
LANGUAGE = "zh_Hans"
HEADER = """\
# Chinese for the site's pages; tools/messages.py names what is missing.
msgid ""
msgstr ""
"Language: zh_Hans\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# What a template may say unmarked: formats, standards, units and names that are the same in both languages.
SAME_IN_BOTH = frozenset(
    [
        "A",
        "Android",
        "B",
        "Baogong",
        "C",
        "CSV",
        "English",
        "GB",
        "GTIN",
        "GeoJSON",
        "JPEG",
        "JSON",
        "PNG",
        "SHA",
        "SSCC",
        "T",
        "TXT",
        "WebP",
        "XLSX",
        "iPhone",
        "kg",
        "km",
        "m",
        "m³",
        "v",
        "中文",
        "保供",
    ]
)
# These say everything in both languages at once: papers, what a guard at a gate is shown, what is read out on the telephone.
IN_BOTH_LANGUAGES = (
    "paper/",
    "station/paper/",
    "clerk/call.html",
    "command/place_paper.html",
    "driver/gate.html",
    "orders/sheet.html",
    "web/drill_mark.html",
)
_NO_TEXT = re.compile(
    r"\{#.*?#\}|<!--.*?-->|\{%\s*comment\b.*?endcomment\s*%\}|<(script|style|code|pre)\b.*?</\1>"
    r"|\{%\s*(blocktrans(?:late)?)\b.*?\{%\s*end\2\s*%\}",
    re.DOTALL,
)
_CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_READ_OUT = re.compile(
    r"""\s(?:title|alt|aria-label|label)=("[^"]*"|'[^']*')"""
)  # a placeholder shows what is typed: data
_WORD = re.compile(r"[^\W\d_][\w³]*")


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is (singular, plural) for counted ones; `where` relative to the repository."""

    id: str | tuple[str, str]
    context: str | None
    where: str


def messages() -> Iterator[Message]:
    """Everything the site says, in the order of the files."""
    for path in sorted([*WEB.glob("**/*.py"), *WEB.glob("templates/**/*.html")]):
        text = path.read_text()
        if path.suffix == ".html":
            text = templatize(text, origin=str(path))
        where = str(path.relative_to(WEB.parent.parent))
        source = io.BytesIO(text.encode())
        for line, found, _comments, context in extract(
            "python", source, keywords=KEYWORDS, options={"encoding": "utf-8"}
        ):
            id = (found[0], found[1]) if isinstance(found, tuple | list) else found
            if id not in ("", ("", "")):
                yield Message(id, context, f"{where}:{line}")


def unmarked() -> list[str]:
    """What the pages' templates say in one language whatever the visitor's: "file:line: text" each."""
    found = []
    for path in sorted(WEB.glob("templates/**/*.html")):
        name = str(path.relative_to(WEB / "templates"))
        if not name.startswith(IN_BOTH_LANGUAGES):
            found += [f"{name}:{line}: {text}" for line, text in literals(path.read_text())]
    return found


def literals(template: str) -> list[tuple[int, str]]:
    """
    (line, text) of every literal text of a template with a word of its own: between tags, or in an attribute that is read out.

    Comments, scripts, code and what is marked for translation are none.
    """
    text = _CODE.sub(_emptied, _NO_TEXT.sub(_emptied, template))
    told = [(found.start(1), found[1]) for found in _READ_OUT.finditer(text)]
    bare = _TAG.sub(_emptied, text)
    told += [(found.start(), found[0]) for found in re.finditer(r"[^\0\n]+", bare)]
    return sorted(
        (text.count("\n", 0, at) + 1, said.strip()) for at, said in told if set(_WORD.findall(said)) - SAME_IN_BOTH
    )


def _emptied(found: re.Match[str]) -> str:
    """As long, on as many lines, and nothing in it."""
    return re.sub(r"[^\n]", "\0", found[0])


def save(path: Path, catalogue: Catalog) -> None:
    """Sorted, without dates and addresses: a diff shows words only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, catalogue, width=120, sort_output=True, ignore_obsolete=True, omit_header=True)


def catalogues() -> dict[Path, Catalog]:
    """Every catalogue by its file: the site's own, and those of single groups of pages."""
    return {path: _read(path) for path in sorted(WEB.glob(f"**/locale/{LANGUAGE}/LC_MESSAGES/django.po"))}


def home_of(message: Message) -> Path:
    """The catalogue a message belongs to: its group's own, where there is one."""
    parts = Path(message.where).parts
    group = parts[3] if parts[2] == "templates" else parts[2]
    own = WEB / group / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
    return own if own.exists() else WEB / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def untranslated(known: dict[Path, Catalog]) -> list[Message]:
    """Each message once that no catalogue has Chinese for."""
    missing: dict[tuple[object, str | None], Message] = {}
    for message in messages():
        if not any(_is_translated(catalogue, message) for catalogue in known.values()):
            missing.setdefault((message.id, message.context), message)
    return list(missing.values())


def _is_translated(catalogue: Catalog, message: Message) -> bool:
    singular = message.id if isinstance(message.id, str) else message.id[0]
    entry = catalogue.get(singular, message.context)
    if entry is None or entry.fuzzy:
        return False
    said = entry.string
    return bool(said) if said is None or isinstance(said, str) else all(said)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def main() -> int:
    known = catalogues()
    missing = untranslated(known)
    if "--write" in sys.argv:
        for message in missing:
            home = home_of(message)
            known.setdefault(home, Catalog(locale=LANGUAGE)).add(message.id, context=message.context)
        for path in {home_of(message) for message in missing}:
            save(path, known[path])
    for message in missing:
        print(f"{message.where}: {message.id!r}")
    bare = unmarked()
    for each in bare:
        print(f"{each}  (not marked for translation)")
    return 1 if missing or bare else 0


if __name__ == "__main__":
    sys.exit(main())
