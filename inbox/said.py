"""Stored English told in the reader's language: what connectors and jobs wrote down.

Connectors know no translation, and a job runs for readers of many languages. Both say English
sentences, which are recognised here; what a network itself said is no sentence of ours and stays
as it is.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext, gettext_noop

# Sentences with facts in them; those without are recognised by the catalogue alone.
TEMPLATES = (
    gettext_noop("%(host)s answered %(status)s."),
    gettext_noop("%(host)s sent us elsewhere (%(status)s); we do not follow."),
    gettext_noop("%(host)s asked us to wait."),
    gettext_noop("%(host)s sends us on and on; after %(count)s redirections we stopped."),
    gettext_noop(
        "%(host)s is not asked without encryption: use https. If it is in your own network, ask "
        "whoever runs the desk to add it to PRIVATE_HOSTS."
    ),
    gettext_noop(
        "%(host)s leads into a private network, so it was not contacted. If it is yours, ask "
        "whoever runs the desk to add it to PRIVATE_HOSTS."
    ),
    gettext_noop("%(host)s is on the open internet, and this is a practice run."),
    gettext_noop("%(host)s cannot be reached: %(words)s"),
    gettext_noop("%(host)s gave no full answer, so nobody knows the outcome: %(words)s"),
    gettext_noop("%(host)s gave no full answer: %(words)s"),
    gettext_noop("%(host)s sent an answer that we do not read: %(words)s"),
    gettext_noop("The redirection leads to a malformed address: %(words)s"),
    gettext_noop("The address of the network is malformed: %(words)s"),
    gettext_noop("%(who)s finished the sign-in without a token."),
    gettext_noop("%(words)s Whether it was this reply is not known."),
    gettext_noop("%(count)s of our own items on X could not be read."),
    gettext_noop("%(count)s of our own posts could not be read."),
    gettext_noop("%(count)s private messages could not be read."),
    gettext_noop(
        "%(words)s X lets an app answer only people who mentioned or quoted the account; anybody "
        "else can be answered on X itself."
    ),
    gettext_noop("X did not do it: %(name)s is %(value)s."),
    gettext_noop("X delivered something that is not JSON: %(words)s"),
    gettext_noop("Bluesky answered without a list of %(name)s."),
    gettext_noop("In one thread Bluesky hides %(count)s replies at most."),
    gettext_noop("No mail can be sent to “%(name)s”."),
    gettext_noop("“%(name)s” is one of TLS, STARTTLS and none."),
    gettext_noop("“%(name)s” takes a number from 1 to 65535."),
    gettext_noop("%(server)s has no folder “%(name)s”."),
    gettext_noop("%(server)s offers no encryption (STARTTLS) on this port."),
    gettext_noop("The IMAP server %(host)s"),
    gettext_noop("The SMTP server %(host)s"),
    gettext_noop("%(server)s cannot be reached: %(words)s"),
    gettext_noop(
        "%(server)s does not speak TLS as expected; is the port right, and the encryption?"
    ),
    gettext_noop("%(server)s broke off: %(words)s"),
    gettext_noop("%(server)s refused: %(words)s"),
    gettext_noop("%(server)s took too long."),
    gettext_noop("%(server)s is busy: %(words)s"),
    gettext_noop(
        "%(server)s is not contacted without encryption: choose TLS or STARTTLS. If it is in your "
        "own network, ask whoever runs the desk to add it to PRIVATE_HOSTS."
    ),
    gettext_noop("%(server)s was not trusted: %(words)s."),
    gettext_noop("%(server)s did not finish the encryption in time."),
    gettext_noop("The file is larger than %(count)s MB."),
    gettext_noop("The mailbox has no folder “%(name)s” for what was sent."),
    gettext_noop("The mail is too large: %(size)s MB, and %(server)s takes %(count)s MB."),
    gettext_noop("%(server)s refused the sign-in: %(words)s"),
    gettext_noop("%(server)s offers no sign-in with a password on this port."),
    gettext_noop("At most %(count)s feeds go into one channel."),
    gettext_noop("%(name)s cannot work on conversations."),
    gettext_noop("%(name)s is not in the team of this channel."),
    gettext_noop("This is %(before)s, so it cannot become %(to)s."),
)
# The same without facts, for the catalogue.
SENTENCES = (
    gettext_noop("The sign-in has ended; connect the channel again."),
    gettext_noop("The server no longer knows this sign-in; sign in again."),
    gettext_noop("X gave no token to renew the sign-in with; sign in again."),
    gettext_noop("The access was withdrawn on X."),
    gettext_noop(
        "This app password does not open private messages: make one on Bluesky that does, "
        "and connect the channel again with it."
    ),
    gettext_noop("The address of the network is not a web address."),
    gettext_noop("The server answered something that is not an object."),
    gettext_noop("The server answered something that is not a list."),
    gettext_noop("The server took the app, but gave no keys for it."),
    gettext_noop("The server did not say whose account this is."),
    gettext_noop("The server did not say who this is."),
    gettext_noop("The server promises more, but this page leads no further down."),
    gettext_noop("The server lists something that has no id."),
    gettext_noop("The server answered a thread without what is above."),
    gettext_noop("The server answered a thread without what is below."),
    gettext_noop("The server is still converting the media."),
    gettext_noop("The server gave the same page twice."),
    gettext_noop("The server took it, but did not say under which id."),
    gettext_noop("The server took a file, but did not say under which id."),
    gettext_noop("One of our own posts could not be read."),
    gettext_noop("X answered something that is not an object."),
    gettext_noop("X answered something that is no list."),
    gettext_noop("X answered with errors only."),
    gettext_noop("X answered a page without a list."),
    gettext_noop("X answered a look-up without a list."),
    gettext_noop("X promises more, but this page leads no further down."),
    gettext_noop("X did not say whose account this is."),
    gettext_noop("X gives it out, but still in a form that is not read here."),
    gettext_noop("The server gives it out, but still in a form that is not read here."),
    gettext_noop("X took a picture, but did not say under which id."),
    gettext_noop("This sign-in lets nobody put up pictures on X: connect the channel again."),
    gettext_noop("Bluesky gives it out, but still in a form that is not read here."),
    gettext_noop("There is no post in it."),
    gettext_noop("There is nothing in it to read."),
    gettext_noop("The folder was made anew, and the mail has no name to find it by."),
    gettext_noop("Group chats on Bluesky are not read here: what is answered there reaches all."),
    gettext_noop("X does not know this app as one that it delivers to."),
    gettext_noop("X delivered something that is no event."),
    gettext_noop("X took the request, but its answer says nothing of the result."),
    gettext_noop("X took the reply, but did not say under which id."),
    gettext_noop("Only a post of our own can be deleted."),
    gettext_noop("Replies can only be hidden below a post of our own."),
    gettext_noop("This is not a reply, so there is no thread to hide it from."),
    gettext_noop("The post is not there (any more)."),
    gettext_noop("What is hidden in this thread could not be read."),
    gettext_noop("In which thread this reply is could not be read."),
    gettext_noop("This is not a public post."),
    gettext_noop("This is no address of a file on Bluesky."),
    gettext_noop("Bluesky promises more, but this page leads no further down."),
    gettext_noop("Private messages on Bluesky carry no pictures."),
    gettext_noop("The service gave the same page twice."),
    gettext_noop("Bluesky did not say in which conversation this is."),
    gettext_noop("Bluesky did not say whose account this is."),
    gettext_noop("Bluesky took it, but did not say under which id."),
    gettext_noop("Bluesky took it, but did not say under which address."),
    gettext_noop("Bluesky took a picture, but did not say under which name."),
    gettext_noop("Bluesky answered something that is not an object."),
    gettext_noop("The account's own document does not say on which server it is."),
    gettext_noop("The address of the server must look like https://pds.example.org."),
    gettext_noop("The address of the server is malformed."),
    gettext_noop("The post that this answers is gone."),
    gettext_noop("What we know of the post that this answers is damaged."),
    gettext_noop("Write the whole handle, such as name.bsky.social."),
    gettext_noop("The server signed us in as somebody else; nothing was kept."),
    gettext_noop(
        "This is the account's own password, which opens everything. Make an app password on "
        "Bluesky, under Settings, Privacy and security, and write that one."
    ),
    gettext_noop("There is no session; connect the channel again."),
    gettext_noop("There is no token to renew the sign-in with; sign in again."),
    gettext_noop("The sign-in did not say whose mailbox it opens."),
    gettext_noop("The server opened a session without its tokens."),
    gettext_noop("“Address” takes one e-mail address, such as help@brand.example."),
    gettext_noop("“Password” is missing."),
    gettext_noop("This is not the address of a file in a mailbox."),
    gettext_noop("The mail with this file is no longer in its folder."),
    gettext_noop("No copy of the mail has come back yet."),
    gettext_noop("Write the address of at least one feed."),
    gettext_noop("This channel has no feed."),
    gettext_noop("This is not a feed: neither RSS nor Atom was found at the address."),
    gettext_noop("This is a web page, not a feed; it names one or more feeds."),
    gettext_noop("The feed ends in the middle, so it was not read."),
    gettext_noop("The feed wants a password, which feeds cannot be read with here."),
    gettext_noop("The server does not let us read this address."),
    gettext_noop("There is nothing at this address (404)."),
    gettext_noop("What was at this address is gone for good (410)."),
)
FACT = re.compile(r"%\((\w+)\)s")
SENTENCE_IN = {"words", "server"}  # facts that are sentences or names of ours, or the network's
SHAPES = {"words": ".+", "host": r"\S+", "status": r"\d+", "count": r"\d+"}  # others: ".+?"


def said(text: str) -> str:
    """Return `text` in the language of now, or as it is where we do not know the sentence."""
    if not text:
        return ""
    whole = gettext(text)
    if whole != text:
        return whole
    for template, form in _forms():
        if found := form.fullmatch(text):
            facts = found.groupdict()
            told = {name: said(facts[name]) for name in SENTENCE_IN & facts.keys()}
            return gettext(template) % {**facts, **told}
    return text


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    return [(template, _form(template)) for template in TEMPLATES]


def _form(template: str) -> re.Pattern[str]:
    """Return what recognises a sentence: its own words, and anything where a fact stands."""
    parts = FACT.split(template)
    return re.compile(
        "".join(
            f"(?P<{part}>{SHAPES.get(part, '.+?')})" if at % 2 else re.escape(part)
            for at, part in enumerate(parts)
        ),
        re.DOTALL,
    )
