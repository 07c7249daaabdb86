"""
Django's settings. Reading them touches no file: `keys.load_keys` and `embedded` make things, when they are asked to.

BAOGONG_HOME    the folder that holds the homes (home.py)
BAOGONG_BOOK    which home: book, demo or play
BAOGONG_PLAY    of the plays, the kept one that is open
DATABASE_URL    a PostgreSQL server instead of the embedded one
DATABASE_OWNER_URL  the log-in that owns the tables there, where the site's is another (servers.py)
BAOGONG_HOSTS   further host names the site answers to, separated by commas
BAOGONG_TLS     1 where the site is served over HTTPS
BAOGONG_WEBHOOK_NETWORKS  private networks that webhooks may reach, as in 10.20.0.0/16, separated by commas
BAOGONG_TEXTS   the gateway that texts leave by, as Apprise spells it, with {phone} and {id} (journal/services/texting.py);
                BAOGONG_TEXTS_FILE names a file that holds it instead
BAOGONG_CHAIN_SUGGESTER  a program's command line that suggests what waiting lines of chats may mean (orders/suggesting.py);
                none unless it is set. Names and doors are given to it
BAOGONG_STATIC  the folder with the collected static files, where the supervisor has collected them
BAOGONG_LOCALHOST_ONLY  1 where no other machine can reach the site
BAOGONG_CLAIMS_PORT     where the claim path listens, beside the site (claims.py)
BAOGONG_AUTHORITY       the certificate that phones install to trust this house
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from baogong.config.home import BOOK, find_home
from baogong.config.keys import read_keys
from baogong.config.servers import server_of

_package = Path(__file__).resolve().parent.parent

BAOGONG_HOME = find_home(os.environ.get("BAOGONG_BOOK", BOOK))
_keys = read_keys(BAOGONG_HOME)
_tls = os.environ.get("BAOGONG_TLS") == "1"
_static = os.environ.get("BAOGONG_STATIC")

BAOGONG_BINDS_BEYOND_LOCALHOST = os.environ.get("BAOGONG_LOCALHOST_ONLY") != "1"
BAOGONG_CLAIMS_PORT = int(os.environ.get("BAOGONG_CLAIMS_PORT", "0")) or None
BAOGONG_AUTHORITY_FILE = os.environ.get("BAOGONG_AUTHORITY") or None

DEBUG = False
# Empty until the first run has made them; Django refuses to work with an empty secret.
SECRET_KEY = _keys.secret if _keys else ""
BAOGONG_TAG_KEY = _keys.tag if _keys else b""
BAOGONG_WEBHOOK_NETWORKS = tuple(filter(None, os.environ.get("BAOGONG_WEBHOOK_NETWORKS", "").split(",")))
_texts = os.environ.get("BAOGONG_TEXTS_FILE")
BAOGONG_TEXTS = (
    Path(_texts).read_text(encoding="utf-8").strip() if _texts else os.environ.get("BAOGONG_TEXTS", "").strip()
)
BAOGONG_CHAIN_SUGGESTER = os.environ.get("BAOGONG_CHAIN_SUGGESTER", "").strip()
BAOGONG_CIPHER_KEY = _keys.cipher if _keys else b""

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *filter(None, os.environ.get("BAOGONG_HOSTS", "").split(","))]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "leaflet",
    "template_partials.apps.SimpleAppConfig",
    "procrastinate.contrib.django",
    "baogong.catalogue",
    "baogong.places",
    "baogong.people",
    "baogong.ledger",
    "baogong.journal",
    "baogong.planning",
    "baogong.crew",
    "baogong.supply",
    "baogong.needs",
    "baogong.freight",
    "baogong.release",
    "baogong.orders",
    "baogong.delivery",
    "baogong.tower",
    "baogong.web",
    "baogong.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "baogong.web.middleware.SafeHeaders",
    "baogong.web.middleware.ReadableRequests",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "baogong.people.sessions.SessionGuard",
    "baogong.web.middleware.VisitorsLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "baogong.config.urls"
WSGI_APPLICATION = "baogong.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            # A fragment of a page is asked for as "page.html#part".
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            ["django.template.loaders.app_directories.Loader"],
                        )
                    ],
                )
            ],
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "baogong.web.context.house",
            ],
        },
    }
]

_server = server_of(BAOGONG_HOME)
DATABASES = {"default": _server.django_settings(_server.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["baogong.people.sessions.LogIns"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [_package / "web" / "locale", *sorted(_package.glob("web/*/locale"))]  # the first that knows a text wins
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = Path(_static) if _static else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "baogong.config.static.HashedFiles"
        if _static
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _tls
CSRF_FAILURE_VIEW = "baogong.web.errors.unsafe_form"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _tls
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000_000
FILE_UPLOAD_PERMISSIONS = 0o600

# Messages carry no personal data: handlers print the message and the place, never the request.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask_private_links": {"()": "baogong.config.masking.MaskPrivateLinks"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask_private_links"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "baogong": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # Its lines hold whole addresses, and an address may hold a private link.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.server": {"handlers": [], "propagate": False},
        # Anybody on the network can ask under a foreign name, as often as they like; the answer is 400.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}
