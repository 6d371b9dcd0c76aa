"""The product's database, and otherwise what `startproject` gives."""

from __future__ import annotations

from crisisdesk.settings import *  # noqa: F403

INSTALLED_APPS = [
    "inbox",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
LOGIN_URL = "/"
ROOT_URLCONF = "tests.bench.floor.urls"
MIDDLEWARE = [
    "tests.bench.counting.count",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
