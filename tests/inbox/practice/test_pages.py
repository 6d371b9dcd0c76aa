from __future__ import annotations

import re

from tests.inbox.practice.conftest import Api
from tests.inbox.practice.server import Practice

EVIL = "<script>alert(1)</script>"


def ids_on(page: str) -> list[str]:
    return re.findall(r'data-post-id="(\d+)"', page)


def test_a_reply_is_on_the_public_pages_once(practice: Practice, brand: Api) -> None:
    question = practice.post("cust", "@brand is down")["id"]
    reply = brand.reply(question, "We are on it").json()["data"]["id"]
    for path in ("/", f"/cust/status/{question}", f"/brand/status/{reply}"):
        page = practice.page(path)
        assert sorted(ids_on(page)) == [question, reply]
        assert page.count("We are on it") == 1
        assert "nothing here leaves this machine" in page
    assert ids_on(practice.page("/brand")) == [reply]
    assert ids_on(practice.page("/cust")) == [question]


def test_everything_people_write_is_escaped(practice: Practice) -> None:
    practice.user("evil", name=EVIL, bio=EVIL)
    post = practice.post("evil", f'{EVIL} " onmouseover="x" @evil https://a.com/?"{EVIL}')["id"]
    for path in ("/", "/evil", f"/evil/status/{post}"):
        page = practice.page(path)
        assert "<script" not in page
        assert 'onmouseover="x"' not in page
        assert "&lt;script&gt;" in page


def test_a_page_runs_no_scripts_and_loads_nothing_from_outside(practice: Practice) -> None:
    practice.post("cust", "see https://example.com")
    answer = practice.http.get("/")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "https://example.com" in answer.text
    assert 'href="https://example.com' not in answer.text
    assert practice.http.get("/style.css").headers["content-type"].startswith("text/css")
    assert practice.http.get("/avatar/cust.svg").headers["content-type"] == "image/svg+xml"


def test_hidden_replies_wait_behind_a_line(practice: Practice, brand: Api) -> None:
    own = practice.post("brand", "News")["id"]
    boo = practice.post("troll", "boo", in_reply_to=own)["id"]
    brand.put(f"/2/tweets/{boo}/hidden", {"hidden": True})
    page = practice.page(f"/brand/status/{own}")
    before, _, behind = page.partition("<details")
    assert "View hidden replies (1)" in behind
    assert boo in ids_on(behind)
    assert boo not in ids_on(before)
    assert ids_on(practice.page("/")) == [own]


def test_deleted_posts_are_gone_and_leave_a_mark_where_answered(
    practice: Practice, brand: Api
) -> None:
    question = practice.post("cust", "@brand is down")["id"]
    brand.reply(question, "We are on it")
    practice.delete(question)
    assert question not in ids_on(practice.page("/"))
    page = practice.page(f"/cust/status/{question}")
    assert "deleted by its author" in page
    assert "is down" not in page
    assert "We are on it" in page


def test_an_old_version_leads_to_the_newest(practice: Practice) -> None:
    first = practice.post("cust", "@brand is slow")["id"]
    second = practice.edit(first, "@brand is down")["id"]
    page = practice.page(f"/cust/status/{first}")
    assert ids_on(page) == [second]
    assert "Edited" in page
    assert "is slow" not in page


def test_replies_stand_below_what_they_answer(practice: Practice) -> None:
    root = practice.post("cust", "one")["id"]
    child = practice.post("other", "two", in_reply_to=root)["id"]
    grandchild = practice.post("cust", "three", in_reply_to=child)["id"]
    assert ids_on(practice.page(f"/cust/status/{root}")) == [root, child, grandchild]
    assert ids_on(practice.page(f"/cust/status/{grandchild}")) == [root, child, grandchild]


def test_likes_are_shown_as_they_are(practice: Practice, brand: Api) -> None:
    post = practice.post("cust", "I like @brand")["id"]
    brand.post(f"/2/users/{brand.id}/likes", {"tweet_id": post})
    assert "1 like" in practice.page("/cust")


def test_what_does_not_exist_is_not_found(practice: Practice) -> None:
    for path in ("/nobody", "/nobody/status/5", f"/nobody/status/{10**30}"):
        assert practice.http.get(path).status_code == 404


def test_long_timelines_go_on_on_the_next_page(practice: Practice) -> None:
    practice.import_posts(
        [{"key": f"{n}", "author": "cust", "text": f"{n}", "created_at": n} for n in range(250)]
    )
    first = practice.page("/")
    older = re.search(r'href="(\?before=\d+)"', first)
    assert older
    second = practice.page("/" + older[1])
    assert len(ids_on(first)) == 200
    assert len(set(ids_on(first) + ids_on(second))) == 250


def test_the_control_page_sets_faults_and_posts(practice: Practice) -> None:
    page = practice.http.post(
        "/practice",
        data={"do": "add_rule", "kind": "status", "status": "429", "path": "/2/", "every": "2"},
        follow_redirects=True,
    )
    assert "429" in page.text
    practice.http.post("/practice", data={"do": "post", "author": "cust", "text": EVIL})
    assert practice.posts()[0]["text"] == EVIL
    practice.http.post(
        "/practice", data={"do": "message", "sender": "a", "recipient": "b", "text": "x"}
    )
    assert practice.messages()[0]["text"] == "x"
    practice.http.post("/practice", data={"do": "reset"})
    assert "None: the network is well" in practice.page("/practice")
    refused = practice.http.post("/practice", data={"do": "post", "author": "a b", "text": "x"})
    assert refused.status_code == 422
    assert "is not a handle" in refused.text


def test_other_sites_cannot_give_orders(practice: Practice) -> None:
    body = {"author": "cust", "text": "forged"}
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}):
        answer = practice.http.post("/practice/post", json=body, headers=headers)
        assert answer.status_code == 403
    assert practice.http.get("/", headers={"host": "evil.example"}).status_code == 403
    assert practice.posts() == []


def test_who_wants_to_answer_by_hand_finds_the_form_filled_in(practice: Practice) -> None:
    question = practice.post("cust", "is the brand down?")["id"]
    answer = practice.http.get(f"/intent/post?in_reply_to={question}", follow_redirects=True)
    assert answer.status_code == 200
    assert f'value="{question}"' in answer.text
    evil = practice.http.get('/intent/post?in_reply_to="><script>', follow_redirects=True)
    assert "<script" not in evil.text
