"""From mails to messages: who wrote them, what they say, where they belong."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.connectors.mail import identity, mapping
from inbox.connectors.mail.mapping import MISSHAPEN
from inbox.connectors.types import InboundMessage
from tests.inbox.connectors.mail.mails import AT, bounce, fetched, make_account, make_mail

ACCOUNT = make_account()
THREAD = "a1" * 12
OURS = f"<{'0f' * 12}.{THREAD}.desk@brand.example>"


def received(mail: EmailMessage | bytes, **fields: object) -> InboundMessage:
    found = mapping.received(fetched(mail, **fields), ACCOUNT, where="imap:inbox/7")
    assert found is not None
    return found


def codes(message: InboundMessage) -> list[str]:
    return [remark.code for remark in message.remarks]


def test_a_mail_is_private_and_from_the_one_who_gets_the_answer() -> None:
    message = received(make_mail())
    assert message.is_private
    assert (message.author.handle, message.author.name) == ("rina@far.example", "Rina W")
    assert message.counterpart == message.author
    assert message.text == "Broken\n\nIt is broken."
    assert message.sent_at == AT


def test_answers_go_where_the_sender_wants_them_and_people_are_told() -> None:
    message = received(make_mail(reply_to="Ana <ana@other.example>"))
    assert message.author.external_id == "ana@other.example"
    remark = next(each for each in message.remarks if each.code == "answers_elsewhere")
    assert remark.params == {"written_by": "rina@far.example"}


def test_a_mail_without_a_sender_is_kept_as_unreadable() -> None:
    with pytest.raises(MISSHAPEN, match="without a sender"):
        received(make_mail(From=""))


# -- identity ---------------------------------------------------------------------------------
def test_the_same_mail_is_the_same_in_every_folder_and_on_every_way() -> None:
    one = received(make_mail())
    way = b"Received: from mx2 by mx1\r\nX-Spam: no\r\n" + make_mail().as_bytes()
    other = received(way, uid=44, at=AT + timedelta(days=1))
    assert one.external_id == other.external_id


@pytest.mark.parametrize("message_id", ["", "<1@far.example>"], ids=["missing", "used again"])
def test_other_words_are_another_mail(message_id: str) -> None:
    one = received(make_mail("It is broken.\n", message_id=message_id))
    other = received(make_mail("It burns.\n", message_id=message_id))
    assert one.external_id != other.external_id
    again = received(make_mail("It burns.\n", message_id=message_id))
    assert again.external_id == other.external_id


def test_a_copy_of_our_own_reply_is_known_already() -> None:
    mail = make_mail(From="Brand <help@brand.example>", message_id=OURS)
    assert mapping.received(fetched(mail), ACCOUNT, where="") is None


def test_somebody_elses_mail_under_our_message_id_is_not_lost() -> None:
    message = received(make_mail(message_id=OURS))
    assert message.external_id != OURS
    assert not message.is_ours


# -- conversations ----------------------------------------------------------------------------
@pytest.mark.parametrize("header", ["in_reply_to", "references"])
def test_an_answer_to_ours_is_in_its_conversation_whoever_wrote_it(header: str) -> None:
    mail = make_mail(
        **{header: f"<0@far.example> {OURS}"}, From="x@y.example", subject="Something else"
    )
    message = received(mail)
    assert message.thread_external_id == THREAD
    assert message.in_reply_to == OURS
    assert message.is_reply_to_us


def test_ids_of_another_desk_are_not_ours() -> None:
    message = received(make_mail(in_reply_to=OURS.replace("brand.example", "other.example")))
    assert message.thread_external_id != THREAD


def test_a_plus_address_names_the_conversation_where_the_mailbox_takes_them() -> None:
    mail = make_mail(to=f"help+{THREAD}@brand.example")
    assert received(mail).thread_external_id != THREAD
    plus = make_account(uses_plus="1")
    found = mapping.received(fetched(mail), plus, where="")
    assert found is not None
    assert found.thread_external_id == THREAD


@pytest.mark.parametrize(
    "subject", ["Re: Broken", "AW: Re: broken ", "Bls: Fwd: BROKEN", "Re[2]: Broken"]
)
def test_without_ids_the_subject_and_the_person_decide(subject: str) -> None:
    first = received(make_mail())
    assert received(make_mail(subject=subject)).thread_external_id == first.thread_external_id
    stranger = received(make_mail(subject=subject, From="x@y.example"))
    assert stranger.thread_external_id != first.thread_external_id
    assert received(make_mail(subject="Bill")).thread_external_id != first.thread_external_id


def test_what_another_program_sent_is_ours_and_in_the_same_conversation() -> None:
    first = received(make_mail())
    mail = make_mail(
        From="Brand <help@brand.example>", to="rina@far.example", subject="Re: Broken",
        message_id="<t1@brand.example>",
    )  # fmt: skip
    echo = mapping.sent(fetched(mail), ACCOUNT, where="imap:sent/7")
    assert echo is not None
    assert echo.is_ours
    assert echo.thread_external_id == first.thread_external_id
    assert echo.counterpart is not None
    assert echo.counterpart.external_id == "rina@far.example"


# -- machines ---------------------------------------------------------------------------------
MACHINES = [
    ("auto_reply", {"auto_submitted": "auto-replied (vacation)"}),
    ("auto_reply", {"precedence": "auto_reply"}),
    ("auto_reply", {"return_path": "<>"}),
    ("auto_reply", {"x_autoreply": "yes"}),
    ("list", {"list_id": "<news.far.example>"}),
    ("list", {"precedence": "bulk"}),
    ("list", {"list_unsubscribe": "<mailto:x@far.example>"}),
    ("own", {"From": "help@brand.example"}),
    ("bounce", {"From": "MAILER-DAEMON@far.example", "return_path": "<>"}),
]


@pytest.mark.parametrize(("what", "headers"), MACHINES)
def test_what_no_person_wrote_is_shown_and_waits_for_no_answer(
    what: str, headers: dict[str, str]
) -> None:
    message = received(make_mail(**headers))
    assert message.is_context
    assert what in codes(message)
    assert message.raw["origin"] == what


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "no"},
        {"list_id": "<help.brand.example>", "precedence": "list"},
        {"precedence": "first-class"},
    ],
)
def test_people_are_not_taken_for_machines(headers: dict[str, str]) -> None:
    message = received(make_mail(**headers))
    assert not message.is_context
    assert message.raw["origin"] == "person"


def test_a_bounce_of_ours_is_at_our_reply_and_somebody_has_to_see_to_it() -> None:
    message = received(bounce(OURS))
    assert message.in_reply_to == OURS
    assert message.thread_external_id == THREAD
    assert message.counterpart is not None
    assert message.counterpart.external_id == "rina@far.example"
    assert message.text == "Not delivered to rina@far.example: 550 5.1.1 No such user here"
    assert not message.is_context
    assert "bounce" in codes(message)
    assert message.raw["answer_to"] == "rina@far.example", "an answer is another try"
    assert message.raw["subject"] == "Re: Broken"


def test_a_mail_that_is_only_late_or_not_ours_waits_for_nobody() -> None:
    assert received(bounce(OURS, action="delayed")).is_context
    assert received(bounce("<spam@brand.example>")).is_context


# -- who vouches ------------------------------------------------------------------------------
PASS = "mx.brand.example; spf=pass smtp.mailfrom=far.example; dkim=pass; dmarc=pass"
FAILED = {"spf": "fail", "dkim": "none", "dmarc": "fail"}
HOST = "mx.brand.example"
FAIL = "mx.brand.example; spf=fail smtp.mailfrom=x; dkim=none; dmarc=fail header.from=far.example"
CHECKS = [
    ([PASS], "sender_checked", {"spf": "pass", "dkim": "pass", "dmarc": "pass"}),
    ([FAIL, PASS], "sender_doubtful", FAILED),
    (["mx.evil.example; dmarc=pass", FAIL], "sender_doubtful", FAILED),
    (["mx.evil.example; dmarc=pass"], "sender_unchecked", {}),
    ([f'{HOST}; spf=fail smtp.mailfrom="a; dmarc=pass"@x'], "sender_doubtful", {"spf": "fail"}),
    ([f"{HOST}; spf=fail (a; dmarc=pass; (b; dmarc=pass))"], "sender_doubtful", {"spf": "fail"}),
    ([f"{HOST.upper()} 1; dkim=fail; dkim=pass"], "sender_unclear", {"dkim": "pass"}),
    ([], "sender_unchecked", {}),
]


@pytest.mark.parametrize(("lines", "code", "found"), CHECKS)
def test_only_our_own_servers_topmost_word_about_the_sender_counts(
    lines: list[str], code: str, found: dict[str, str]
) -> None:
    above = "".join(f"Authentication-Results: {line}\r\n" for line in lines)
    message = received(above.encode() + make_mail().as_bytes())
    assert code in codes(message)
    assert message.raw["checks"] == found


def test_without_a_named_server_nothing_is_said_about_senders() -> None:
    content = f"Authentication-Results: {PASS}\r\n".encode() + make_mail().as_bytes()
    message = mapping.received(fetched(content), make_account(checker=""), where="")
    assert message is not None
    assert message.remarks == ()


# -- time -------------------------------------------------------------------------------------
@pytest.mark.parametrize("date", ["Tue, 03 Nov 2099 09:59:00 +0000", "yesterday", ""])
def test_the_servers_clock_counts_not_the_senders(date: str) -> None:
    assert received(make_mail(date=date)).sent_at == AT


def test_where_the_server_is_silent_the_sender_is_believed_about_the_past_only() -> None:
    assert received(make_mail(), at=None).sent_at == datetime(2026, 11, 3, 9, 59, tzinfo=UTC)
    late = received(make_mail(date="Tue, 03 Nov 2099 09:59:00 +0000"), at=None)
    assert late.sent_at <= datetime.now(UTC)


# -- words ------------------------------------------------------------------------------------
def test_an_answer_shows_what_is_new_and_keeps_the_rest_in_the_record() -> None:
    above = "On Mon, 2 Nov 2026 at 10:04, Brand\n<help@brand.example> wrote:"
    text = f"Still broken!\n\n{above}\n> Try again.\n"
    message = received(make_mail(text, subject="Re: Broken", in_reply_to=OURS))
    assert message.text == "Still broken!"
    assert "Try again." in message.raw["text"]


DISASTERS = [
    (b"Content-Type: text/plain; charset=utf-8\r\n\r\nk\xc3\xb6nnen", "können"),
    (b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nk\xf6nnen \x80", "können €"),
    (b"Content-Type: text/plain; charset=no-such\r\n\r\nk\xc3\xb6nnen", "können"),
    (b"Content-Type: text/plain; charset=utf-8\r\n\r\nk\xf6nnen", "können"),
    (b"Content-Type: text/plain; charset=us-ascii\r\n\r\nk\xc3\xb6nnen", "können"),
    (b"Content-Type: text/plain; charset=gb2312\r\n\r\n\xc4\xe3\xba\xc3", "你好"),
    (b"Content-Type: text/plain; charset=\"utf-8\r\n\r\nok", "ok"),
    (b"Content-Transfer-Encoding: base64\r\n\r\n!!a8O2bm5lbg", "können"),
    (b"Content-Type: text/plain; charset=utf-8\r\n\r\na\x00b", "a\ufffdb"),
    (b"Content-Type: text/html\r\n\r\n<style>x</style><p>Hi<br>you</p>", "Hi\nyou"),
    (b"Content-Type: text/plain; format=flowed\r\n\r\none \r\nline\r\n", "one line"),
    (b"Content-Type: nonsense\r\n\r\nwords", "words"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "text"), DISASTERS)
def test_charsets_and_kinds_are_guessed_where_they_lie(content: bytes, text: str) -> None:
    assert received(b"From: rina@far.example\r\n" + content).text == text


SUBJECTS = [
    (b"=?utf-8?q?k=C3=B6nnen?=", "können"),
    (b"=?utf-8?b?a8O2?= =?utf-8?b?bm5lbg==?=", "können"),
    (b"k\xc3\xb6nnen", "können"),
    (b"k\xf6nnen", "können"),
    (b"=?no-such?q?k=C3=B6nnen?=", "können"),
    (b"=?utf-8?b?not base64?=", "=?utf-8?b?not base64?="),
    (b"one\r\n two", "one two"),
]


@pytest.mark.parametrize(("raw", "subject"), SUBJECTS)
def test_subjects_are_read_however_they_are_written(raw: bytes, subject: str) -> None:
    message = received(b"From: rina@far.example\r\nSubject: " + raw + b"\r\n\r\n")
    assert message.raw["subject"] == subject


def test_bombs_of_parts_end() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level)
        for level in range(2000)
    )
    with contextlib.suppress(*MISSHAPEN):
        received(b"From: rina@far.example\r\n" + deep)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"From: a@b.example\r\n", bounce(OURS)]))
def test_whatever_comes_is_read_or_refused(content: bytes, before: bytes) -> None:
    try:
        message = mapping.received(fetched(before + content), ACCOUNT, where="")
    except MISSHAPEN:
        return
    assert message is None or (message.author.external_id and len(message.external_id) == 40)


def test_an_own_id_names_reply_and_conversation_and_stays_the_same() -> None:
    made = identity.own_id(ACCOUNT, key="k", text="words", thread=THREAD)
    assert made == identity.own_id(ACCOUNT, key="k", text="words", thread=THREAD)
    assert identity.ours_in(made, ACCOUNT) == [identity.Ours(made, THREAD)]
    other = replace(ACCOUNT, address="help@other.example")
    assert identity.ours_in(made, other) == []
