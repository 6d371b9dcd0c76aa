"""The sign-in page and the token endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from inbox.practice.markup import Html, document, fill, kept
from inbox.practice.x import oauth, users
from inbox.practice.x.api import NAME, Network

FORM = """
<h1>Let <b>{client}</b> use a practice account?</h1>
<p class="quiet">It asks for: {scopes}</p>
<form method="post" action="/i/oauth2/authorize" class="stack">
{hidden}
<fieldset><legend>Sign in as</legend>{choices}
<label class="line"><input type="radio" name="handle" value=""{none}> another account: <span>@<input
 name="other" size="16" maxlength="15" pattern="[A-Za-z0-9_]+" aria-label="Handle"></span></label>
</fieldset>
<p class="row"><button name="answer" value="allow" class="main">Allow</button>
<button name="answer" value="deny">Deny</button></p>
</form>
"""
CHOICE = """<label class="line"><input type="radio" name="handle" value="{handle}"{checked}>
 <b>{name}</b> <span class="quiet">@{handle}</span></label>"""
KEPT = (
    *("response_type", "client_id", "redirect_uri", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)
MAX_CHOICES = 30
# A browser checks form-action for the redirect that follows a form, too.
FORM_TARGETS = (
    "'self' http://127.0.0.1:* http://localhost:* https://127.0.0.1:* https://localhost:*"
)


def routes(network: Network) -> list[Route]:
    async def ask(request: Request) -> Response:
        return _page(network, dict(request.query_params))

    async def decide(request: Request) -> Response:
        form = await read_form(request)
        return _decide(network, form)

    async def token(request: Request) -> Response:
        form = await read_form(request)
        try:
            answer = oauth.exchange(
                network.store, network.clients, request.headers.get("authorization", ""), form
            )
        except oauth.OAuthError as exc:
            return JSONResponse(exc.as_json(), exc.status)
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    async def revoke(request: Request) -> Response:
        form = await read_form(request)
        try:
            oauth.check_client(network.clients, request.headers.get("authorization", ""), form)
        except oauth.OAuthError as exc:
            return JSONResponse(exc.as_json(), exc.status)
        oauth.revoke(network.store, form.get("token", ""))
        return JSONResponse({"revoked": True})

    return [
        Route("/i/oauth2/authorize", ask, methods=["GET"]),
        Route("/i/oauth2/authorize", decide, methods=["POST"]),
        Route("/2/oauth2/token", token, methods=["POST"]),
        Route("/2/oauth2/revoke", revoke, methods=["POST"]),
    ]


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form; of a repeated field the last."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _page(network: Network, query: Mapping[str, str], note: str = "") -> Response:
    try:
        oauth.check_authorize(network.clients, query)
    except oauth.OAuthError as exc:
        return _sorry(str(exc))
    rows = network.store.rows(
        "SELECT * FROM users WHERE can_sign_in = 1 ORDER BY handle_key LIMIT ?", MAX_CHOICES
    )
    choices = [
        fill(CHOICE, handle=row["handle"], name=row["name"], checked=_checked(index == 0))
        for index, row in enumerate(rows)
    ]
    body = fill(
        FORM,
        client=query["client_id"],
        scopes=query["scope"],
        hidden=kept(query, KEPT),
        choices=Html("".join(choices)),
        none=_checked(not rows),
    )
    problem = fill('<p class="problem" role="alert">{note}</p>', note=note) if note else Html("")
    return HTMLResponse(
        document("Sign in", Html(problem + body), network=NAME),
        headers={"content-security-policy": _policy(), "cache-control": "no-store"},
    )


def _decide(network: Network, form: Mapping[str, str]) -> Response:
    try:
        oauth.check_authorize(network.clients, form)
    except oauth.OAuthError as exc:
        return _sorry(str(exc))
    if form.get("answer") != "allow":
        return RedirectResponse(oauth.deny(form), 303)
    user = users.by_handle(network.store, form.get("handle") or form.get("other", ""))
    if user is None:
        return _page(network, form, "There is no such account on the practice network.")
    return RedirectResponse(oauth.allow(network.store, user, form), 303)


def _sorry(reason: str) -> Response:
    body = fill("<h1>This sign-in cannot go on</h1><p>{reason}</p>", reason=reason)
    return HTMLResponse(document("Sign in", body, network=NAME), 400)


def _checked(is_checked: bool) -> Html:
    return Html(" checked" if is_checked else "")


def _policy() -> str:
    return f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {FORM_TARGETS}"
