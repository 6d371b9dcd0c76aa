"""A whole desk on Dovecot, and people with mail programs: nothing missing, nothing twice.

Skipped where Dovecot is not installed; it needs no other set-up.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import pytest
from django.utils import timezone

from inbox.models import Attachment, Channel, Conversation, Message, Stream, User
from inbox.operations import channels, connecting, fetching, sync
from responses.models import ApprovalPolicy, Reply
from responses.operations import reconciling, sending
from tests.factories import make_user
from tests.inbox.connectors.mail.desk import form_of
from tests.inbox.connectors.mail.mails import bounce
from tests.mail_servers import (
    NO_DOVECOT,
    Mailbox,
    Sending,
    dovecot,
    has_dovecot,
    smtp_server,
)
from tests.real.mail.customers import ADDRESS, Customers, machines
from tests.responses.build import make_queued

pytestmark = [
    pytest.mark.skipif(not has_dovecot(), reason=NO_DOVECOT),
    pytest.mark.filterwarnings("ignore:Requiring AUTH"),
]
MAILS, REPLIES = 200, 50


@dataclass
class Desk:
    box: Mailbox
    sending: Sending
    customers: Customers
    channel: Channel

    def read(self) -> None:
        """Read both streams to their ends, as workers do over some minutes."""
        for stream in Stream.objects.filter(channel=self.channel):
            for _turn in range(20):
                sync.sync_stream(stream_id=stream.pk)
                stream.refresh_from_db()
                assert stream.last_error == ""
                if not stream.gaps:
                    break
        fetching.fetch_due()

    def numbers(self) -> Counter[str]:
        """Return how often the desk shows each mail."""
        rows = Message.objects.filter(channel=self.channel, direction=Message.Direction.INCOMING)
        return Counter(row.raw["other_headers"].get("x-number", "?") for row in rows)


@pytest.fixture
def desk(db: None, dewi: User, settings: Any) -> Iterator[Desk]:
    settings.PRACTICE_NETWORK = True
    settings.RECONCILE_SETTLE = 0.0
    channels.http.cache_clear()
    with dovecot() as box:
        at = Sending(user=box.user, password=box.password)

        def deliver(sender: str, recipients: list[str], content: bytes) -> None:
            if ADDRESS in recipients:
                box.deliver(f"Return-Path: <{sender}>\r\n".encode() + content)

        at.deliver = deliver
        with smtp_server(at) as port:
            form = form_of(box, port, signature="Brand Care")
            finding = connecting.look_at_form(network="mail", values=form, by=dewi)
            channel = connecting.keep_found(sealed=finding.sealed, by=dewi)
            yield Desk(box, at, Customers(port, at), channel)
    channels.http.cache_clear()


def test_the_inbox_equals_the_mailboxs_own_record(desk: Desk) -> None:
    gone = fill(desk)
    desk.read()
    record = [message_from_bytes(content) for content in desk.box.contents()]
    there = {str(mail["X-Number"]) for mail in record}
    assert len(there) == MAILS + 4 - len(gone)

    shown = desk.numbers()
    assert there - shown.keys() == set(), "missing"
    assert shown.most_common(1)[0][1] == 1, "twice"
    assert shown.keys() - there <= gone, "what was read before it was deleted stays"
    assert desk.channel.bad_items.count() == 0

    threads: dict[str, set[int | None]] = defaultdict(set)
    names: dict[int | None, set[str]] = defaultdict(set)
    rows = Message.objects.filter(channel=desk.channel)
    for row in rows:
        name = row.raw["other_headers"]["x-thread"]
        threads[name].add(row.conversation_id)
        names[row.conversation_id].add(name)
        assert row.is_private
        assert row.is_context == (int(row.raw["other_headers"]["x-number"]) >= 900)
        if not row.is_context:
            number = row.raw["other_headers"]["x-number"]
            assert f"Words of mail {number}." in row.text
            assert "What?" not in row.text
    assert {len(found) for found in threads.values()} == {1}
    assert {len(found) for found in names.values()} == {1}
    waiting = Conversation.objects.filter(channel=desk.channel).exclude(waiting_since=None)
    assert waiting.count() == len(names) - 4

    files = Attachment.objects.filter(message__channel=desk.channel)
    pictures = sum(1 for mail in desk.customers.written if len(list(mail.iter_attachments())))
    assert files.count() >= pictures - len(gone)
    assert set(files.values_list("state", flat=True)) == {Attachment.State.STORED}


def test_fifty_replies_arrive_once_each_and_where_they_belong(desk: Desk) -> None:
    desk.customers.write_all(0, 60)
    desk.read()
    ApprovalPolicy.objects.create(channel=desk.channel, private_needs_approval=True)
    author, manager = make_user("wina", "agent"), make_user("mira", "manager")
    waiting = Conversation.objects.filter(channel=desk.channel).order_by("pk")[:REPLIES]
    desk.sending.accepted.clear()
    replies = []
    for number, conversation in enumerate(waiting):
        desk.sending.faults = ["cut"] if number % 3 == 2 else []
        reply = make_queued(conversation, author, manager, text=f"We looked into it: {number}")
        sending.deliver(reply_id=reply.pk)
        replies.append(reply)
    unknown = Reply.objects.filter(status=Reply.Status.UNKNOWN)
    assert unknown.count() == len(replies) // 3
    for reply in list(unknown):
        Reply.objects.filter(pk=reply.pk).update(check_after=timezone.now())
        reconciling.reconcile(reply_id=reply.pk)
    assert len(replies) == REPLIES
    assert set(Reply.objects.values_list("status", flat=True)) == {Reply.Status.SENT}

    got = desk.customers.inbox()
    written = {
        str(mail["Message-ID"]): mail for mail in desk.customers.written if "Message-ID" in mail
    }
    assert len(got) == REPLIES
    assert len({mail["Message-ID"] for _address, mail in got}) == REPLIES
    for address, mail in got:
        asked = str(mail["In-Reply-To"])
        if asked in written and "same@" not in asked:  # as a mail program threads
            question = written[asked]
            assert address in question["From"]
            assert mail["References"].split()[-1] == asked
    desk.read()
    ours = Message.objects.filter(channel=desk.channel, direction=Message.Direction.OUTGOING)
    assert ours.count() == REPLIES, "neither the copies nor the Sent folder make any of them two"
    assert not ours.filter(sent_here=False).exists()
    answer_back(desk, replies)


def fill(desk: Desk) -> set[str]:
    """Let people write, the desk read now and then, and the mailbox change under it.

    Returns the numbers of the mails that were deleted.
    """
    desk.customers.write_all(0, 80)
    desk.read()
    gone = delete(desk, count=6)
    desk.customers.write_all(80, 150)
    gone |= delete(desk, count=6)
    desk.read()
    rebuild(desk)
    desk.customers.write_all(150, MAILS)
    for mail, sender in machines():
        desk.customers.write(mail, sender=sender)
    return gone


def delete(desk: Desk, *, count: int) -> set[str]:
    """Delete the newest mails, every copy of them, by another program."""
    gone: set[str] = set()
    with desk.box.signed_in() as imap:
        imap.select("INBOX")
        _ok, data = imap.fetch("1:*", "(BODY.PEEK[HEADER])")
        numbers = [re.search(rb"X-Number: (\d+)", part[1]) for part in data if len(part) == 2]
        known = [found.group(1).decode() for found in numbers if found]
        gone = set(list(dict.fromkeys(reversed(known)))[:count])
        for place, number in enumerate(known, start=1):
            if number in gone:
                imap.store(str(place), "+FLAGS", "\\Deleted")
        imap.expunge()
    return gone


def rebuild(desk: Desk) -> None:
    """Lose the server's own lists, so that it numbers the folder anew."""
    with desk.box.signed_in() as imap:
        before = imap.status("INBOX", "(UIDVALIDITY)")[1]
    assert desk.box.home
    for path in desk.box.home.glob("dovecot*"):
        path.unlink()
    with desk.box.signed_in() as imap:
        assert imap.status("INBOX", "(UIDVALIDITY)")[1] != before


def answer_back(desk: Desk, replies: list[Reply]) -> None:
    """Let people answer from elsewhere, and one of our replies bounce: each finds its place."""
    for number, reply in enumerate(replies[:10]):
        reply.refresh_from_db()
        assert reply.message is not None
        mail = EmailMessage()
        mail["From"], mail["To"] = f"elsewhere{number}@private.example", ADDRESS
        mail["Subject"], mail["Message-ID"] = "quite different", make_msgid(domain="y.example")
        mail["In-Reply-To"] = reply.message.external_id
        mail.set_content("Thank you!\n")
        desk.customers.write(mail, sender=f"elsewhere{number}@private.example")
    returned = replies[20]
    returned.refresh_from_db()
    assert returned.message is not None
    desk.customers.write(bounce(returned.message.external_id), sender="")
    desk.read()
    for number, reply in enumerate(replies[:10]):
        answer = Message.objects.get(author__external_id=f"elsewhere{number}@private.example")
        assert answer.conversation_id == reply.conversation_id
    news = Message.objects.get(in_reply_to=returned.message.external_id)
    assert news.conversation_id == returned.conversation_id
    assert [remark["code"] for remark in news.remarks] == ["bounce"]
    assert news.conversation is not None
    assert news.conversation.status == Conversation.Status.OPEN
