"""The API of the inbox: the same operations as the pages, for programs."""
