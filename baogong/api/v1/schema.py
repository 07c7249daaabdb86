"""`python -m baogong.api.v1.schema` writes `openapi.json` anew, beside this file."""

from __future__ import annotations

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baogong.config.settings")
    django.setup()

    from baogong.api.v1.api import SCHEMA_FILE, schema_text

    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
