"""Connecting a channel on the practice network without a browser, for the demo and for replays."""

from __future__ import annotations

import http.client
import json
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from inbox.errors import ConnectFailed
from inbox.models import Channel, User
from inbox.operations.connecting import finish_sign_in
from inbox.operations.signing_in import begin_sign_in

NETWORK = "x"
# Nobody listens here: the answer is read off the redirection instead of being followed.
REDIRECT_URI = "http://127.0.0.1/practice-sign-in"


def connect_practice_channel(*, handle: str, by: User | None) -> Channel:
    """Connect the practice account `handle`, made if it is missing, by the real sign-in.

    Raises ConnectFailed if the practice network is not running or does not let us in.
    """
    if not settings.PRACTICE_NETWORK:
        raise ConnectFailed(_("There is no practice network in this run."))
    handle = handle.removeprefix("@")
    base = settings.NETWORKS[NETWORK]["api_url"]
    body = json.dumps({"handle": handle})
    _post(f"{base}/practice/users", body, "application/json")
    sign_in = begin_sign_in(network=NETWORK, by=by, redirect_uri=REDIRECT_URI)
    address, _mark, query = sign_in.url.partition("?")
    form = {**dict(parse_qsl(query)), "handle": handle, "answer": "allow"}
    location = _post(address, urlencode(form), "application/x-www-form-urlencoded")
    answer = parse_qs(urlsplit(location).query)
    if answer.get("state") != [sign_in.state] or "code" not in answer:
        raise ConnectFailed(
            _("The practice network did not let @%(handle)s in.") % {"handle": handle}
        )
    return finish_sign_in(
        network=NETWORK,
        code=answer["code"][0],
        code_verifier=sign_in.code_verifier,
        redirect_uri=REDIRECT_URI,
        by=by,
    )


def play_story(*, name: str, handle: str) -> None:
    """Ask the practice network to play story `name` to `handle`, on from where it ended.

    Raises ConnectFailed if the practice network is not running or has no such story.
    """
    body = json.dumps({"name": name, "as": handle, "speed": 1})
    base = settings.NETWORKS[NETWORK]["api_url"]
    _post(f"{base}/practice/scenario", body, "application/json")


def _post(url: str, body: str, kind: str) -> str:
    """Post to the practice network as a browser would; return where it sends us, if anywhere."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=settings.NETWORK_TIMEOUT)
    try:
        connection.request("POST", parts.path, body, {"Content-Type": kind})
        answer = connection.getresponse()
        if answer.status >= 400:
            raise ConnectFailed(
                _("The practice network answered %(status)s.") % {"status": answer.status}
            )
        return answer.getheader("Location", "")
    except OSError as error:
        raise ConnectFailed(
            _("The practice network at %(host)s does not answer.") % {"host": parts.netloc}
        ) from error
    finally:
        connection.close()
