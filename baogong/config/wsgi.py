"""What granian serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from baogong.config.lifeline import end_at_a_word

end_at_a_word()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baogong.config.settings")

application = get_wsgi_application()
