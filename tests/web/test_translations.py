"""Chinese is the first language of the site: no text of it may lack one."""

from __future__ import annotations

import pytest

from tools import messages


def test_every_text_of_the_site_has_chinese() -> None:
    missing = [f"{message.where} {message.id!r}" for message in messages.untranslated(messages.catalogues())]
    assert missing == [], "run `.venv/bin/python tools/messages.py --write`, then fill in the Chinese"


def test_no_template_says_anything_in_one_language_only() -> None:
    assert messages.unmarked() == [], "mark it with {% trans %} and give it Chinese"


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>\n  Works now\n</p>", [(2, "Works now")]),
        ("<b>正在计算</b>", [(1, "正在计算")]),
        ("<p>{{ count }} parcels</p>", [(1, "parcels")]),
        ('<svg aria-label="A map of it"></svg>', [(1, '"A map of it"')]),
        ('<p>{% trans "Works" %} {{ at|when }} · 12:30 → 3 kg, {% blocktrans %}All of it{% endblocktrans %}</p>', []),
        ("{# Not shown #}<!-- nor this --><script>let it = 1 < 2;</script><code>baogong demo</code>", []),
        ('<a class="btn" href="/x/" title="{% trans \'Open\' %}">XLSX</a><input placeholder="1600套">', []),
        ("{% comment %}Not\nthis{% endcomment %}<h1>That</h1>", [(2, "That")]),
    ],
)
def test_unmarked_text_is_found_where_it_is_read(template: str, found: list[tuple[int, str]]) -> None:
    assert messages.literals(template) == found


def test_the_reader_finds_templates_and_code() -> None:
    found = {message.id for message in messages.messages()}
    assert "Make a share" in found  # a template
    assert "Frozen. Shops see the goods as delisted; paid orders still ship." in found  # a view
    assert ("%(counter)s order", "%(counter)s orders") in found  # a counted one


def test_chinese_keeps_the_facts_of_its_english() -> None:
    for path, catalogue in messages.catalogues().items():
        for entry in catalogue:
            if not entry.id:
                continue
            english = entry.id if isinstance(entry.id, str) else entry.id[1]
            for chinese in [entry.string] if isinstance(entry.string, str) else entry.string or ():
                assert facts(chinese) <= facts(english), f"{path}: {english!r}"
                assert facts(english) - {"counter", "count"} <= facts(chinese), f"{path}: {english!r}"


def facts(text: str) -> set[str]:
    """Names in %(…)s; a bare %s counts as one without a name."""
    named = {part.split(")")[0] for part in text.split("%(")[1:]}
    return named | ({"%s"} if "%s" in text.replace("%(", "") and not named else set())


def test_compiled_translations_are_not_older_than_their_source() -> None:
    stale = [
        str(path)
        for path in messages.catalogues()
        if not path.with_suffix(".mo").exists() or path.with_suffix(".mo").stat().st_mtime < path.stat().st_mtime
    ]
    assert stale == [], "run `make setup`: it compiles them"
