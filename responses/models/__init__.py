"""Rows of what we say, one aggregate a file."""

from responses.models.draft import Approval, Draft
from responses.models.picture import DraftPicture, ReplyPicture
from responses.models.policy import ApprovalPolicy
from responses.models.reply import Delivery, Reply

__all__ = [
    "Approval",
    "ApprovalPolicy",
    "Delivery",
    "Draft",
    "DraftPicture",
    "Reply",
    "ReplyPicture",
]
