"""The connector over real IMAP and SMTP: pymap always, Dovecot where it is installed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest

from inbox.connectors.errors import (
    AuthExpired,
    OutcomeUnknown,
    Rejected,
    TransientError,
    Unsupported,
)
from inbox.connectors.types import Media, Window
from tests.inbox.connectors.mail.desk import (
    ADDRESS,
    answer_to,
    connected,
    form_of,
    read_all,
    unconnected,
)
from tests.inbox.connectors.mail.mails import make_mail
from tests.mail_servers import (
    NO_DOVECOT,
    Mailbox,
    Sending,
    append,
    dovecot,
    has_dovecot,
    pymap,
    smtp_server,
)

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


@pytest.fixture(scope="module", params=["pymap", "dovecot"])
def server(request: pytest.FixtureRequest) -> Iterator[Mailbox]:
    if request.param == "pymap":
        with pymap() as box:
            yield box
    elif not has_dovecot():
        pytest.skip(NO_DOVECOT)
    else:
        with dovecot() as box:
            yield box


@pytest.fixture
def box(server: Mailbox, request: pytest.FixtureRequest) -> Mailbox:
    """Return the mailbox, its folders empty."""
    with server.signed_in() as imap:
        for folder in (server.folder, "Sent"):
            answer, count = imap.select(f'"{folder}"')
            if answer == "OK" and int(count[0] or 0):
                imap.store("1:*", "+FLAGS", "\\Deleted")
                imap.expunge()
    return server


@pytest.fixture
def sending(box: Mailbox) -> Sending:
    """Return an SMTP server that delivers to the mailbox what is addressed to it."""

    def deliver(sender: str, recipients: list[str], content: bytes) -> None:
        if ADDRESS in recipients:
            box.deliver(f"Return-Path: <{sender}>\r\n".encode() + content)

    return Sending(deliver, user=box.user, password=box.password)


@pytest.fixture
def form(box: Mailbox, sending: Sending) -> Iterator[dict[str, str]]:
    with smtp_server(sending) as port:
        yield form_of(box, port)


def put(box: Mailbox, *mails: bytes) -> None:
    box.deliver(*mails)


def test_opening_finds_the_account_and_the_folder_for_sent_mail(form: dict[str, str]) -> None:
    with connected(form) as connector:
        assert connector.credentials.facts["sent_folder"] == "Sent"
        assert connector.credentials.facts["lacks_streams"] == []
        assert "box-pass-word" not in repr(connector.credentials.facts)
        assert connector.verify_credentials().external_id == ADDRESS
        assert connector.refresh().secrets == {"password": form["password"]}


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"password": "wrong-pass-word"}, AuthExpired, "IMAP server .* refused the sign-in"),
        ({"folder": "Nowhere"}, Rejected, "no folder “Nowhere”"),
        ({"sent_folder": "Nowhere"}, Rejected, "no folder “Nowhere”"),
        ({"smtp_port": "1"}, TransientError, "SMTP server 127.0.0.1:1 cannot be reached"),
        ({"imap_port": "1"}, TransientError, "IMAP server 127.0.0.1:1 cannot be reached"),
        ({"imap_tls": "tls"}, TransientError, "IMAP server .* does not speak TLS as expected"),
        ({"smtp_tls": "starttls"}, Rejected, "SMTP server .* offers no encryption"),
        ({"address": "no address"}, Rejected, "takes one e-mail address"),
        ({"imap_port": "x"}, Rejected, "IMAP port"),
    ],
)
def test_opening_says_what_is_wrong_and_where(
    form: dict[str, str], changed: dict[str, str], error: type[Exception], words: str
) -> None:
    with unconnected() as connector, pytest.raises(error, match=words) as caught:
        connector.open(form | changed)
    assert "pass-word" not in str(caught.value)


def test_a_password_that_only_one_of_the_two_takes_is_blamed_on_the_other(
    form: dict[str, str], sending: Sending
) -> None:
    sending.password = "another"
    with unconnected() as connector, pytest.raises(AuthExpired, match=r"SMTP server .* 535"):
        connector.open(form)


def test_nothing_is_missing_and_nothing_is_twice(box: Mailbox, form: dict[str, str]) -> None:
    put(box, *(make_mail(message_id=f"<{n}@x.y>", subject=f"N {n}").as_bytes() for n in range(60)))
    with connected(form) as connector:
        found = read_all(connector)
        assert len({message.external_id for message in found}) == 60
        page = connector.fetch_page("inbox", Window())
        assert connector.fetch_page("inbox", Window(after=page.newest)).messages == ()
        put(box, make_mail(message_id="<new@x.y>").as_bytes())
        (new,) = connector.fetch_page("inbox", Window(after=page.newest)).messages
        assert new.raw["message_id"] == "<new@x.y>"
        assert b"\\Seen" not in _flags(box), "reading marks nothing as read"


def test_a_mailbox_made_anew_is_read_again_under_the_same_ids(
    box: Mailbox, form: dict[str, str]
) -> None:
    with box.signed_in() as imap:
        imap.create("Other")
    other = replace(box, folder="Other")
    mails = [make_mail(message_id=f"<{n}@x.y>").as_bytes() for n in range(3)]
    with connected(form | {"folder": "Other"}) as connector:
        append(other, *mails)
        first = connector.fetch_page("inbox", Window())
        assert len(first.messages) == 3
        time.sleep(1.1)  # Dovecot makes the number of a folder from the clock's seconds
        with box.signed_in() as imap:
            imap.delete("Other")
            imap.create("Other")
        append(other, *mails[::-1])
        again = connector.fetch_page("inbox", Window(after=first.newest))
        assert {m.external_id for m in again.messages} == {m.external_id for m in first.messages}
        assert again.newest != first.newest
        void = connector.fetch_page("inbox", Window(after=first.newest, before=first.newest))
        assert (void.messages, void.next_before) == ((), None)


def test_files_are_listed_and_fetched_as_they_were(box: Mailbox, form: dict[str, str]) -> None:
    mail = make_mail("See the picture.\n")
    picture, notes = bytes(range(256)) * 40, "grüße\r\n".encode()
    mail.add_attachment(picture, maintype="image", subtype="png", filename="schäden 1.png")
    mail.add_attachment(
        notes, maintype="text", subtype="plain", filename="notes.txt", cte="quoted-printable"
    )
    mail.add_attachment(make_mail("inner\n"))
    put(box, mail.as_bytes())
    with connected(form) as connector:
        (message,) = read_all(connector)
        assert message.text == "Broken\n\nSee the picture."
        kinds = [(file.kind, file.name) for file in message.attachments]
        assert kinds == [("image", "schäden 1.png"), ("file", "notes.txt"), ("file", "mail.eml")]
        one, two, three = message.attachments
        assert connector.fetch_attachment(one.url, max_bytes=100_000).content == picture
        assert (
            connector.fetch_attachment(two.url, max_bytes=100_000).content.strip() == notes.strip()
        )
        assert b"inner" in connector.fetch_attachment(three.url, max_bytes=100_000).content
        with pytest.raises(Exception, match="larger than"):
            connector.fetch_attachment(one.url, max_bytes=100)
        with pytest.raises(Rejected, match="no longer"):
            connector.fetch_attachment(one.url.replace("/2", "/77"), max_bytes=100_000)
        with pytest.raises(Rejected, match="not the address"):
            connector.fetch_attachment("https://far.example/x", max_bytes=1)


def test_of_a_huge_mail_the_beginning_is_read(box: Mailbox, form: dict[str, str]) -> None:
    mail = make_mail("Short words.\n")
    mail.add_attachment(b"x" * 3_000_000, maintype="image", subtype="png", filename="big.png")
    put(box, mail.as_bytes())
    with connected(form) as connector:
        (message,) = read_all(connector)
    assert message.text == "Broken\n\nShort words."
    assert [file.name for file in message.attachments] == ["big.png"]
    assert message.attachments[0].size == pytest.approx(3_000_000, rel=0.05)
    assert message.raw["size"] > 3_000_000


def test_an_answer_arrives_threaded_and_is_kept(
    box: Mailbox, form: dict[str, str], sending: Sending
) -> None:
    put(box, make_mail(references="<0@far.example>").as_bytes())
    with connected(form | {"signature": "Brand Care"}) as connector:
        (message,) = read_all(connector)
        media = (Media(b"PNG", "image/png", "The new part"),)
        receipt = connector.send_reply(replace(answer_to(message), media=media))
        sent = message_from_bytes(sending.accepted[0][2])
        assert sending.accepted[0][:2] == (ADDRESS, ["rina@far.example", ADDRESS])
        assert (sent["To"], sent["Subject"]) == ("rina@far.example", "Re: Broken")
        assert sent["From"] == "Brand <help@brand.example>"
        assert sent["In-Reply-To"] == "<1@far.example>"
        assert sent["References"].split() == ["<0@far.example>", "<1@far.example>"]
        assert sent["Message-ID"] == receipt.external_id
        assert sent["Auto-Submitted"] is None
        plain, page, file = [part for part in sent.walk() if not part.is_multipart()]
        assert (
            plain.get_payload(decode=True) == b"We send you a new one.\r\n\r\n-- \r\nBrand Care\r\n"
        )
        assert b"<p>We send you a new one.</p>" in page.get_payload(decode=True)
        assert (file.get_filename(), file.get_payload(decode=True)) == ("The new part.png", b"PNG")
        (echo,) = read_all(connector, "sent")
        assert echo.is_ours
        assert echo.external_id == receipt.external_id
        assert echo.thread_external_id == message.thread_external_id
        assert connector.find_sent(answer_to(message)) is not None
        assert read_all(connector) == [message], "the copy to ourselves is no news"


def test_the_customers_answer_comes_back_to_the_same_conversation(
    box: Mailbox, form: dict[str, str], sending: Sending
) -> None:
    put(box, make_mail().as_bytes())
    with connected(form) as connector:
        (message,) = read_all(connector)
        receipt = connector.send_reply(answer_to(message))
        put(
            box,
            make_mail(
                "Thanks!\n",
                subject="quite different",
                in_reply_to=receipt.external_id,
                message_id="<2@x.y>",
                From="private@rina.example",
            ).as_bytes(),
        )
        newest = read_all(connector)[0]
        assert newest.thread_external_id == message.thread_external_id
        assert newest.in_reply_to == receipt.external_id


def test_a_line_cut_after_acceptance_is_found_by_the_copy(
    box: Mailbox, form: dict[str, str], sending: Sending
) -> None:
    put(box, make_mail().as_bytes())
    sending.faults = ["cut"]
    with connected(form) as connector:
        (message,) = read_all(connector)
        with pytest.raises(OutcomeUnknown, match="cut off"):
            connector.send_reply(answer_to(message))
        found = connector.find_sent(answer_to(message))
        assert found is not None
        assert found.external_id.encode() in sending.accepted[0][2]
        assert len(sending.accepted) == 1


def test_without_a_copy_nobody_claims_to_know(
    box: Mailbox, form: dict[str, str], sending: Sending
) -> None:
    put(box, make_mail().as_bytes())
    sending.faults = ["lose"]
    with connected(form) as connector:
        (message,) = read_all(connector)
        reply = answer_to(message)
        with pytest.raises(OutcomeUnknown):
            connector.send_reply(reply)
        with pytest.raises(TransientError, match="No copy"):
            connector.find_sent(reply)
        old = replace(reply, started_at=datetime.now(UTC) - timedelta(minutes=11))
        with pytest.raises(Unsupported, match="no copy"):
            connector.find_sent(old)
    with connected(form | {"keeps_sent": "1"}) as connector:
        assert connector.find_sent(reply) is None


def test_a_copy_that_cannot_be_kept_does_not_make_it_unsent(
    box: Mailbox, form: dict[str, str], sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    put(box, make_mail().as_bytes())
    with connected(form) as connector:
        (message,) = read_all(connector)
        facts = {**connector.credentials.facts, "sent_folder": "Gone"}
        who = replace(connector.credentials, facts=facts)
        receipt = type(connector)(who, connector.http).send_reply(answer_to(message))
    assert receipt.external_id.encode() in sending.accepted[0][2]
    assert "no copy kept" in caplog.text


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ("451 mailbox busy", TransientError, "451 mailbox busy"),
        ("452 mailbox full", TransientError, "452"),
        ("552 too large", Rejected, "552"),
        ("550 no such user", Rejected, "550 no such user"),
    ],
)
def test_what_the_server_says_to_the_recipient_decides(
    box: Mailbox,
    form: dict[str, str],
    sending: Sending,
    answer: str,
    error: type[Exception],
    words: str,
) -> None:
    put(box, make_mail().as_bytes())
    with connected(form) as connector:
        (message,) = read_all(connector)
        for where in ("rcpt", "data"):
            sending.refuses = {"rina@far.example": answer} if where == "rcpt" else {}
            sending.faults = [answer] if where == "data" else []
            with pytest.raises(error, match=words):
                connector.send_reply(answer_to(message))
    assert sending.accepted == []


def test_a_mail_larger_than_the_server_takes_is_not_even_tried(
    box: Mailbox, sending: Sending
) -> None:
    sending.largest = 20_000
    put(box, make_mail().as_bytes())
    with smtp_server(sending) as port, connected(form_of(box, port)) as connector:
        (message,) = read_all(connector)
        media = (Media(b"x" * 30_000, "image/png", "picture"),)
        with pytest.raises(Rejected, match="too large"):
            connector.send_reply(replace(answer_to(message), media=media))


def test_machines_are_never_answered(box: Mailbox, form: dict[str, str], sending: Sending) -> None:
    put(box, make_mail(auto_submitted="auto-replied").as_bytes())
    with connected(form) as connector:
        (message,) = read_all(connector)
        (problem,) = connector.check_reply(answer_to(message))
        assert problem.code == "not_a_person"
        with pytest.raises(Rejected, match="A machine wrote this"):
            connector.send_reply(answer_to(message))
    assert sending.accepted == []


def _flags(box: Mailbox) -> bytes:
    with box.signed_in() as imap:
        imap.select(f'"{box.folder}"', readonly=True)
        _ok, data = imap.fetch("1:*", "(FLAGS)")
        return b" ".join(part for part in data if isinstance(part, bytes))


def test_new_mail_is_told_at_once_and_silence_ends_in_time(
    box: Mailbox, form: dict[str, str]
) -> None:
    with connected(form) as connector, connector.attend(["inbox", "sent"]) as wait:
        assert not wait(0.2)
        assert not wait(0.0)
        put(box, make_mail().as_bytes())
        assert wait(8) == {"inbox"}
        assert len(read_all(connector)) == 1, "the line that is held is not in the way"
        assert not wait(0.2)
    with connected(form) as connector, pytest.raises(Unsupported), connector.attend(["sent"]):
        pass
