"""The base of every API view: who may, what comes in, what goes out, each said once per act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from inbox.api.plumbing import paging
from inbox.api.plumbing.once import once

ID = "[0-9]{1,18}"  # of a row; what is longer fits no column
_STANDARD = {"list", "retrieve", "create", "partial_update", "destroy"}
Handler = Callable[..., Response]


class In(serializers.Serializer[Any]):
    """What a request brings. A field that nobody knows is refused: it would do nothing."""

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            words = _("There is no such field here. Take it out, or use one of: %(names)s.")
            names = ", ".join(self.fields) or "–"
            raise serializers.ValidationError({str(n): words % {"names": names} for n in unknown})
        return values


class Nothing(In):
    """A request that needs no words."""


def opens(
    permission: str,
    *,
    gives: type[serializers.BaseSerializer[Any]] | None,
    takes: type[In] | None = None,
    status: int = 200,
    method: str = "post",
    parameters: Sequence[OpenApiParameter] = (),
    is_further: bool = False,
) -> Callable[[Handler], Handler]:
    """Make a method of a view an operation of the API that needs `permission`.

    is_further: it is another method of an address that has one already.
    """

    def decorate(handler: Handler) -> Handler:
        handler.permission = permission  # type: ignore[attr-defined]
        name = handler.__name__
        if name not in _STANDARD and not is_further:
            path = name.replace("_", "-").strip("-")
            handler = action(detail=True, methods=[method], url_path=path)(handler)
        return extend_schema(request=takes, responses={status: gives}, parameters=list(parameters))(
            handler
        )

    return decorate


class DeskViews(GenericViewSet[Any]):
    """Operations on one kind of row. `rows` says which of them the person may see."""

    lookup_value_regex = ID
    serializer_class = Nothing  # each operation names its own
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and hasattr(self, "post"):
            self.post = once(self.post)

    def rows(self) -> Any:
        raise NotImplementedError

    def row(self) -> Any:
        """Return the row of the address; one that is hidden is not there."""
        return get_object_or_404(self.rows(), pk=self.kwargs["pk"])

    def values(self, kind: type[In], **options: Any) -> dict[str, Any]:
        """Return what the request brings, checked."""
        form = kind(data=self.request.data, context=self.get_serializer_context(), **options)
        form.is_valid(raise_exception=True)
        return form.validated_data

    def shown(
        self, kind: type[serializers.BaseSerializer[Any]], row: Any, status: int = 200
    ) -> Response:
        return Response(kind(row, context=self.get_serializer_context()).data, status=status)

    def listed(
        self, kind: type[serializers.BaseSerializer[Any]], rows: list[Any], after: str | None
    ) -> Response:
        shown = kind(rows, many=True, context=self.get_serializer_context())
        return Response({"results": shown.data, "next": after})

    def page(
        self,
        kind: type[serializers.BaseSerializer[Any]],
        rows: Any,
        order: Any,
        *filters: str,
    ) -> Response:
        """Return the page of `rows` that the request asks for."""
        found, after = paging.page(rows, order, *paging.asked(self.request, *filters))
        return self.listed(kind, found, after)
