"""What an admin fills in to connect a mailbox; most of it can be guessed from the address."""

from __future__ import annotations

from inbox.connectors.types import ConnectForm, FormField

ENCRYPTION = (
    ("", "As usual for the port"),
    ("tls", "TLS from the first byte"),
    ("starttls", "STARTTLS"),
    ("none", "None (in your own network only)"),
)
GUESSED = "Leave it empty for the usual one."

FORM = ConnectForm(
    intro=(
        "A mailbox is read by IMAP and answered by SMTP. What is left empty is guessed from the"
        " address; the desk signs in to both servers before anything is saved."
    ),
    fields=(
        FormField("address", "Address", "The address that people write to."),
        FormField(
            "name",
            "Display name",
            "What they see as the sender.",
            is_required=False,
            needs_try=False,
        ),
        FormField(
            "password",
            "Password",
            "Many providers want an app password for this, not the one you sign in with.",
            kind="password",
        ),
        FormField("user", "User name", "Leave it empty if it is the address.", is_required=False),
        FormField("imap_host", "IMAP server", GUESSED, is_required=False),
        FormField("imap_port", "IMAP port", kind="number", is_required=False, initial="993"),
        FormField(
            "imap_tls", "IMAP encryption", kind="choice", is_required=False, choices=ENCRYPTION
        ),
        FormField("smtp_host", "SMTP server", GUESSED, is_required=False),
        FormField("smtp_port", "SMTP port", kind="number", is_required=False, initial="587"),
        FormField(
            "smtp_tls", "SMTP encryption", kind="choice", is_required=False, choices=ENCRYPTION
        ),
        FormField("folder", "Folder to read", is_required=False, initial="INBOX"),
        FormField(
            "sent_folder",
            "Folder for sent mail",
            "Leave it empty for the one that the server names.",
            is_required=False,
        ),
        FormField(
            "days",
            "Days to read back",
            "How far back the desk reads when the mailbox is connected.",
            kind="number",
            is_required=False,
            initial="30",
        ),
        FormField(
            "signature",
            "Signature",
            "Put below every answer when it is sent.",
            kind="lines",
            is_required=False,
            needs_try=False,
        ),
        FormField(
            "wants_copy",
            "Send a copy of each answer to this address",
            "If the line is cut while a mail is handed over, only this copy can prove that it went"
            " out. Without it a person has to decide.",
            kind="flag",
            is_required=False,
            initial="1",
        ),
        FormField(
            "keeps_sent",
            "The server itself keeps what it sends",
            "Gmail and Microsoft do: what was sent through them is in the folder for sent mail.",
            kind="flag",
            is_required=False,
        ),
        FormField(
            "uses_plus",
            "Answers come back to name+word@…",
            "Tick it only if mail to such an address reaches this mailbox. Then an answer finds its"
            " conversation even if the program that wrote it loses the thread.",
            kind="flag",
            is_required=False,
        ),
        FormField(
            "checker",
            "Name of the server that checks senders",
            "The first word of “Authentication-Results” in the mails of this mailbox. Empty: the"
            " desk says nothing about senders, since anybody could write such a line.",
            is_required=False,
        ),
    ),
)
