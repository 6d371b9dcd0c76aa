"""Feeds: RSS and Atom, among them Google Alerts. They are read; there is nobody to answer.

Where the facts come from:
- RSS 2.0: https://www.rssboard.org/rss-specification, RSS 1.0: https://web.resource.org/rss/1.0/spec
- Atom: https://www.rfc-editor.org/rfc/rfc4287
- conditional requests: https://www.rfc-editor.org/rfc/rfc9110#section-13
- finding a page's feed: https://www.rssboard.org/rss-autodiscovery

One channel may hold several feeds, so that an article that several of them name is one
conversation. A feed shows a window of what is newest: what leaves it was not deleted.
"""
