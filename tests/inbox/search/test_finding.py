"""One table of texts and searches; whatever the database, each search finds the same."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox.models import Channel, Conversation, Label, Message, Note, Team, User
from inbox.operations.conversations import add_note
from inbox.pickers import Lists
from inbox.search import engine
from inbox.search.finding import Search
from inbox.search.operators import Asked
from inbox.search.words import words
from tests.factories import make_author, make_channel, make_conversation, make_message

TEXTS = {
    "plain": "Our site is DOWN since 10:30, download fails!",
    "accents": "Le café à São Paulo est fermé",
    "order": "Where is my order INV-2291? Write to budi.w+shop@example.co.id",
    "link": "See https://status.example.com/incidents/42?lang=id#top (again)",
    "tags": "@brand_id please read #SitusDown and #kecewa",
    "japanese": "昨日から予約できません。東京都の店です",
    "chinese": "你们的网站打不开,请尽快修复",
    "thai": "เว็บไซต์ล่มตั้งแต่เช้า",
    "korean": "서비스가 안 됩니다",
    "cyrillic": "САЙТ не работает, Йод",
    "greek": "Η ΟΔΟΣ είναι κλειστή",
    "arabic": "الموقعُ لا يعملُ",
    "emoji": "again 😡😡 great job 👍🏽",
    "joined": "soft\u00adware zero\u200bwidth",
    "percent": "100% sure, it's 5_000 \\ 'quoted' \"said\"",
    "wide": "ＦＵＬＬ ｗｉｄｔｈ ２２９１",
    "long": "a" * 5000 + " needle",
    "nfd": "re\u0301sume\u0301",
}
FOUND = {
    "down": {"plain"},
    "DOWN": {"plain"},
    "dow": {"plain"},
    "downl": {"plain"},
    "downl ": set(),
    "site down": {"plain"},
    "down site": {"plain"},
    '"site down"': set(),
    '"is down"': {"plain"},
    '"is dow"': set(),
    "10:30": {"plain"},
    "cafe": {"accents"},
    "CAFÉ": {"accents"},
    "sao paulo": {"accents"},
    "resume": {"nfd"},
    "résumé": {"nfd"},
    "INV-2291": {"order"},
    "inv-22": {"order"},
    "INV 2291": {"order"},
    "2291": {"order", "wide"},
    "budi.w+shop@example.co.id": {"order"},
    "@example.co.id": {"order"},
    "https://status.example.com/incidents/42": {"link"},
    "status.example.com": {"link"},
    "#SitusDown": {"tags"},
    "situs": {"tags"},
    "#kecewa": {"tags"},
    "@brand_id": {"tags"},
    "予約": {"japanese"},
    "約予": set(),
    "東京": {"japanese"},
    "店": {"japanese"},
    "网站": {"chinese"},
    "打不开": {"chinese"},
    "ล่ม": {"thai"},
    "เว็บไซต์": {"thai"},
    "서비스": {"korean"},
    "서비스가": {"korean"},
    "сайт": {"cyrillic"},
    "йод": {"cyrillic"},
    "οδός": {"greek"},
    "الموقع": {"arabic"},
    "😡": {"emoji"},
    "👍": {"emoji"},
    "software": {"joined"},
    "zerowidth": {"joined"},
    "5_000": {"percent"},
    "it's": {"percent"},
    "'quoted'": {"percent"},
    "full width": {"wide"},
    "needle": {"long"},
    "a" * 100: {"long"},
    "nothing_like_it": set(),
    "site -download": set(),
    "order -download": {"order"},
    "is -down": {"order"},
    'is -"is down"': {"order"},
    "OR": set(),
    "NEAR(site down)": set(),
    "down*": {"plain"},
    "words:down": None,
    "a&b|c!(d)<->e:*": set(),
}


@pytest.fixture
def table(channel: Channel) -> dict[int, str]:
    author = make_author(handle="zz", name="Zz")
    return {
        make_conversation(channel, text=text, author=author, preview="").pk: name
        for name, text in TEXTS.items()
    }


def ids(text: str, user: User) -> list[int]:
    search = Search(text, Asked(user, Lists(user)))
    assert not search.problems, search.problems
    rows = search.narrow(Conversation.objects.visible_to(user))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def test_each_search_finds_what_the_table_says(table: dict[int, str], ana: User) -> None:
    for text, expected in FOUND.items():
        search = Search(text, Asked(ana, Lists(ana)))
        if expected is None:
            assert search.problems, text
            assert not search.narrow(Conversation.objects.all()).exists()
        else:
            assert {table[pk] for pk in ids(text, ana)} == expected, text


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0")))
def test_the_database_keeps_the_words_that_a_search_looks_for(
    conversation: Conversation, ana: User, text: str
) -> None:
    Message.objects.update(text=text)
    kept = words(text)[:10]
    if kept:
        quoted = " ".join(f'"{word}"' for word in kept)
        assert ids(quoted, ana) == [conversation.pk], (text, kept)


def test_whatever_is_typed_is_answered(table: dict[int, str], ana: User) -> None:
    for text in [
        '"',
        "-",
        '-"',
        "''",
        "\\",
        "%",
        "a:b:c",
        "is:",
        ":",
        "💥",
        "(",
        "*",
        '"" x',
        "\x00",
    ]:
        search = Search(text, Asked(ana, Lists(ana)))
        list(search.narrow(Conversation.objects.visible_to(ana)))


def test_names_and_notes_are_searched_too(channel: Channel, ana: User) -> None:
    author = make_author(handle="budi_w", name="Budi Wijaya")
    row = make_conversation(channel, text="hello", author=author)
    add_note(conversation=row, text="Ask Billing about café", by=ana)
    make_conversation(channel, text="other")
    for text in ("wijaya", "@budi_w", "budi wij", "billing", "cafe", "hello"):
        assert ids(text, ana) == [row.pk], text


def test_every_kind_of_write_is_seen_at_once(channel: Channel, ana: User) -> None:
    row = make_conversation(channel, text="alpha")
    message = row.messages.get()
    assert ids("alpha", ana) == [row.pk]
    Message.objects.filter(pk=message.pk).update(text="bravo")
    assert ids("alpha", ana) == []
    assert ids("bravo", ana) == [row.pk]
    message.text = "charlie"
    Message.objects.bulk_update([message], ["text"])
    assert ids("charlie", ana) == [row.pk]
    message.text = "delta"
    message.save()
    assert ids("delta", ana) == [row.pk]
    other = make_conversation(channel, messages=0)
    Message.objects.filter(pk=message.pk).update(conversation=other)
    assert ids("delta", ana) == [other.pk]
    message.delete()
    assert ids("delta", ana) == []
    Message.objects.bulk_create(
        Message(
            channel=channel,
            conversation=row,
            external_id=f"b{number}",
            thread_external_id="x",
            version_id="1",
            direction="incoming",
            text=f"echo{number}",
            sent_at=timezone.now(),
        )
        for number in range(3)
    )
    assert ids("echo2", ana) == [row.pk]
    note = add_note(conversation=row, text="foxtrot", by=ana)
    Note.objects.filter(pk=note.pk).update(text="golf")
    assert ids("foxtrot", ana) == []
    assert ids("golf", ana) == [row.pk]
    Note.objects.all().delete()
    assert ids("golf", ana) == []


def test_an_author_who_takes_another_name_is_found_by_it(channel: Channel, ana: User) -> None:
    author = make_author(name="Old Name", handle="old")
    row = make_conversation(channel, author=author)
    type(author).objects.bulk_create(
        [type(author)(network="x", external_id=author.external_id, handle="new", name="New Name")],
        update_conflicts=True,
        unique_fields=["network", "external_id"],
        update_fields=["handle", "name"],
    )
    assert ids("@old", ana) == []
    assert ids('"new name"', ana) == [row.pk]


def test_nobody_finds_what_they_may_not_see(channel: Channel, ana: User) -> None:
    hidden = make_channel(team=Team.objects.create(name="Other"))
    author = make_author(name="Secret Person", handle="secret")
    row = make_conversation(hidden, text="secret plan", author=author)
    add_note(conversation=row, text="secret note", by=make_admin())
    seen = make_conversation(channel, text="secret to all")
    for text in ("secret", "plan", "note", "from:@secret", "-nothing", "is:open"):
        assert row.pk not in ids(text, ana)
    assert ids("secret", ana) == [seen.pk]
    problems = Search(f"channel:{hidden.handle}", Asked(ana, Lists(ana))).problems
    assert hidden.name not in problems[0].message


def make_admin() -> User:
    return User.objects.create_user("boss", role="admin")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("from:@wanted", {"wanted"}),
        ("-from:wanted", {"other"}),
        ("is:resolved", {"wanted"}),
        ("-is:resolved", {"other"}),
        ("is:private", {"wanted"}),
        ("is:public", {"other"}),
        ("is:mine", {"wanted"}),
        ("is:unassigned", {"other"}),
        ("is:waiting", {"other"}),
        ("is:edited", {"wanted"}),
        ("is:deleted", {"wanted"}),
        ("has:link", {"wanted"}),
        ("has:note", {"wanted"}),
        ("has:label", {"wanted"}),
        ("-has:label", {"other"}),
        ("has:draft", set()),
        ('label:"very important"', {"wanted"}),
        ("assignee:me", {"wanted"}),
        ("assignee:ana", {"wanted"}),
        ("assignee:nobody", {"other"}),
        ("lang:id", {"wanted"}),
        ("sentiment:negative", {"wanted"}),
        ("before:2026-01-01", {"wanted"}),
        ("after:7d", {"other"}),
        ("after:2026-01-01 before:1h", set()),
        ('channel:"brand wanted"', {"wanted"}),
        ("channel:@other_brand", {"other"}),
        ("word is:resolved", {"wanted"}),
        ("word FROM:@Wanted LANG:ID", {"wanted"}),
        ("-word", set()),
    ],
)
def test_a_filter_keeps_what_it_names(ana: User, text: str, names: set[str]) -> None:
    now = timezone.now()
    then = now.replace(year=2025)
    wanted = make_conversation(
        make_channel(name="Brand Wanted", handle="wb"),
        author=make_author(handle="wanted", name="W"),
        text="word http://x.example",
        status="resolved",
        is_private=True,
        assignee=ana,
        waiting_since=None,
        language="id",
        sentiment="negative",
        last_message_at=then,
    )
    other = make_conversation(
        make_channel(name="Other", handle="other_brand"),
        author=make_author(handle="wanted2", name="O"),
        text="word",
        last_message_at=now,
    )
    wanted.labels.add(Label.objects.create(name="Very important"))
    wanted.messages.update(edited_at=now, deleted_at=now)
    Note.objects.create(conversation=wanted, author=ana, text="n")
    rows = {wanted.pk: "wanted", other.pk: "other"}
    assert {rows[pk] for pk in ids(text, ana)} == names


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("is:opened", "There is: open, pending"),
        ("has:cheese", "note"),
        ("label:x", "none at all yet"),
        ("assignee:zorro", "nobody"),
        ("lang:klingon", "code of a language"),
        ("sentiment:sad", "negative, neutral, positive"),
        ("before:yesterday", "2026-11-01"),
        ("after:99999w", "7d"),
        ("before:2026-13-01", "2026-11-01"),
        ("channel:nobodys", "There is"),
        ("from:@", "from:@budi"),
        ("is:", "behind the colon"),
        ("colour:red", "no filter “colour:”"),
        ("!!!", "no letter or digit"),
    ],
)
def test_what_is_not_understood_is_said_and_finds_nothing(
    conversation: Conversation, ana: User, text: str, says: str
) -> None:
    search = Search(f"site {text} is:open", Asked(ana, Lists(ana)))
    assert [says in problem.message for problem in search.problems] == [True], search.problems
    assert [part.typed for part in search.understood] == ["site", "is:open"]
    assert not search.narrow(Conversation.objects.all()).exists()


def test_the_words_are_shown_where_they_stand(channel: Channel, ana: User) -> None:
    author = make_author(name="Down Under", handle="du")
    row = make_conversation(channel, text="<b>It is Dówn</b> again, download", author=author)
    by_name = make_conversation(channel, text="hello", author=author)
    by_note = make_conversation(channel, text="hello")
    add_note(conversation=by_note, text="went down", by=ana)
    search = Search("down", Asked(ana, Lists(ana)))
    rows = list(search.narrow(Conversation.objects.all()).select_related("author"))
    with CaptureQueriesContext(connection) as queries:
        hits = search.hits(rows)
    assert len(queries) <= 2
    marked = [text for text, is_hit in hits[row.pk].segments if is_hit]
    assert (hits[row.pk].part, marked) == ("message", ["Dówn", "download"])
    assert "".join(text for text, _ in hits[row.pk].segments) == "<b>It is Dówn</b> again, download"
    assert (hits[by_name.pk].part, hits[by_note.pk].part) == ("author", "note")


def test_a_common_word_shows_the_newest_and_says_so(
    channel: Channel, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.search.finding.MOST_FOUND", 3)
    rows = [make_conversation(channel, text="same word") for _ in range(6)]
    search = Search("same", Asked(ana, Lists(ana)))
    found = search.narrow(Conversation.objects.all())
    assert {row.pk for row in found} == {row.pk for row in rows[3:]}
    assert search.is_capped
    narrower = Search("same", Asked(ana, Lists(ana)))
    assert narrower.narrow(Conversation.objects.filter(pk=rows[0].pk)).get() == rows[0]
    assert not narrower.is_capped


@pytest.mark.parametrize("walked", [1, 4, 1000])
def test_the_newest_are_found_however_far_it_has_to_look(
    channel: Channel, ana: User, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    monkeypatch.setattr("inbox.search.finding.MOST_FOUND", 3)
    monkeypatch.setattr("inbox.search.postgres.PROBED", 4)
    monkeypatch.setattr("inbox.search.postgres.WALKED", walked)
    rows = [
        make_conversation(channel, text=f"same word {number % 2}", is_private=number < 6)
        for number in range(12)
    ]
    for text, found, is_capped in (
        ("same", rows[9:], True),
        ("same is:private", rows[3:6], True),
        ("same -0 is:private", [rows[1], rows[3], rows[5]], False),
        ('"word 1"', [rows[7], rows[9], rows[11]], True),
        ("same is:private is:resolved", [], False),
    ):
        search = Search(text, Asked(ana, Lists(ana)))
        shown = list(search.narrow(Conversation.objects.all()).order_by("pk"))
        assert (shown, search.is_capped) == (found, is_capped)


def test_a_person_who_wrote_much_shows_the_newest_and_says_so(
    channel: Channel, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.search.operators.MOST_OF_ONE", 3)
    budi = make_author(handle="budi")
    theirs = [make_conversation(channel, author=budi) for _ in range(4)]
    other = make_conversation(channel)
    for text, found, is_capped in (
        ("from:@budi", theirs[1:], True),
        ("-from:@budi", [other], False),
        (f"from:{other.author.handle}", [other], False),
    ):
        search = Search(text, Asked(ana, Lists(ana)))
        rows = list(search.narrow(Conversation.objects.all()).order_by("pk"))
        assert (rows, search.is_capped) == (found, is_capped)


def test_a_database_with_rows_is_filled_when_search_arrives(channel: Channel, ana: User) -> None:
    row = make_conversation(channel, text="old text", author=make_author(handle="veteran"))
    at = engine.current()
    for part in engine.PARTS:
        at.remove(connection, part)
    late = make_conversation(channel, messages=0)
    make_message(late, text="old but unseen")
    for part in engine.PARTS:
        at.install(connection, part)
        at.install(connection, part)  # and a second time changes nothing
    assert ids("old", ana) == [row.pk, late.pk]
    assert ids("@veteran", ana) == [row.pk]
    Message.objects.filter(conversation=late).update(text="now seen", edited_at=timezone.now())
    assert ids("seen", ana) == [late.pk]
    assert ids('"old but"', ana) == []
