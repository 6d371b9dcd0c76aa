"""The connector against the practice network, over real HTTP."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from inbox.connectors.errors import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TransientError,
    Unsupported,
)
from inbox.connectors.http import Http
from inbox.connectors.types import (
    Capability,
    ChannelCredentials,
    Endpoints,
    FetchPage,
    Media,
    OutboundReply,
    Window,
)
from inbox.connectors.x.client import TWEETS
from inbox.connectors.x.connector import XConnector
from inbox.lib.terms import Terms
from tests.inbox.practice.server import CLIENT_ID, CLIENT_SECRET, Practice, practice
from tests.pictures import make_picture

__all__ = ["practice"]  # a fixture


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(timeout=20, allow_private=True) as client:
        yield client


def make_credentials(network: Practice, **secrets: str) -> ChannelCredentials:
    return ChannelCredentials(
        external_id="",
        handle="codero",
        endpoints=Endpoints(
            api_url=network.url,
            authorize_url=f"{network.url}/i/oauth2/authorize",
            token_url=f"{network.url}/2/oauth2/token",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
        ),
        secrets=secrets,
    )


@pytest.fixture
def x(practice: Practice, http: Http) -> XConnector:
    practice.user("codero", name="Codero", followers=4100)
    tokens = practice.token_for("codero")
    credentials = make_credentials(
        practice, access_token=tokens["access_token"], refresh_token=tokens["refresh_token"]
    )
    return XConnector(replace(credentials, external_id=str(tokens["user_id"])), http)


def make_reply(to: dict[str, Any] | None, text: str, **fields: Any) -> OutboundReply:
    values: dict[str, Any] = {
        "idempotency_key": "k",
        "text": text,
        "in_reply_to": to["id"] if to else "",
        "recipient_external_id": "",
        "is_private": False,
        "started_at": datetime.now(UTC),
    }
    return OutboundReply(**values | fields)


def walk(x: XConnector, stream: str, after: str | None = None) -> list[FetchPage]:
    pages = [x.fetch_page(stream, Window(after=after))]
    while before := pages[-1].next_before:
        pages.append(x.fetch_page(stream, Window(after=after, before=before)))
        assert len(pages) < 60
    return pages


def texts(pages: list[FetchPage]) -> list[str]:
    return [message.text for page in pages for message in page.messages]


# -- sign-in -----------------------------------------------------------------------------------
def test_the_account_is_known(x: XConnector) -> None:
    account = x.verify_credentials()
    assert account.external_id == x.credentials.external_id
    assert (account.handle, account.name, account.followers) == ("codero", "Codero", 4100)


def test_a_renewed_sign_in_works_and_the_old_one_is_dead(
    practice: Practice, x: XConnector, http: Http
) -> None:
    tokens = x.refresh()
    renewed = XConnector(replace(x.credentials, secrets=tokens.secrets), http)
    assert renewed.verify_credentials().handle == "codero"
    with pytest.raises(AuthExpired):
        x.refresh()


def test_an_expired_token_needs_a_renewal(practice: Practice, x: XConnector) -> None:
    practice.faults(expire_tokens=True)
    with pytest.raises(AuthExpired):
        x.fetch_page("mentions", Window())
    assert x.refresh().secrets["access_token"]


def test_a_person_can_sign_in(practice: Practice, http: Http) -> None:
    practice.user("codero")
    x = XConnector(make_credentials(practice), http)
    verifier = "v" * 64
    digest = hashlib.sha256(verifier.encode()).digest()
    back = "http://127.0.0.1:8139/back"
    url = x.authorize_url(
        redirect_uri=back,
        state="st",
        code_challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    )
    code = _click_through(url)
    tokens = x.exchange_code(code=code, redirect_uri=back, code_verifier=verifier)
    signed_in = XConnector(replace(x.credentials, secrets=tokens.secrets), http)
    assert signed_in.verify_credentials().handle == "codero"
    with pytest.raises((Rejected, AuthExpired)):
        x.exchange_code(code=code, redirect_uri=back, code_verifier=verifier)


def _click_through(url: str) -> str:
    """Allow the app on the network's own page, as @codero, and return the code."""
    query = dict(httpx.URL(url).params)
    with httpx.Client(trust_env=False) as browser:
        assert "codero" in browser.get(url).text
        form = query | {"handle": "codero", "answer": "allow"}
        answer = browser.post(url.split("?")[0], data=form)
    assert answer.is_redirect, answer.text
    back = httpx.URL(answer.headers["location"]).params
    assert back["state"] == query["state"]
    return back["code"]


# -- reading -----------------------------------------------------------------------------------
def test_mentions_arrive_with_their_thread(practice: Practice, x: XConnector) -> None:
    post = practice.post("rina", "@codero my site & shop are down", followers=128000)
    answer = practice.post("tom", "@rina @codero mine too", in_reply_to=post["id"])
    (page,) = walk(x, "mentions")
    second, first = page.messages
    assert first.external_id == post["id"]
    assert first.text == "@codero my site & shop are down"
    assert first.author.handle == "rina"
    assert first.author.followers == 128000
    assert (second.in_reply_to, second.thread_external_id) == (post["id"], post["id"])
    assert not second.is_reply_to_us
    assert page.newest == answer["id"]
    assert page.problems == ()


def test_2000_mentions_arrive_once_each(practice: Practice, x: XConnector) -> None:
    posts = [
        {
            "key": f"k{number}",
            "author": f"person{number % 50}",
            "text": f"@codero no {number}",
            "created_at": "2015-02-20T10:00:00Z",
        }
        for number in range(2000)
    ]
    practice.import_posts(posts)
    pages = walk(x, "mentions")
    assert sorted(texts(pages)) == sorted(str(post["text"]) for post in posts)
    assert walk(x, "mentions", after=pages[0].newest) == [FetchPage((), None, None)]


def test_repeated_items_do_not_lead_astray(practice: Practice, x: XConnector) -> None:
    for number in range(250):
        practice.post("rina", f"@codero {number}")
    practice.faults({"kind": "duplicates"})
    assert set(texts(walk(x, "mentions"))) == {f"@codero {number}" for number in range(250)}


def test_a_gap_is_filled_while_new_posts_arrive(practice: Practice, x: XConnector) -> None:
    for number in range(150):
        practice.post("rina", f"@codero {number}")
    head = x.fetch_page("mentions", Window())
    practice.post("rina", "@codero the newest")
    rest = x.fetch_page("mentions", Window(before=head.next_before))
    newest = x.fetch_page("mentions", Window(after=head.newest))
    assert len(texts([head, rest, newest])) == len(set(texts([head, rest, newest]))) == 151


def test_an_edit_comes_as_a_new_version(practice: Practice, x: XConnector) -> None:
    post = practice.post("rina", "@codero is down")
    before = x.fetch_page("mentions", Window())
    practice.edit(post["id"], "@codero is down again")
    (after,) = x.fetch_page("mentions", Window(after=before.newest)).messages
    assert after.external_id == post["id"]
    assert after.version_id != post["id"]
    found = x.lookup([post["id"]])[post["id"]]
    assert found is not None
    assert (found.text, found.version_id) == ("@codero is down again", after.version_id)


def test_a_deleted_post_is_gone(practice: Practice, x: XConnector) -> None:
    gone, there = practice.post("rina", "@codero a"), practice.post("rina", "@codero b")
    practice.delete(gone["id"])
    found = x.lookup([gone["id"], there["id"]])
    assert found[gone["id"]] is None
    assert found[there["id"]] is not None


def test_our_own_posts_are_ours(practice: Practice, x: XConnector) -> None:
    ours = practice.post("codero", "All systems up.")
    reply = practice.post("rina", "Not mine @codero", in_reply_to=ours["id"])
    (own,) = x.fetch_page("own", Window()).messages
    assert own.is_ours
    (mention,) = x.fetch_page("mentions", Window()).messages
    assert mention.external_id == reply["id"]
    assert mention.is_reply_to_us


def test_the_old_spelling_reads_the_same(practice: Practice, x: XConnector, http: Http) -> None:
    ours = practice.post("codero", "All systems up.")
    practice.post("rina", "Not mine @codero", in_reply_to=ours["id"])
    old = XConnector(x.credentials, http, spelling=TWEETS)
    for stream in ("own", "mentions"):
        new_page, old_page = (each.fetch_page(stream, Window()) for each in (x, old))
        assert [replace(item, raw={}) for item in new_page.messages] == [
            replace(item, raw={}) for item in old_page.messages
        ]


def test_messages_arrive_with_the_other_person(practice: Practice, x: XConnector) -> None:
    for number in range(130):
        practice.message("rina", "codero", f"order {number}")
    practice.message("codero", "rina", "We look into it.")
    pages = walk(x, "direct_messages")
    assert len(texts(pages)) == len(set(texts(pages))) == 131
    newest = pages[0].messages[0]
    assert newest.is_ours
    assert newest.counterpart is not None
    assert newest.counterpart.handle == "rina"
    assert {message.thread_external_id for page in pages for message in page.messages} == {
        newest.counterpart.external_id
    }


# -- writing -----------------------------------------------------------------------------------
def test_a_reply_is_public_once_and_found(practice: Practice, x: XConnector) -> None:
    post = practice.post("rina", "@codero down?")
    reply = make_reply(post, "We are on it & sorry: status.example.com/now 🙏")
    receipt = x.send_reply(reply)
    assert receipt.url == f"{practice.url}/codero/status/{receipt.external_id}"
    assert "We are on it" in practice.page(receipt.url.removeprefix(practice.url))
    found = x.find_sent(reply)
    assert found is not None
    assert (found.external_id, found.url) == (receipt.external_id, receipt.url)


def test_a_time_out_after_accepting_is_found(practice: Practice, x: XConnector) -> None:
    post = practice.post("rina", "@codero down?")
    reply = make_reply(post, "We are on it.")
    practice.faults({"kind": "timeout_after_accept"})
    with Http(timeout=1, allow_private=True) as hasty, pytest.raises(OutcomeUnknown):
        XConnector(x.credentials, hasty).send_reply(reply)
    assert x.find_sent(reply) is not None
    assert len(practice.posts(author="codero")) == 1


@pytest.mark.parametrize(
    ("rule", "is_out"),
    [
        ({"kind": "status", "status": 500, "after_accept": True}, True),
        ({"kind": "status", "status": 503}, False),
        ({"kind": "refuse"}, False),
    ],
)
def test_an_unclear_answer_is_settled_by_looking(
    practice: Practice, x: XConnector, rule: dict[str, Any], is_out: bool
) -> None:
    reply = make_reply(practice.post("rina", "@codero down?"), "We are on it.")
    practice.faults(rule | {"method": "POST"})
    with pytest.raises(OutcomeUnknown):
        x.send_reply(reply)
    practice.faults()
    assert (x.find_sent(reply) is not None) == is_out


def test_the_same_reply_twice_is_still_one(practice: Practice, x: XConnector) -> None:
    reply = make_reply(practice.post("rina", "@codero down?"), "We are on it.")
    first = x.send_reply(reply)
    assert x.send_reply(reply).external_id == first.external_id
    assert len(practice.posts(author="codero")) == 1


def test_a_network_that_is_down_has_certainly_not_accepted(
    practice: Practice, x: XConnector
) -> None:
    reply = make_reply(practice.post("rina", "@codero down?"), "We are on it.")
    practice.stop()
    with pytest.raises(TransientError) as caught:
        x.send_reply(reply)
    assert caught.type is TransientError


def test_too_many_requests_say_how_long_to_wait(practice: Practice, x: XConnector) -> None:
    practice.faults({"kind": "status", "status": 429})
    with pytest.raises(RateLimited) as caught:
        x.fetch_page("mentions", Window())
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 900


def test_answering_without_being_summoned_is_refused(practice: Practice, x: XConnector) -> None:
    post = practice.post("rina", "my host is down")
    practice.faults(self_serve=True)
    with pytest.raises(Rejected, match="mentioned or quoted"):
        x.send_reply(make_reply(post, "We are on it."))


def test_answering_a_deleted_post_is_refused(practice: Practice, x: XConnector) -> None:
    post = practice.post("rina", "@codero down?")
    practice.delete(post["id"])
    with pytest.raises(Rejected):
        x.send_reply(make_reply(post, "We are on it."))


@pytest.mark.parametrize("filler", ["x", "日", "👨‍👩‍👧 ", "see example.com/a ", "é"])
def test_what_we_let_through_the_network_takes(
    practice: Practice, x: XConnector, filler: str
) -> None:
    post = practice.post("rina", "@codero down?")
    text = filler
    while x.measure(make_reply(post, text + filler)).length <= 280:
        text += filler
    x.send_reply(make_reply(post, text.strip()))
    over = text.strip() + " " + "x" * 281
    assert x.check_reply(make_reply(post, over)) != []
    with pytest.raises(Rejected):
        x.send_reply(make_reply(post, over))


def test_a_private_reply_is_found(practice: Practice, x: XConnector) -> None:
    practice.message("rina", "codero", "my order")
    (message,) = x.fetch_page("direct_messages", Window()).messages
    reply = make_reply(
        None,
        "Please tell us your order number & name.",
        is_private=True,
        recipient_external_id=message.author.external_id,
    )
    assert x.find_sent(reply) is None
    receipt = x.send_reply(reply)
    found = x.find_sent(reply)
    assert found is not None
    assert found.external_id == receipt.external_id
    assert [each["text"] for each in practice.messages(sender="codero")] == [reply.text]


def test_acts_on_posts_and_people(practice: Practice, x: XConnector) -> None:
    ours = practice.post("codero", "All systems up.")
    theirs = practice.post("rina", "@codero liar", in_reply_to=ours["id"])
    x.hide(theirs["id"], hidden=True)
    x.hide(theirs["id"], hidden=False)
    x.like(theirs["id"])
    (mention,) = x.fetch_page("mentions", Window()).messages
    x.follow(mention.author.external_id)
    x.delete(ours["id"])
    assert x.lookup([ours["id"]]) == {ours["id"]: None}


def test_an_older_reply_is_not_taken_for_this_one(practice: Practice, x: XConnector) -> None:
    reply = make_reply(practice.post("rina", "@codero down?"), "We are on it.")
    x.send_reply(reply)
    later = replace(reply, started_at=datetime.now(UTC) + timedelta(minutes=5))
    assert x.find_sent(later) is None


def test_many_threads_send_through_one_door(practice: Practice, x: XConnector) -> None:
    posts = [practice.post("rina", f"@codero {number}") for number in range(20)]
    replies = [make_reply(post, f"Answer {index}.") for index, post in enumerate(posts)]
    threads = [threading.Thread(target=x.send_reply, args=(reply,)) for reply in replies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(practice.posts(author="codero")) == 20


def test_a_search_reads_what_anybody_says_and_only_what_is_new(
    practice: Practice, x: XConnector
) -> None:
    (stream,) = x.listening(Terms(words=("toyota",), phrases=("rem blong",), without=("sale",)))
    practice.post("rina", "toyota for sale")
    said = [
        practice.post("eve", text)["id"]
        for text in ("My Toyota will not stop", "rem blong lagi", "an old #toyota")
    ]
    practice.post("budi", "a ford")
    pages = walk(x, stream)
    assert [item.external_id for page in pages for item in page.messages] == said[::-1]
    later = practice.post("eve", "toyota again")["id"]
    again = walk(x, stream, pages[0].newest)
    assert [item.external_id for page in again for item in page.messages] == [later]


def test_a_search_asks_for_no_more_posts_than_are_wanted(practice: Practice, x: XConnector) -> None:
    for number in range(30):
        practice.post("eve", f"toyota {number}")
    (stream,) = x.listening(Terms(words=("toyota",)))
    page = x.fetch_page(stream, Window(most=12))
    assert len(page.messages) == 12
    assert len(x.fetch_page(stream, Window(most=1)).messages) == 10  # X's smallest page
    rest = x.fetch_page(stream, Window(before=page.next_before, most=12))
    assert len(rest.messages) == 12


def test_a_search_for_a_language_speaks_of_it_as_x_does(practice: Practice, x: XConnector) -> None:
    said = practice.post("eve", "toyota mogok", lang="in")["id"]
    practice.post("bob", "toyota stopped", lang="en")
    (stream,) = x.listening(Terms(words=("toyota",), language="id"))
    assert [item.external_id for item in x.fetch_page(stream, Window()).messages] == [said]


def test_a_like_and_a_follow_are_taken_back(practice: Practice, x: XConnector) -> None:
    post = practice.post("rina", "@codero hello")
    x.like(post["id"])
    x.follow(post["author_id"])
    x.take_back(Capability.LIKE, post["id"])
    x.take_back(Capability.FOLLOW, post["author_id"])
    assert practice.posts(author="rina")[0]["likes"] == 0
    with pytest.raises(Unsupported):
        x.take_back(Capability.DELETE, post["id"])


# -- pictures ----------------------------------------------------------------------------------
PICTURE = Media(make_picture(), "image/png", "A dark screen")


def test_a_reply_shows_its_pictures_and_says_what_they_show(
    practice: Practice, x: XConnector
) -> None:
    asked = practice.post("rina", "@codero is it down?")
    reply = make_reply(asked, "We are on it", media=(PICTURE, replace(PICTURE, description="")))
    assert x.check_reply(reply) == []
    receipt = x.send_reply(reply)
    shown = x.lookup([receipt.external_id])[receipt.external_id]
    assert shown is not None
    assert shown.text.endswith(reply.text)
    assert [each.description for each in shown.attachments] == ["A dark screen", ""]
    got = x.fetch_attachment(shown.attachments[0].url, max_bytes=10**7)
    assert got.content == PICTURE.content
    found = x.find_sent(reply)
    assert found is not None
    assert found.external_id == receipt.external_id


def test_a_private_message_carries_one_picture(practice: Practice, x: XConnector) -> None:
    rina = practice.message("rina", "codero", "help")["sender_id"]
    reply = make_reply(
        None, "Like so", is_private=True, recipient_external_id=rina, media=(PICTURE,)
    )
    x.send_reply(reply)
    newest = x.fetch_page("direct_messages", Window()).messages[0]
    assert newest.is_ours
    assert [each.kind for each in newest.attachments] == ["image"]
    (problem,) = x.check_reply(replace(reply, media=(PICTURE, PICTURE)))
    assert problem.code == "too_many_pictures"


def test_a_picture_in_a_private_message_is_got_as_a_participant(
    practice: Practice, x: XConnector
) -> None:
    practice.message("rina", "codero", "look", media=[{"words": "My bill"}])
    (item,) = x.fetch_page("direct_messages", Window()).messages
    (attached,) = item.attachments
    assert httpx.get(attached.url).status_code == 401
    got = x.fetch_attachment(attached.url, max_bytes=10**7)
    assert got.content.startswith(b"\x89PNG")
    stranger = XConnector(make_credentials(practice, **practice.token_for("eve")), x.http)
    with pytest.raises(Rejected):
        stranger.fetch_attachment(attached.url, max_bytes=10**7)


def test_a_sign_in_without_the_right_to_pictures_says_what_to_do(
    practice: Practice, http: Http
) -> None:
    asked = practice.post("rina", "@codero is it down?")
    token = practice.token_for("codero", scope="tweet.read tweet.write users.read")
    old = XConnector(make_credentials(practice, access_token=token["access_token"]), http)
    with pytest.raises(Rejected, match="connect the channel again"):
        old.send_reply(make_reply(asked, "We are on it", media=(PICTURE,)))


def test_a_picture_that_does_not_get_up_publishes_nothing(
    practice: Practice, x: XConnector
) -> None:
    asked = practice.post("rina", "@codero is it down?")
    practice.faults({"kind": "status", "status": 503, "path": "/2/media/upload"})
    with pytest.raises(TransientError):
        x.send_reply(make_reply(asked, "We are on it", media=(PICTURE,)))
    assert practice.posts(author="codero") == []
