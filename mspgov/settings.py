"""All settings, read once and strictly from the environment; without any, a desk installation on embedded servers."""

import os
import re
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

from psycopg2.extensions import parse_dsn

from mspgov import embedded, environment
from mspgov.schedule import BEAT

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
environment.check_known()

HOME = Path(environment.text("MSPGOV_HOME", str(BASE_DIR / (".mspgov/tests" if TESTING else ".mspgov"))))
EMBEDDED = not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))
DEBUG = environment.flag("MSPGOV_DEBUG", default=False)
VERSION = re.findall(r"^## (\d+\.\d+\.\d+)", (BASE_DIR / "CHANGELOG.md").read_text(), re.MULTILINE)[0]
PORT = int(environment.text("MSPGOV_PORT", "8000"))


def secret_key() -> str:
    """From the environment, or on a desk a random one that the home keeps."""
    if not EMBEDDED or "MSPGOV_SECRET_KEY" in os.environ or "MSPGOV_SECRET_KEY_FILE" in os.environ:
        return environment.text("MSPGOV_SECRET_KEY")
    HOME.mkdir(parents=True, exist_ok=True)
    with embedded.only_one(HOME / ".lock"):
        file = HOME / "secret_key"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(48))
        return file.read_text()


def database(role: str, variable: str) -> dict[str, object]:
    url = (
        embedded.place(HOME).database_url(f"mspgov_{role}")
        if EMBEDDED
        else environment.text(variable, "" if role != "app" else None)
    )
    dsn = parse_dsn(url) if url else {}
    options = {k: v for k, v in dsn.items() if k not in {"dbname", "user", "password", "host", "port"}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": dsn.get("dbname", "mspgov"),
        "USER": dsn.get("user", ""),
        "PASSWORD": dsn.get("password", ""),
        "HOST": dsn.get("host", ""),
        "PORT": dsn.get("port", ""),
        "CONN_MAX_AGE": 60 if role == "app" else 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"keepalives_idle": 30, **options},
        "ABSENT": not url,
    }


SECRET_KEY = secret_key()
DATABASES = {
    "default": database("app", "DATABASE_URL"),
    "owner": database("owner", "DATABASE_OWNER_URL"),
    "system": database("system", "DATABASE_SYSTEM_URL"),
    "backup": database("backup", "DATABASE_BACKUP_URL"),
}
REDIS_URL = environment.text("REDIS_URL", embedded.place(HOME).redis_url if EMBEDDED else None)
if TESTING and "?" not in REDIS_URL:  # test processes share a server, so each has a database of its own
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    REDIS_URL += f"?db={int(worker) + 1 if worker.isdigit() else 8 + os.getpid() % 8}"

ALLOWED_HOSTS = environment.words("MSPGOV_ALLOWED_HOSTS", "localhost 127.0.0.1 [::1] testserver" if EMBEDDED else "")
CSRF_TRUSTED_ORIGINS = environment.words("MSPGOV_TRUSTED_ORIGINS")
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "simple_history",
    "mspgov.tenancy",
    "mspgov.records",
    "mspgov.mail",
    "mspgov.jobs",
    "mspgov.web",
    "mspgov.documents",
    "mspgov.obligations",
    "mspgov.desk",
    "engagements",
    "contracts",
    "itsm",
    "costs",
    "governance",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "mspgov.tenancy.sessions.SeenMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mspgov.tenancy.middleware.TenantMiddleware",
    "mspgov.web.doors.DoorMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
ROOT_URLCONF = "mspgov.urls"
WSGI_APPLICATION = "mspgov.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "mspgov.web.templates.QuietTemplates"
        if DEBUG or TESTING
        else "django.template.backends.django.DjangoTemplates",
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "mspgov.web.frame.frame",
            ],
        },
    }
]

AUTH_USER_MODEL = "tenancy.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "mspgov.tenancy.sign_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "mspgov.tenancy.reset_links.ResetLinks"  # noqa: S105
ACCOUNT_EMAIL_SUBJECT_PREFIX = "mspgov: "
PASSWORD_RESET_TIMEOUT = 3600
FILTERS_EMPTY_CHOICE_LABEL = "All"
MFA_ADAPTER = "mspgov.tenancy.sign_in.SecondFactor"
MFA_TOTP_ISSUER = "mspgov"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True  # whoever has an account was invited at the address or entered by the operator
FAILED_SIGN_INS = environment.whole("MSPGOV_FAILED_SIGN_INS", 5)
ACCOUNT_RATE_LIMITS = (
    False
    if TESTING
    else {"login_failed": f"{4 * FAILED_SIGN_INS}/5m/ip,{FAILED_SIGN_INS}/5m/key", "reset_password": "20/m/ip,5/m/key"}
)

SESSION_ENGINE = "mspgov.tenancy.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if environment.flag("MSPGOV_HTTPS", default=False):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = not STATIC_ROOT.is_dir()  # without collected files they are served from where they lie
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20

POST = environment.post("EMAIL_URL", HOME / "mail")
EMAIL_BACKEND, EMAIL_FILE_PATH, EMAIL_HOST, EMAIL_PORT = POST.backend, POST.folder, POST.host, POST.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = POST.user, POST.password
EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = POST.use_tls, POST.use_ssl, 20
ADDRESS = environment.text("MSPGOV_ADDRESS", f"http://localhost:{PORT}").rstrip("/")
MAIL_DOMAIN = urlsplit(ADDRESS).hostname or "localhost"
DEFAULT_FROM_EMAIL = environment.text("MSPGOV_EMAIL_FROM", "mspgov@localhost")
CACHES = {"default": {"BACKEND": "mspgov.open_cache.OpenCache", "LOCATION": REDIS_URL}}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_BEAT_SCHEDULE = BEAT
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 15,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
}

API_READS_A_MINUTE = environment.whole("MSPGOV_API_READS_A_MINUTE", 0 if TESTING else 6000)
API_WRITES_A_MINUTE = environment.whole("MSPGOV_API_WRITES_A_MINUTE", 0 if TESTING else 1200)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["mspgov.web.api_sign_in.Signed"],
    "DEFAULT_PERMISSION_CLASSES": ["mspgov.web.api_permission.May"],
    "DEFAULT_THROTTLE_CLASSES": ["mspgov.web.api_throttles.Steady"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "mspgov.web.api_pages.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "mspgov.web.api_problems.problem",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "mspgov",
    "DESCRIPTION": "Governs managed service providers through the whole life of an engagement.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/o/[^/]+/api/v1",
}
SILENCED_SYSTEM_CHECKS = ["fields.W342"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"mspgov": {"level": "INFO"}},
}
