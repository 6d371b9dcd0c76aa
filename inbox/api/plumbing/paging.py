"""Lists come in pages that continue after a row: `?cursor=` and `?page_size=`."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

SIZE, MOST = 50, 100
CURSOR, PAGE_SIZE = "cursor", "page_size"
PARAMETERS = [
    OpenApiParameter(
        CURSOR,
        str,
        description="`next` of the page before; leave it out for the first page.",
    ),
    OpenApiParameter(
        PAGE_SIZE,
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": SIZE},
        description="How many at most.",
    ),
]


def asked(request: Request, *others: str) -> tuple[str, int]:
    """Return the cursor and the size that `request` asks for.

    others: further parameters that this list knows. Raises ValidationError for any that it does
    not know, since a filter with a typing error would quietly show everything.
    """
    known = {CURSOR, PAGE_SIZE, *others}
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        words = _("There is no such parameter here. Take it out, or use one of: %(names)s.")
        names = ", ".join(sorted(known))
        raise ValidationError({name: words % {"names": names} for name in unknown})
    text = request.query_params.get(PAGE_SIZE, str(SIZE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST):
        raise ValidationError({PAGE_SIZE: _("Takes a number from 1 to %(most)s.") % {"most": MOST}})
    return request.query_params.get(CURSOR, ""), int(text)


def page(rows: Any, order: Any, cursor: str, size: int) -> tuple[list[Any], str | None]:
    """Return one page of `rows` in `order`, and the cursor of the next one."""
    rows = rows.order_by(*order.columns)
    if cursor:
        rows = order.after(rows, cursor)
    found = list(rows[: size + 1])
    return found[:size], order.cursor(found[size - 1]) if len(found) > size else None


@cache
def page_of(item: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """Return the description of a page of `item`."""
    after = serializers.CharField(
        allow_null=True, help_text="Ask for the next page with `?cursor=` this; null on the last."
    )
    name = f"{item.__name__}Page"
    made = type(name, (serializers.Serializer,), {"results": item(many=True), "next": after})
    return extend_schema_serializer(many=False)(made)
