"""All settings. Every environment variable is read here and nowhere else; `.env` is honoured."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from crisisdesk.logging import ContextFilter, JsonFormatter, LineFormatter, RedactionFilter
from crisisdesk.secrets import ensure_secrets_file
from inbox.lib.private_hosts import PrivateHosts

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# -- Where things are kept ---------------------------------------------------------------------
# CRISISDESK_DATA: folder for the database, the embedded Redis, keys and logs (default: var/).
DATA_DIR = Path(env.str("CRISISDESK_DATA", default=str(BASE_DIR / "var"))).resolve()

# SECRET_KEY: signs sessions and forms. FIELD_KEYS: comma-separated Fernet keys that encrypt
# channel and TOTP secrets, newest first. Both are made on the first run if they are not set.
if "SECRET_KEY" not in os.environ or "FIELD_KEYS" not in os.environ:
    env.read_env(ensure_secrets_file(DATA_DIR))
SECRET_KEY = env.str("SECRET_KEY")
FIELD_KEYS = env.list("FIELD_KEYS")

# -- The web -----------------------------------------------------------------------------------
# DEBUG: error pages with tracebacks; never in production.
DEBUG = env.bool("DEBUG", default=False)
# ALLOWED_HOSTS: comma-separated host names the desk answers to.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# SITE_URL: the desk's public address; an https address turns on secure cookies and HSTS.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

IS_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

ROOT_URLCONF = "crisisdesk.urls"
WSGI_APPLICATION = "crisisdesk.wsgi.application"
APPEND_SLASH = True

INSTALLED_APPS = [
    "crisisdesk",
    "inbox",
    "responses",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crisisdesk.request_log.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "inbox.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "crisisdesk.accounts.SecondStepMiddleware",
    "crisisdesk.accounts.LastSeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "inbox.context.frame",
            ],
            "libraries": {"lucide": "inbox.templatetags.icons"},  # draws each icon once
        },
    }
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # no collectstatic step between a checkout and a working desk
WHITENOISE_AUTOREFRESH = DEBUG

# -- Data --------------------------------------------------------------------------------------
# DATABASE_URL: postgres://user:password@host:port/name; without it SQLite in the data folder.
DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'desk.sqlite3'}"),
}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Write locks are taken at BEGIN and waited for, so writers queue instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
            "PRAGMA mmap_size=268435456;PRAGMA journal_size_limit=67108864"
        ),
    }
    # A file, never shared memory: the tests' threads then meet the same locks as production.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits of the sign-in live in the cache; a database table is shared by all web processes
# and, unlike Redis, is there whenever the desk is.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "crisisdesk_cache",
        # At the default of 300 a stranger could push the limits out by trying many names.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
    # What is cheap to work out again and good for seconds: the counts of the saved views.
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# FILE_STORAGE, FILE_STORAGE_OPTIONS: a Django storage class by its dotted path and its options as
# JSON, for desks on many machines; without them files lie in the data folder.
# https://docs.djangoproject.com/en/5.2/ref/files/storage/
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {
        "BACKEND": env.str("FILE_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json(
            "FILE_STORAGE_OPTIONS",
            default={
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        ),
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# ATTACHMENT_BYTES: the largest file that the desk fetches with a message.
ATTACHMENT_BYTES = env.int("ATTACHMENT_BYTES", default=25 * 1024 * 1024)

# -- Who may do what ---------------------------------------------------------------------------
AUTH_USER_MODEL = "inbox.User"
AUTHENTICATION_BACKENDS = [
    "crisisdesk.roles.RoleBackend",
    "crisisdesk.accounts.SignIn",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 60 * 60 * 12
ACCOUNT_ADAPTER = "crisisdesk.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "crisisdesk.accounts.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
# Accounts are made by an admin and mail is optional here, so a second factor must not wait for a
# verified address; nobody can claim a stranger's address by signing up.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "CrisisDesk"

# -- Mail --------------------------------------------------------------------------------------
# EMAIL_URL: smtp://user:password@host:port; without it mail is written to the log.
vars().update(env.email("EMAIL_URL", default="consolemail://"))
# DEFAULT_FROM_EMAIL: the sender of the desk's own mail.
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="crisisdesk@localhost")
EMAIL_TIMEOUT = 10  # seconds; an admin who invites somebody waits for it

# -- Background work ---------------------------------------------------------------------------
# REDIS_URL: the Redis that rings the bell between processes. The runner sets it to the embedded
# one. Without it (single-process mode) workers and event stream live inside the web process.
REDIS_URL = env.str("REDIS_URL", default="")
# CRISISDESK_SINGLE: set by the runner where there is no Redis: the web process then is worker and
# beat as well.
SINGLE_PROCESS = env.bool("CRISISDESK_SINGLE", default=False)
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://") if REDIS_URL else "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_keepalive": not REDIS_URL.startswith("unix://"),
        "health_check_interval": 30,
        "socket_connect_timeout": 2,
    }
    if REDIS_URL
    else {"polling_interval": 0.02}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "inbox.tasks.sync_stream": {"queue": "ingest"},
    "inbox.tasks.read_receipt": {"queue": "ingest"},
    "inbox.tasks.recheck_channel": {"queue": "ingest"},
    "inbox.tasks.perform_act": {"queue": "send"},
    "responses.tasks.send_reply": {"queue": "send"},
    "responses.tasks.reconcile_reply": {"queue": "send"},
}

# -- Networks ----------------------------------------------------------------------------------
# X_API_URL, X_AUTHORIZE_URL, X_TOKEN_URL: where X is; the runner points them at the practice
# network. X_CLIENT_ID, X_CLIENT_SECRET: the app registered with X; needed to connect a channel.
# X_CONSUMER_KEY, X_CONSUMER_SECRET: the same app's API key and secret; with them, and an https
# SITE_URL without a port, X delivers within a second instead of being asked.
NETWORKS = {
    "x": {
        "api_url": env.str("X_API_URL", default="https://api.x.com"),
        "authorize_url": env.str("X_AUTHORIZE_URL", default="https://x.com/i/oauth2/authorize"),
        "token_url": env.str("X_TOKEN_URL", default="https://api.x.com/2/oauth2/token"),
        "client_id": env.str("X_CLIENT_ID", default=""),
        "client_secret": env.str("X_CLIENT_SECRET", default=""),
        "hook_key": env.str("X_CONSUMER_KEY", default=""),
        "hook_secret": env.str("X_CONSUMER_SECRET", default=""),
        # X_ANSWERS_ANYBODY: true for apps that X lets answer people who did not mention or quote
        # the account, which are those of its enterprise plans.
        "answers_anybody": env.bool("X_ANSWERS_ANYBODY", default=False),
    },
}
# Where people may sign in to let the desk into their mailbox. GOOGLE_CLIENT_ID and
# GOOGLE_CLIENT_SECRET, MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET: the apps registered there,
# with the redirection SITE_URL/channels/callback/mail/. An app of one organisation at Microsoft has
# its tenant in place of "common" in MICROSOFT_AUTHORIZE_URL and MICROSOFT_TOKEN_URL.
SIGN_INS = {
    "google": {
        "api_url": "",
        "authorize_url": env.str(
            "GOOGLE_AUTHORIZE_URL", default="https://accounts.google.com/o/oauth2/v2/auth"
        ),
        "token_url": env.str("GOOGLE_TOKEN_URL", default="https://oauth2.googleapis.com/token"),
        "client_id": env.str("GOOGLE_CLIENT_ID", default=""),
        "client_secret": env.str("GOOGLE_CLIENT_SECRET", default=""),
        "imap_url": env.str("GOOGLE_IMAP_URL", default="imaps://imap.gmail.com:993"),
        "smtp_url": env.str("GOOGLE_SMTP_URL", default="smtp+starttls://smtp.gmail.com:587"),
    },
    "microsoft": {
        "api_url": "",
        "authorize_url": env.str(
            "MICROSOFT_AUTHORIZE_URL",
            default="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        ),
        "token_url": env.str(
            "MICROSOFT_TOKEN_URL",
            default="https://login.microsoftonline.com/common/oauth2/v2.0/token",
        ),
        "client_id": env.str("MICROSOFT_CLIENT_ID", default=""),
        "client_secret": env.str("MICROSOFT_CLIENT_SECRET", default=""),
        "imap_url": env.str("MICROSOFT_IMAP_URL", default="imaps://outlook.office365.com:993"),
        "smtp_url": env.str("MICROSOFT_SMTP_URL", default="smtp+starttls://smtp.office365.com:587"),
    },
}
# PRACTICE_NETWORK: true where the addresses above are practice networks on this machine; only
# then may connectors speak to a private address.
PRACTICE_NETWORK = env.bool("PRACTICE_NETWORK", default=False)
# PRIVATE_HOSTS: comma-separated hosts of your own network that may be contacted although their
# addresses are private, as name, name:port or network (10.1.0.0/16): mail servers, servers of
# channels, feeds, receivers of webhooks. What is listed as people write it may also be spoken to
# without encryption. For a certificate authority of your own set SSL_CERT_FILE to a bundle with it.
try:
    PRIVATE_HOSTS = PrivateHosts.read(env.list("PRIVATE_HOSTS", default=[]))
except ValueError as error:
    raise ImproperlyConfigured(f"PRIVATE_HOSTS: {error}") from error
# MFA_REQUIRED_ROLES: comma-separated roles that need a second factor until an admin says
# otherwise under Settings, Security; admin and manager, in practice nobody.
MFA_REQUIRED_ROLES = env.list(
    "MFA_REQUIRED_ROLES", default=[] if PRACTICE_NETWORK else ["admin", "manager"]
)
# NETWORK_TIMEOUT: seconds the whole of one request to a network may take.
NETWORK_TIMEOUT = env.float("NETWORK_TIMEOUT", default=15.0)

# -- Sending -----------------------------------------------------------------------------------
# SEND_LEASE: seconds after which a reply that a worker holds is taken for abandoned. It must be
# longer than NETWORK_TIMEOUT, or a slow request would be taken for a lost one.
SEND_LEASE = env.float("SEND_LEASE", default=45.0)
# PICTURE_LEASE: seconds that one picture of a reply may take on top of that. Connectors upload
# it by no more than three requests of NETWORK_TIMEOUT, waiting for the network included.
PICTURE_LEASE = env.float("PICTURE_LEASE", default=60.0)
# RECONCILE_SETTLE: seconds a network gets to show a post whose request was cut off, before
# "not found" is believed.
RECONCILE_SETTLE = env.float("RECONCILE_SETTLE", default=20.0)

# -- The API -----------------------------------------------------------------------------------
# API_RATE: requests that one token may make in a minute.
API_RATE = env.int("API_RATE", default=600)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "inbox.api.plumbing.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["inbox.api.plumbing.frame.HasRight"],
    "DEFAULT_THROTTLE_CLASSES": ["inbox.api.plumbing.limits.PerHolder"],
    "DEFAULT_PARSER_CLASSES": ["inbox.api.plumbing.frame.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "inbox.api.plumbing.frame.OnlyJson",
    "DEFAULT_SCHEMA_CLASS": "inbox.api.plumbing.schema.Description",
    "EXCEPTION_HANDLER": "inbox.api.plumbing.problems.handle",
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CrisisDesk",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_PATCH": False,  # our changes take the same fields as what they change
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]+",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "ConversationStatus": "inbox.models.Conversation.Status",
        "DraftStatus": "responses.models.Draft.Status",
        "ReplyStatus": "responses.models.Reply.Status",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "inbox.api.plumbing.schema.complete",
    ],
}

# -- Webhooks ----------------------------------------------------------------------------------
# WEBHOOK_TIMEOUT: seconds that a receiver gets to answer.
WEBHOOK_TIMEOUT = env.float("WEBHOOK_TIMEOUT", default=10.0)

# -- Watching ------------------------------------------------------------------------------------
# METRICS_TOKEN: whoever shows it as a bearer token may read /metrics; without it there is none.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# -- Words, time, logs -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("id", _("Bahasa Indonesia"))]
LOCALE_PATHS = [BASE_DIR / "crisisdesk" / "locale"]
# TIME_ZONE: the desk's time zone, for everybody who has not chosen one of their own.
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True

# LOG_LEVEL: level of the desk's own loggers. LOG_FORMAT: "line" for people, "json" for programs.
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
_CONSOLE = {
    "class": "logging.StreamHandler",
    "formatter": LOG_FORMAT,
    "filters": ["context", "redaction"],
}
_WEB_SERVER = {"handlers": ["console"], "propagate": False, "level": "WARNING"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": LineFormatter}, "json": {"()": JsonFormatter}},
    "filters": {"context": {"()": ContextFilter}, "redaction": {"()": RedactionFilter}},
    "handlers": {"console": _CONSOLE},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        **{
            name: {"level": env.str("LOG_LEVEL", default="INFO")}
            for name in ("crisisdesk", "inbox", "responses")
        },
        # The web server brings formats of its own.
        **({"uvicorn": _WEB_SERVER} if LOG_FORMAT == "json" else {}),
    },
}
