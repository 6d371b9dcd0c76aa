"""The container files speak of this repository as it is. They are read here, not run."""

from __future__ import annotations

import base64
import os
import re
from typing import Any

import pytest
from cryptography.fernet import Fernet

from crisisdesk.runner.children import BASE_DIR

yaml = pytest.importorskip("yaml")

DOCKERFILE = (BASE_DIR / "Dockerfile").read_text()
COMPOSE_TEXT = (BASE_DIR / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
EXAMPLE = (BASE_DIR / ".env.example").read_text()
SETTINGS = (BASE_DIR / "crisisdesk" / "settings.py").read_text()
NAMES = set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))
OURS = ("prepare", "web", "events", "worker", "beat", "attend")


def test_all_that_the_image_copies_is_there_and_let_in() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    assert {"manage.py", "crisisdesk", "inbox", "responses", "templates", "static"} < set(copied)
    allowed = (BASE_DIR / ".dockerignore").read_text().splitlines()
    for name in copied:
        assert (BASE_DIR / name).exists()
        assert f"!{name}" in allowed


def test_the_image_runs_as_nobody_special_and_without_build_tools() -> None:
    final = DOCKERFILE.rpartition("FROM ")[2]
    assert final.index("USER desk") < final.index("CMD [")
    assert "pip" not in final
    assert "/healthz" in final


def test_every_variable_is_explained_and_read_somewhere() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE_TEXT))
    assert asked <= NAMES
    for name in NAMES - asked:
        assert f'"{name}"' in SETTINGS, name


def test_no_secret_has_a_default() -> None:
    for name in ("POSTGRES_PASSWORD", "SECRET_KEY", "FIELD_KEYS", "METRICS_TOKEN"):
        assert f"\n{name}=\n" in EXAMPLE + "\n"
        assert f"${{{name}:-" not in COMPOSE_TEXT


def test_every_service_comes_back_and_is_watched() -> None:
    assert set(COMPOSE["services"]) == {*OURS, "db", "redis"}
    for name, service in COMPOSE["services"].items():
        assert service["restart"] == ("no" if name == "prepare" else "unless-stopped")
        if name not in ("web", "events"):  # theirs is the image's own
            assert "healthcheck" in service, name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_no_health_check_leans_on_what_only_one_kind_of_container_sets() -> None:
    for name, service in COMPOSE["services"].items():
        assert "$$HOSTNAME" not in str(service.get("healthcheck")), name


def test_the_image_can_be_read_however_private_the_checkout_was() -> None:
    assert DOCKERFILE.index("chmod -R a+rX .") < DOCKERFILE.index("USER desk")


def test_the_desk_starts_after_the_tables_are_there() -> None:
    for name in OURS[1:]:
        needs = COMPOSE["services"][name]["depends_on"]
        assert needs["prepare"]["condition"] == "service_completed_successfully"
    volumes = {
        volume.split(":")[0] for s in COMPOSE["services"].values() for volume in s["volumes"]
    }
    assert volumes == set(COMPOSE["volumes"])


def test_the_recipe_for_a_key_makes_a_key() -> None:
    recipe = EXAMPLE.partition('-c "import base64, os; print(')[2].partition(')"\n')[0]
    Fernet(eval(recipe, {"base64": base64, "os": os}))
