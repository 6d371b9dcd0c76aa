"""The API of responses: the same operations as the pages, for programs."""
