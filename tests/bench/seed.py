"""Many rows quickly: one row is made as the product makes it, PostgreSQL multiplies it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model

from inbox.models import Channel, Conversation, Label, Message, User
from tests.factories import make_author, make_channel, make_conversation, make_message

CHANNELS = 12
PEOPLE = 24
RARE_EVERY = 2000  # one conversation in so many holds the rare word, but never more than RARE
RARE = 20
LONG = 50  # messages of the conversation that is opened
# Words that the texts are made of; the first is the common one.
WORDS = [
    *("invoice", "server", "domain", "payment", "order", "refund", "parcel", "ticket", "support"),
    *("password", "account", "website", "internet", "delay", "angry", "waiting", "answer"),
    *("morning", "yesterday", "phone", "number", "please", "again", "nobody", "help", "broken"),
    *("upload", "download", "mobile", "customer", "billing", "renewal", "hosting", "backup"),
    *("error", "slow", "payday"),
]
STEPS = (7, 11, 13, 17, 21, 23)
COMMON, RARE_WORD = WORDS[0], "zebracorn"


def sentence(number: int) -> str:
    """Return six words that differ with `number`."""
    return " ".join(WORDS[(number * step + step) % len(WORDS)] for step in STEPS)


@dataclass(frozen=True)
class Desk:
    """What the bench asks for by name."""

    reader: User
    channel: Channel
    long: Conversation


def begin() -> Desk:
    """Make people, channels, and the one conversation that is read and answered."""
    people = make_people("bench", PEOPLE, "manager")
    channels = [make_channel(handle=f"bench{n}", is_practice=True) for n in range(CHANNELS)]
    Label.objects.bulk_create(Label(name=f"label {number}") for number in range(12))
    long = make_conversation(channels[0], priority=60, messages=0, text="my shop is down")
    for number in range(LONG):
        make_message(long, text=f"my shop is down, and this is part {number} of what I have to say")
    Conversation.objects.filter(pk=long.pk).update(message_count=LONG, version=LONG)
    return Desk(people[0], channels[0], long)


def make_people(name: str, count: int, role: str = "agent") -> list[User]:
    """Make colleagues who have no password, since hashing hundreds takes a minute."""
    rows = [User(username=f"{name}{number}", role=role) for number in range(count)]
    return User.objects.bulk_create(rows)


def grow(desk: Desk, size: int) -> None:
    """Bring the desk to `size` open conversations, each with an author and a message."""
    have = Conversation.objects.filter(status="open").count()
    first, last = have + 2, size  # the template is one as well
    author = make_author(handle=f"template{have}")
    row = make_conversation(desk.channel, author=author, external_id=f"t{have}")
    row.assignee = desk.reader
    row.save()
    message = Message.objects.get(conversation=row)
    people = _array(User.objects.order_by("pk").values_list("pk", flat=True))
    channels = _array(Channel.objects.order_by("pk").values_list("pk", flat=True))
    words = "ARRAY[" + ",".join(f"'{word}'" for word in WORDS) + "]"
    some = " || ' ' || ".join(
        f"({words})[1 + (n * {step} + {step}) % {len(WORDS)}]" for step in STEPS
    )
    holds_rare = f"n % {RARE_EVERY} = 0 AND n <= {RARE * RARE_EVERY}"
    rare = f"CASE WHEN {holds_rare} THEN ' {RARE_WORD}' ELSE '' END"
    text = f"'@bench0 ' || {some} || {rare}"
    age = "now() - n * interval '1 second'"
    _multiply(
        author,
        first,
        last,
        external_id="'a' || n",
        handle="'person' || n",
        name="'Person ' || n",
        followers="n * 37 % 90000",
        is_verified="n % 9 = 0",
    )
    _multiply(
        row,
        first,
        last,
        join="JOIN inbox_author a ON a.network = 'x' AND a.external_id = 'a' || n",
        author_id="a.id",
        channel_id=f"({channels})[1 + n % {CHANNELS}]",
        external_id="'c' || n",
        assignee_id=f"CASE WHEN n % 3 = 0 THEN ({people})[1 + n / 3 % {PEOPLE}] END",
        priority="n * 7 % 100",
        sentiment="(ARRAY['negative','neutral','neutral','positive'])[1 + n % 4]",
        language="(ARRAY['en','id','id','de',''])[1 + n % 5]",
        is_private="n % 11 = 0",
        preview=text,
        rank_at=age,
        last_message_at=age,
        last_inbound_at=age,
        waiting_since=age,
    )
    _multiply(
        message,
        first,
        last,
        join="JOIN inbox_conversation c ON c.external_id = 'c' || n",
        conversation_id="c.id",
        author_id="c.author_id",
        channel_id="c.channel_id",
        external_id="'m' || n",
        version_id="'m' || n",
        thread_external_id="'c' || n",
        text=text,
        sent_at=age,
        received_at=age,
    )
    _label(first, last)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _multiply(row: Model, first: int, last: int, join: str = "", **values: str) -> None:
    """Copy `row` for n from `first` to `last`; SQL expressions replace its values."""
    fields = [f for f in row._meta.concrete_fields if not (f.primary_key or f.generated)]
    columns = [field.column for field in fields]
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)})"
            f" SELECT {', '.join(values.get(column, f't.{column}') for column in columns)}"
            f" FROM {table} t CROSS JOIN generate_series({first}, {last}) n {join}"
            f" WHERE t.id = {row.pk}"
        )


def _label(first: int, last: int) -> None:
    labels = _array(Label.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_conversation_labels (conversation_id, label_id)"
            f" SELECT c.id, ({labels})[1 + n % 12] FROM generate_series({first}, {last}) n"
            " JOIN inbox_conversation c ON c.external_id = 'c' || n WHERE n % 2 = 0"
        )


def _array(pks: Any) -> str:
    return "ARRAY[" + ",".join(map(str, pks)) + "]::bigint[]"
