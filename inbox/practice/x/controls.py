"""The page /practice, where people set faults, post as somebody and start a scenario."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from inbox.practice import faults
from inbox.practice.markup import POLICY, Html, document, fill
from inbox.practice.x import control, mail, scenario
from inbox.practice.x.api import NAME, Network
from inbox.practice.x.signin import read_form

PAGE = """
<h1>Controls of the practice network</h1>
{problem}
<h2>Faults in force</h2>
{rules}
<form method="post" class="panel">
<div class="row">
<label>What<br><select name="kind">{kinds}</select></label>
<label>Method<br><select name="method"><option value="">any</option><option>GET</option>
<option>POST</option><option>PUT</option><option>DELETE</option></select></label>
<label>Path begins with<br><input name="path" value="/2/" size="18"></label>
<label>Every n-th<br><input name="every" type="number" min="1" value="1"></label>
<label>At most (0: no end)<br><input name="times" type="number" min="0" value="0"></label>
<label>Seconds<br><input name="seconds" type="number" min="0" step="0.1" value="0"></label>
<label>Status<br><input name="status" type="number" min="400" max="599" value="500"></label>
<label class="line"><input type="checkbox" name="after_accept" value="1"> carry out first</label>
</div>
<button class="main" name="do" value="add_rule">Add fault</button>
</form>
<form method="post" class="row">
<button name="do" value="reset">Remove all faults</button>
<button name="do" value="expire_tokens">Expire access tokens</button>
<button name="do" value="revoke_tokens">Revoke all tokens</button>
<button name="do" value="self_serve">{self_serve}</button>
</form>
<h2>Play a scenario</h2>
{playing}
<form method="post" action="/practice/scenario" class="panel">
<div class="row"><label>Scenario<br><select name="name">{scenarios}</select></label>
<label>As the brand<br><input name="as" required maxlength="16" value="{brand}"></label>
<label>Speed<br><input name="speed" type="number" min="0.1" step="any" value="1"></label></div>
<button class="main">Play, or go on</button>
</form>
<h2 id="post">Post as somebody</h2>
<form method="post" class="panel">
<div class="row"><label>Author<br><input name="author" required maxlength="16"></label>
<label>In reply to (id)<br><input name="in_reply_to" inputmode="numeric"
 value="{in_reply_to}"></label>
<label>Followers<br><input name="followers" type="number" min="0"></label></div>
<label>Text<br><textarea name="text" rows="3" required></textarea></label>
<button class="main" name="do" value="post">Post</button>
</form>
<h2>Write a private message</h2>
<form method="post" class="panel">
<div class="row"><label>From<br><input name="sender" required maxlength="16"></label>
<label>To<br><input name="recipient" required maxlength="16"></label></div>
<label>Text<br><textarea name="text" rows="2" required></textarea></label>
<button class="main" name="do" value="message">Send</button>
</form>
"""
RULE = """<tr><td>{kind}</td><td>{method}</td><td>{path}</td><td>{every}</td><td>{detail}</td>
<td>{hits} of {seen}</td></tr>"""
TABLE = """<div class="scroll"><table><thead><tr><th>What</th><th>Method</th><th>Path</th>
<th>Every</th><th>How</th><th>Hit</th></tr></thead><tbody>{rows}</tbody></table></div>"""


PLAYED = ("name", "done", "steps")


def routes(network: Network) -> list[Route]:
    async def show(request: Request) -> Response:
        return _page(network, in_reply_to=request.query_params.get("in_reply_to", ""))

    async def intent(request: Request) -> Response:
        """Where other sites send people who want to answer; here nobody is signed in."""
        asked = request.query_params.get("in_reply_to", "")
        return RedirectResponse(f"/practice?{urlencode({'in_reply_to': asked})}#post", 302)

    async def act(request: Request) -> Response:
        form = await read_form(request)
        try:
            _act(network, form)
        except (control.Refused, mail.NotPossible, ValueError, TypeError, KeyError) as exc:
            return _page(network, str(exc))
        return RedirectResponse("/practice", 303)

    return [
        Route("/intent/post", intent, methods=["GET"]),
        Route("/practice", show, methods=["GET"]),
        Route("/practice", act, methods=["POST"]),
    ]


def _act(network: Network, form: dict[str, str]) -> None:
    what = form.pop("do", "")
    filled: dict[str, Any] = {key: value for key, value in form.items() if value}
    if what == "add_rule":
        rules = network.faults.as_json()["rules"]
        control.put_faults(network, {"rules": [*rules, _rule(filled)]})
    elif what == "reset":
        control.put_faults(network, {"rules": []})
    elif what in ("expire_tokens", "revoke_tokens"):
        control.put_faults(network, {what: True})
    elif what == "self_serve":
        control.put_faults(network, {what: not network.faults.is_on("self_serve")})
    elif what == "post":
        if "followers" in filled:
            filled["followers"] = int(filled["followers"])
        control.make_post(network, filled)
    elif what == "message":
        control.make_message(network, filled)
    else:
        raise control.Refused(f"there is no action {what!r}")


def _rule(form: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": form["kind"],
        "method": form.get("method", ""),
        "path": form.get("path", ""),
        "every": int(form.get("every", 1)),
        "times": int(form.get("times", 0)),
        "seconds": float(form.get("seconds", 0)),
        "status": int(form.get("status", 500)),
        "after_accept": bool(form.get("after_accept")),
    }


def _page(network: Network, problem: str = "", *, in_reply_to: str = "") -> Response:
    status = scenario.status(network.store)
    kinds = [
        fill('<option value="{kind}">{kind}: {words}</option>', kind=kind, words=words)
        for kind, words in faults.KINDS.items()
    ]
    body = fill(
        PAGE,
        problem=fill('<p class="problem" role="alert">{text}</p>', text=problem) if problem else "",
        rules=_rules(network.faults.rules),
        kinds=Html("".join(kinds)),
        playing=_playing(status),
        scenarios=Html(
            "".join(fill("<option>{name}</option>", name=name) for name in scenario.names())
        ),
        brand=status.get("as", ""),
        in_reply_to=in_reply_to,
        self_serve="Rules for large customers"
        if network.faults.is_on("self_serve")
        else "Self-serve rules",
    )
    return HTMLResponse(
        document("Controls", body, network=NAME),
        422 if problem else 200,
        headers={"content-security-policy": POLICY},
    )


def _playing(status: dict[str, Any]) -> Html:
    if not status:
        return Html('<p class="quiet">Nothing has been played yet.</p>')
    words = '<p class="quiet">{name} as @{brand}: {done} of {steps} steps{end}.</p>'
    end = ", finished" if status["finished"] else ""
    return fill(words, brand=status["as"], end=end, **{k: status[k] for k in PLAYED})


def _rules(rules: list[faults.Rule]) -> Html:
    if not rules:
        return Html('<p class="quiet">None: the network is well.</p>')
    rows = [
        fill(
            RULE,
            kind=rule.kind,
            method=rule.method or "any",
            path=rule.path or "any",
            every=rule.every,
            detail=_detail(rule),
            hits=rule.hits,
            seen=rule.seen,
        )
        for rule in rules
    ]
    return fill(TABLE, rows=Html("".join(rows)))


def _detail(rule: faults.Rule) -> str:
    if rule.kind == "delay":
        return f"{rule.seconds:g} s"
    if rule.kind == "status":
        return f"{rule.status}{' after acceptance' if rule.after_accept else ''}"
    return ""
