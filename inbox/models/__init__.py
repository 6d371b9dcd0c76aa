"""Rows of the inbox, one aggregate a file."""

from inbox.models.act import Act
from inbox.models.attachment import Attachment, StoredFile
from inbox.models.audit import AuditEvent, LiveEvent
from inbox.models.author import Author
from inbox.models.block import Block, HeldBack
from inbox.models.bulk import BulkJob, BulkResult
from inbox.models.channel import BadItem, Channel, Stream
from inbox.models.conversation import Conversation, Label, Note
from inbox.models.exchange import Exchange
from inbox.models.invitation import Invitation
from inbox.models.listening import HitCount, SavedSearch, SearchHit
from inbox.models.message import Message, MessageVersion
from inbox.models.notification import Notification, NotificationChoice, Watch
from inbox.models.person import Person, PersonList, PersonNote
from inbox.models.presence import Claim, Presence, Seen
from inbox.models.receipt import Receipt
from inbox.models.server import Server
from inbox.models.team import Team
from inbox.models.token import ApiToken, KeptAnswer
from inbox.models.user import RoleRule, User
from inbox.models.view import Column, SavedView
from inbox.models.webhook import WebhookDelivery, WebhookEndpoint
from inbox.models.words import AuthorWords, MessageWords, NoteWords

__all__ = [
    "Act",
    "ApiToken",
    "Attachment",
    "AuditEvent",
    "Author",
    "AuthorWords",
    "BadItem",
    "Block",
    "BulkJob",
    "BulkResult",
    "Channel",
    "Claim",
    "Column",
    "Conversation",
    "Exchange",
    "HeldBack",
    "HitCount",
    "Invitation",
    "KeptAnswer",
    "Label",
    "LiveEvent",
    "Message",
    "MessageVersion",
    "MessageWords",
    "Note",
    "NoteWords",
    "Notification",
    "NotificationChoice",
    "Person",
    "PersonList",
    "PersonNote",
    "Presence",
    "Receipt",
    "RoleRule",
    "SavedSearch",
    "SavedView",
    "SearchHit",
    "Seen",
    "Server",
    "StoredFile",
    "Stream",
    "Team",
    "User",
    "Watch",
    "WebhookDelivery",
    "WebhookEndpoint",
]
