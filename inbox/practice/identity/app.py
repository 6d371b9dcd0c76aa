"""The place as one ASGI application: the page, the tokens, what mail servers ask, the control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from inbox.practice.faults import BadRule, FaultMiddleware, Faults, Rule
from inbox.practice.identity.grants import Grants, OAuthError
from inbox.practice.local import LocalOnly, is_loopback
from inbox.practice.markup import Html, document, fill, kept

NAME = "Sign-in"
STYLE = (Path(__file__).parents[1] / "style.css").read_text(encoding="utf-8")
CLIENTS = {"practice-client": "practice-secret"}
FORM_TARGETS = (
    "'self' http://127.0.0.1:* http://localhost:* https://127.0.0.1:* https://localhost:*"
)
POLICY = f"default-src 'none'; style-src 'self'; img-src data:; form-action {FORM_TARGETS}"
FORM = """
<h1>Let <b>{client}</b> into a practice mailbox?</h1>
<p class="quiet">It asks for: {scopes}</p>
<form method="post" action="/authorize" class="stack">
{hidden}
<fieldset><legend>Whose</legend>{choices}</fieldset>
<p class="row"><button name="answer" value="allow" class="main">Allow</button>
<button name="answer" value="deny">Deny</button></p>
</form>
"""
CHOICE = """<label class="line"><input type="radio" name="address" value="{address}"{checked}>
 <b>{address}</b></label>"""
KEPT = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge",
        "code_challenge_method")  # fmt: skip


@dataclass
class Network:
    """addresses: the mailboxes that somebody may sign in to."""

    addresses: list[str]
    grants: Grants = field(default_factory=lambda: Grants(CLIENTS))
    faults: Faults = field(default_factory=Faults)


def make_app(addresses: list[str]) -> Starlette:
    """Return the application; it keeps everything in memory."""
    network = Network(addresses)
    app = Starlette(
        routes=[*_doors(network), *_control(network)],
        middleware=[
            Middleware(LocalOnly),
            Middleware(
                FaultMiddleware, faults=network.faults, prefixes=("/token",), refusal=_refusal
            ),
        ],
    )
    app.state.network = network
    return app


def _doors(network: Network) -> list[Route]:
    async def ask(request: Request) -> Response:
        query = request.query_params
        return _sorry(network, query) or _page(network, query)

    async def decide(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if sorry := _sorry(network, form):
            return sorry
        if form.get("answer") != "allow" or form.get("address") not in network.addresses:
            return _back(form, error="access_denied")
        return _back(form, code=network.grants.allow(form["address"], form))

    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        try:
            answer = network.grants.token(form)
        except OAuthError as error:
            words = {"error": error.error, "error_description": str(error)}
            return JSONResponse(words, error.status)
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    async def introspect(request: Request) -> Response:
        """What a mail server wants to know of a token: https://www.rfc-editor.org/rfc/rfc7662"""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        holder = network.grants.holder(token)
        if not holder:
            return JSONResponse({"active": False, "error": "invalid_token"}, 401)
        return JSONResponse({"active": True, "email": holder})

    async def style(request: Request) -> Response:
        return Response(STYLE, media_type="text/css")

    return [
        Route("/style.css", style),
        Route("/authorize", ask, methods=["GET"]),
        Route("/authorize", decide, methods=["POST"]),
        Route("/token", token, methods=["POST"]),
        Route("/introspect", introspect),
    ]


def _control(network: Network) -> list[Route]:
    async def faults(request: Request) -> Response:
        try:
            network.faults.set_rules((await request.json()).get("rules", []))
        except BadRule as error:
            return JSONResponse({"error": str(error)}, 422)
        return JSONResponse(network.faults.as_json())

    async def revoke(request: Request) -> Response:
        network.grants.revoke(refresh_too=(await request.json()).get("refresh_too", True))
        return JSONResponse({})

    return [
        Route("/practice/faults", faults, methods=["PUT"]),
        Route("/practice/revoke", revoke, methods=["POST"]),
    ]


def _sorry(network: Network, query: Mapping[str, str]) -> Response | None:
    """Return a page that says what is wrong with a request, None if nothing is."""
    wrong = {
        "The app is not known here.": query.get("client_id") not in network.grants.clients,
        "redirect_uri must be of this machine.": not is_loopback(query.get("redirect_uri", "")),
        "response_type must be code.": query.get("response_type") != "code",
        "A code_challenge by S256 is needed.": query.get("code_challenge_method") != "S256",
        "scope and state are needed.": not (query.get("scope") and query.get("state")),
    }
    reasons = [reason for reason, is_wrong in wrong.items() if is_wrong]
    if not reasons:
        return None
    return _document(fill("<h1>This sign-in cannot go on</h1><p>{why}</p>", why=reasons[0]), 400)


def _page(network: Network, query: Mapping[str, str]) -> Response:
    choices = [
        fill(CHOICE, address=address, checked=Html("" if at else " checked"))
        for at, address in enumerate(network.addresses)
    ]
    body = fill(
        FORM,
        client=query["client_id"],
        scopes=query["scope"],
        hidden=kept(query, KEPT),
        choices=Html("".join(choices)),
    )
    return _document(body)


def _document(body: Html, status: int = 200) -> Response:
    page = document("Sign in", body, network=NAME, has_site=False)
    return HTMLResponse(page, status, headers={"content-security-policy": POLICY})


def _back(form: Mapping[str, str], **answer: str) -> Response:
    address = form["redirect_uri"]
    joint = "&" if urlsplit(address).query else "?"
    return RedirectResponse(address + joint + urlencode({**answer, "state": form["state"]}), 303)


def _refusal(rule: Rule) -> Response:
    return JSONResponse({"error": "temporarily_unavailable"}, rule.status)
