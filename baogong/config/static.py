"""Static files under names that hold their content's hash: a browser may keep them for a year."""

from __future__ import annotations

from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

KEPT_FOR_S = 365 * 24 * 3600


class HashedFiles(ManifestStaticFilesStorage):
    """A file that a third party's package mentions and does not ship keeps its plain name instead of stopping us."""

    manifest_strict = False
    support_js_module_import_aggregation = True  # a module draws in the others by their hashed names too

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        try:
            return super().hashed_name(name, content, filename)
        except ValueError:
            return name
