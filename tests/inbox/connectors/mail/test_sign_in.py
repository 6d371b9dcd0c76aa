"""Mailboxes that open by a token: Dovecot, an SMTP server, and a place to sign in at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from inbox.connectors.errors import AuthExpired, ConnectorError, Rejected, TransientError
from inbox.connectors.http import Http
from inbox.connectors.mail.connector import MailConnector
from inbox.connectors.mail.sign_in import address_in
from inbox.connectors.types import ChannelCredentials, Endpoints
from tests.inbox.connectors.mail.desk import ADDRESS, answer_to, read_all
from tests.inbox.connectors.mail.mails import make_mail
from tests.inbox.practice.identity.server import Server
from tests.mail_servers import NO_DOVECOT, Mailbox, Sending, dovecot, has_dovecot, smtp_server

pytestmark = [
    pytest.mark.filterwarnings("ignore:Requiring AUTH"),
    pytest.mark.skipif(not has_dovecot(), reason=NO_DOVECOT),
]
BACK = "http://localhost/channels/callback/mail/"
VERIFIER, CHALLENGE = "verifier", "iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ"


@dataclass
class Provider:
    """What Google and Microsoft are: a page, an IMAP server and an SMTP server."""

    place: Server
    box: Mailbox
    sending: Sending
    endpoints: Endpoints


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Server, Mailbox]]:
    with (
        Server(ADDRESS, "other@brand.example") as place,
        dovecot(introspection=f"{place.url}/introspect") as box,
    ):
        yield place, box


@pytest.fixture
def provider(running: tuple[Server, Mailbox]) -> Iterator[Provider]:
    place, box = running
    place.faults()
    sending = Sending(opens=place.holder)
    with smtp_server(sending) as port:
        endpoints = Endpoints(**place.settings(imap=box.port, smtp=port))
        yield Provider(place, box, sending, endpoints)


@contextmanager
def signed_in(provider: Provider, at: str = "google") -> Iterator[MailConnector]:
    """Sign in as the desk does, and return what speaks for the mailbox from then on."""
    with Http(timeout=10, allow_private=True) as http:
        credentials = ChannelCredentials("", "", provider.endpoints, facts={"sign_in": at})
        connector = MailConnector(credentials, http)
        page = connector.authorize_url(redirect_uri=BACK, state="s", code_challenge=CHALLENGE)
        code = provider.place.allow(page, ADDRESS)["code"]
        tokens = connector.exchange_code(code=code, redirect_uri=BACK, code_verifier=VERIFIER)
        credentials = replace(credentials, secrets=tokens.secrets)
        facts = MailConnector(credentials, http).read_facts()
        yield MailConnector(replace(credentials, facts=facts), http)


@pytest.mark.parametrize("at", ["google", "microsoft"])
def test_a_sign_in_opens_both_servers_and_says_whose_mailbox_it_is(
    provider: Provider, at: str
) -> None:
    with signed_in(provider, at) as connector:
        assert connector.verify_credentials().external_id == ADDRESS
        assert connector.credentials.facts["sent_folder"] == "Sent"
        assert connector.credentials.facts["form"]["keeps_sent"] == "1"
        token = connector.credentials.secrets["access_token"]
        assert token not in repr(connector.credentials)
        assert connector.renews(connector.credentials.secrets)
        assert provider.sending.tokens[-1] == (True, token)


def test_each_page_is_told_what_its_maker_wants() -> None:
    asked = {}
    for at in ("google", "microsoft"):
        endpoints = Endpoints("", "https://x.example/authorize", "", "desk")
        with Http(timeout=1) as http:
            connector = MailConnector(
                ChannelCredentials("", "", endpoints, facts={"sign_in": at}), http
            )
            page = connector.authorize_url(redirect_uri=BACK, state="s", code_challenge="c")
        asked[at] = dict(parse_qsl(urlsplit(page).query))
    assert "https://mail.google.com/" in asked["google"]["scope"]
    assert asked["google"]["access_type"] == "offline"
    assert {"offline_access", "https://outlook.office.com/SMTP.Send"} <= set(
        asked["microsoft"]["scope"].split()
    )


def test_a_mail_is_read_and_answered(provider: Provider) -> None:
    provider.box.deliver(make_mail().as_bytes())
    with signed_in(provider) as connector:
        message = read_all(connector)[0]
        receipt = connector.send_reply(answer_to(message))
        assert receipt.external_id.encode() in provider.sending.accepted[0][2]
        assert provider.sending.accepted[0][1] == ["rina@far.example"], "no copy is needed"


def test_a_long_token_goes_after_its_command(provider: Provider) -> None:
    with signed_in(provider) as connector:
        long = "x" * 400
        provider.sending.opens = lambda token: ADDRESS
        account = replace(connector._account(), token=long)
        with connector._door.smtp(account):
            assert provider.sending.tokens[-1] == (False, long)


def test_a_renewal_brings_new_tokens_of_which_each_is_good_once(provider: Provider) -> None:
    with signed_in(provider) as connector:
        before = connector.credentials.secrets
        after = connector.refresh()
        assert after.expires_at is not None
        assert after.secrets["access_token"] != before["access_token"]
        assert after.secrets["refresh_token"] != before["refresh_token"]
        renewed = replace(connector.credentials, secrets={**before, **after.secrets})
        assert MailConnector(renewed, connector.http).verify_credentials().handle == ADDRESS
        with pytest.raises(AuthExpired, match="revoked"):
            connector.refresh()


def test_a_token_that_is_refused_ends_in_words_without_it(provider: Provider) -> None:
    with signed_in(provider) as connector:
        provider.place.revoke(refresh_too=False)
        token = connector.credentials.secrets["access_token"]
        with pytest.raises(AuthExpired, match=r"IMAP server .* refused the sign-in") as caught:
            connector.verify_credentials()
        assert token not in caught.value.message
        door, account = connector._door, connector._account()
        with pytest.raises(AuthExpired, match=r"SMTP server .* 535"), door.smtp(account):
            pass
        renewed = replace(connector.credentials, secrets=connector.refresh().secrets)
        MailConnector(renewed, connector.http).verify_credentials()


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"kind": "status", "status": 401}, AuthExpired),
        ({"kind": "status", "status": 503}, TransientError),
        ({"kind": "refuse"}, TransientError),
        ({"kind": "redirect"}, Rejected),
    ],
    ids=str,
)
def test_trouble_where_tokens_are_renewed_means_what_it_means_elsewhere(
    provider: Provider, rule: dict[str, object], error: type[ConnectorError]
) -> None:
    with signed_in(provider) as connector:
        provider.place.faults(rule)
        with pytest.raises(error):
            connector.refresh()
        provider.place.faults()
        assert connector.refresh().secrets["access_token"]


def test_a_revoked_sign_in_cannot_be_renewed(provider: Provider) -> None:
    with signed_in(provider) as connector:
        provider.place.revoke()
        with pytest.raises(AuthExpired, match="expired or was revoked"):
            connector.refresh()


@pytest.mark.parametrize("token", ["", "a.b.c", "a.e30.c", "a.W10.c", "a.eyJlbWFpbCI6ICJubyJ9.c"])
def test_a_sign_in_that_names_no_mailbox_is_refused(token: str) -> None:
    with pytest.raises(Rejected, match="whose mailbox"):
        address_in(token)
