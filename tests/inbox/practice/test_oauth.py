from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import time_machine

from inbox.practice.x.oauth import ALL_SCOPES
from tests.inbox.practice.server import CLIENT_ID, CLIENT_SECRET, Practice

REDIRECT = "http://127.0.0.1:9999/channels/callback/?from=x"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-in-all"
APP = (CLIENT_ID, CLIENT_SECRET)


def challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def request(**changes: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "scope": ALL_SCOPES,
        "state": "st&te",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
    } | changes


def sign_in(practice: Practice, answer: str = "allow", **form: str) -> dict[str, list[str]]:
    """Send the sign-in form; return what comes back to the redirect address."""
    body = {**request(), "handle": "brand", "answer": answer, **form}
    found = practice.http.post("/i/oauth2/authorize", data=body)
    assert found.status_code == 303, found.text
    parts = urlsplit(found.headers["location"])
    assert found.headers["location"].startswith(REDIRECT)
    return parse_qs(parts.query)


def exchange(practice: Practice, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    } | changes
    return practice.http.post("/2/oauth2/token", data=form, auth=APP)


def refresh(practice: Practice, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return practice.http.post("/2/oauth2/token", data=form, auth=APP)


def tokens(practice: Practice) -> dict[str, Any]:
    practice.user("brand")
    answer = exchange(practice, sign_in(practice)["code"][0])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def whoami(practice: Practice, token: str) -> httpx.Response:
    return practice.http.get("/2/users/me", headers={"authorization": f"Bearer {token}"})


def test_the_page_offers_the_practice_accounts(practice: Practice) -> None:
    practice.user("brand", name="<Brand>")
    practice.post("somebody", "imported people are not offered")
    page = practice.http.get("/i/oauth2/authorize", params=request())
    assert page.status_code == 200
    assert 'value="brand"' in page.text
    assert "&lt;Brand&gt;" in page.text
    assert "somebody" not in page.text
    assert "form-action" in page.headers["content-security-policy"]


def test_a_sign_in_yields_tokens_for_the_chosen_account(practice: Practice) -> None:
    granted = tokens(practice)
    assert granted["token_type"] == "bearer"
    assert granted["expires_in"] == 7200
    assert granted["scope"] == ALL_SCOPES
    assert whoami(practice, granted["access_token"]).json()["data"]["username"] == "brand"


def test_state_comes_back_and_a_denial_brings_no_code(practice: Practice) -> None:
    practice.user("brand")
    assert sign_in(practice)["state"] == ["st&te"]
    assert sign_in(practice, "deny") == {
        "from": ["x"],
        "state": ["st&te"],
        "error": ["access_denied"],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "https://example.com/"},
        {"redirect_uri": "http://127.0.0.1.example.com/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"state": ""},
        {"scope": "everything"},
    ],
)
def test_a_wrong_request_gets_no_form(practice: Practice, change: dict[str, str]) -> None:
    assert practice.http.get("/i/oauth2/authorize", params=request(**change)).status_code == 400
    body = {**request(**change), "handle": "brand", "answer": "allow"}
    assert practice.http.post("/i/oauth2/authorize", data=body).status_code == 400


def test_a_wrong_verifier_spends_the_code(practice: Practice) -> None:
    practice.user("brand")
    code = sign_in(practice)["code"][0]
    answer = exchange(practice, code, code_verifier="wrong")
    assert answer.status_code == 400
    assert "code verifier" in answer.json()["error_description"]
    assert exchange(practice, code).status_code == 400


def test_a_code_works_once_and_for_thirty_seconds(practice: Practice) -> None:
    practice.user("brand")
    code = sign_in(practice)["code"][0]
    assert exchange(practice, code).status_code == 200
    assert exchange(practice, code).json()["error"] == "invalid_request"
    late = sign_in(practice)["code"][0]
    import time

    with time_machine.travel(time.time() + 31):
        assert exchange(practice, late).status_code == 400


def test_a_code_is_bound_to_its_redirect_address(practice: Practice) -> None:
    practice.user("brand")
    code = sign_in(practice)["code"][0]
    assert exchange(practice, code, redirect_uri="http://127.0.0.1/").status_code == 400


def test_a_wrong_secret_is_refused(practice: Practice) -> None:
    practice.user("brand")
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    for auth in ((CLIENT_ID, "wrong"), ("stranger", ""), None):
        answer = practice.http.post("/2/oauth2/token", data=form, auth=auth)
        assert answer.status_code == 401
        assert answer.json()["error"] == "unauthorized_client"


def test_an_app_without_a_secret_names_itself(practice: Practice) -> None:
    practice.user("brand")
    form = {
        "grant_type": "authorization_code",
        "code": sign_in(practice)["code"][0],
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        "client_id": CLIENT_ID,
    }
    assert practice.http.post("/2/oauth2/token", data=form).status_code == 200


def test_refresh_tokens_rotate(practice: Practice) -> None:
    first = tokens(practice)
    second = refresh(practice, first["refresh_token"])
    assert second.status_code == 200
    assert whoami(practice, second.json()["access_token"]).status_code == 200
    assert refresh(practice, first["refresh_token"]).status_code == 400
    assert refresh(practice, second.json()["refresh_token"]).status_code == 200


def test_without_offline_access_there_is_no_refresh_token(practice: Practice) -> None:
    practice.user("brand")
    code = sign_in(practice, scope="tweet.read users.read")["code"][0]
    assert "refresh_token" not in exchange(practice, code).json()


def test_an_access_token_ends_after_two_hours(practice: Practice) -> None:
    granted = tokens(practice)
    import time

    with time_machine.travel(time.time() + 7201):
        assert whoami(practice, granted["access_token"]).status_code == 401
        assert refresh(practice, granted["refresh_token"]).status_code == 200


def test_a_revoked_token_is_dead(practice: Practice) -> None:
    granted = tokens(practice)
    for token in (granted["access_token"], granted["refresh_token"]):
        answer = practice.http.post("/2/oauth2/revoke", data={"token": token}, auth=APP)
        assert answer.json() == {"revoked": True}
    assert whoami(practice, granted["access_token"]).status_code == 401
    assert refresh(practice, granted["refresh_token"]).status_code == 400
