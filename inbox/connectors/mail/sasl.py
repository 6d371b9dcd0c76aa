"""What we say to mail servers to be let in, and keeping it out of what people read."""

from __future__ import annotations

from base64 import b64encode

from inbox.connectors.mail.account import Account


def plain(account: Account) -> bytes:
    """https://www.rfc-editor.org/rfc/rfc4616#section-2"""
    return f"\0{account.user}\0{account.password}".encode()


def xoauth2(account: Account) -> bytes:
    """https://developers.google.com/workspace/gmail/imap/xoauth2-protocol#the_sasl_xoauth2_mechanism"""
    return f"user={account.user}\1auth=Bearer {account.token}\1\1".encode()


def hidden(text: str, account: Account) -> str:
    """Return `text` without what opens the mailbox: servers like to quote what they refuse."""
    for secret in filter(None, (account.password, account.token)):
        for said in (plain(account), xoauth2(account), secret.encode()):
            text = text.replace(in_base64(said), "[hidden]")
        text = text.replace(secret, "[hidden]")
    return text


def in_base64(data: bytes) -> str:
    return b64encode(data).decode()
