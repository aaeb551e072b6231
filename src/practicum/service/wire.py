"""Requests and results of operations as text, and what is wrong with them in words.

Both worlds use this module, so that a request which the live server refuses is refused by the
simulated one in the same words. Requests are read strictly: a field that the operation does
not know is an error, because it is nearly always a slip of the pen. Results are read
tolerantly: a caller that knows fewer fields than the answer has is an older caller.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
import msgspec.inspect as types

from practicum.service.errors import OperationError
from practicum.service.events import canonical_json
from practicum.service.operations import Operation

_AT = re.compile(r"(.*?)(?: - at (?:`key` in )?`\$([^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.+)`")
_BYTE = re.compile(r"(?:JSON is malformed: )?(.*) \(byte (\d+)\)")
_QUERY_FIELDS_MAX = 200


class RequestText(msgspec.Struct, frozen=True):
    """A request on its way: the path with its fields filled in, the query without its
    question mark, and the JSON body (empty for GET and DELETE)."""

    path: str
    query: str
    body: bytes


class OperationCodec:
    """Writes and reads the requests and results of one operation.

    ValueError when the operation's path names a field that its request does not have.
    """

    def __init__(self, operation: Operation[Any, Any]) -> None:
        info = types.type_info(operation.request)
        assert isinstance(info, types.StructType)
        self.operation = operation
        self.in_query = operation.method in ("GET", "DELETE")
        self._info = info
        self._fields = {f.encode_name: f for f in msgspec.structs.fields(operation.request)}
        self._lists = {f.encode_name for f in info.fields if _is_list(f.type)}
        self._request = msgspec.json.Decoder(operation.request)
        self._result = msgspec.json.Decoder(operation.result)
        for name in operation.path_fields:
            if name not in self._fields:
                raise ValueError(
                    f"{operation.path} of {operation.service}.{operation.name}: "
                    f"{operation.request.__name__} has no field {name}"
                )

    def write_request(self, request: msgspec.Struct) -> RequestText:
        """The request as text; `OperationError` ``invalid`` if a path field has no text."""
        operation = self.operation
        if not operation.path_fields and not self.in_query:
            return RequestText(operation.path, "", canonical_json(request))
        values: dict[str, Any] = msgspec.to_builtins(request)
        path = operation.path
        for name in operation.path_fields:
            text = _text(values.pop(name))
            if text in ("", ".", ".."):
                raise OperationError(
                    "invalid", f"{name}: {text!r} cannot stand in a path", field=name
                )
            path = path.replace(f"{{{name}}}", quote(text, safe=""))
        if not self.in_query:
            return RequestText(path, "", canonical_json(values))
        pairs = [
            (name, _text(item))
            for name, value in values.items()
            if value is not None
            for item in (value if isinstance(value, list) else [value])
        ]
        return RequestText(path, urlencode(pairs), b"")

    def read_request(self, path: Mapping[str, str], query: str, body: bytes) -> Any:
        """The request from the (unquoted) path fields, the query string and the body.

        Raises `OperationError`: ``malformed`` when it cannot be read, ``invalid`` with the
        field when it makes no sense.
        """
        given = _read_query(query)
        if self.in_query:
            return self._from_query(path, given)
        if given:
            name = given[0][0]
            raise OperationError(
                "invalid", f"{name}: the query is not read here; use the JSON body", field=name
            )
        return self._from_body(path, body or b"{}")

    def write_result(self, result: object) -> bytes:
        """The result in canonical JSON."""
        return canonical_json(result)

    def read_result(self, body: bytes) -> Any:
        """The result; `OperationError` ``internal`` when it is not of the declared type."""
        try:
            return self._result.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            operation = self.operation
            raise OperationError(
                "internal", f"{operation.service}.{operation.name} answered nonsense: {error}"
            ) from error

    def _from_query(self, path: Mapping[str, str], given: list[tuple[str, str]]) -> Any:
        values: dict[str, Any] = {}
        for name, text in given:
            if name not in self._fields or name in path:
                raise _unknown(name, [n for n in self._fields if n not in path])
            if name in self._lists:
                values.setdefault(name, []).append(text)
            elif values.setdefault(name, text) is not text:
                raise OperationError("invalid", f"{name}: given more than once", field=name)
        values.update(path)
        try:
            return msgspec.convert(values, self.operation.request, strict=False)
        except msgspec.ValidationError as error:
            raise _invalid(error) from None

    def _from_body(self, path: Mapping[str, str], body: bytes) -> Any:
        check_fields(self._info, read_json(body), ignored=path)
        try:
            if not path:
                return self._request.decode(body)
            # Raw keeps numbers and text exactly as they came.
            fields: dict[str, Any] = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        except msgspec.ValidationError as error:
            raise _invalid(error) from None
        for name, text in path.items():
            if name in fields:
                raise OperationError("invalid", f"{name}: stands in the path already", field=name)
            fields[name] = self._path_value(name, text)
        try:
            return self._request.decode(msgspec.json.encode(fields))
        except msgspec.ValidationError as error:
            raise _invalid(error) from None

    def _path_value(self, name: str, text: str) -> object:
        try:
            return msgspec.convert(text, self._fields[name].type, strict=False)
        except msgspec.ValidationError as error:
            raise _invalid(error, name) from None


def read_json(body: bytes) -> object:
    """Any JSON value; `OperationError` ``malformed`` says where reading stopped."""
    try:
        return msgspec.json.decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(error) from None
    except msgspec.DecodeError as error:
        raise OperationError("malformed", f"not JSON: {_where(str(error), body)}") from None
    except UnicodeDecodeError as error:
        raise OperationError("malformed", f"not UTF-8: {error.reason}") from None
    except RecursionError:
        raise OperationError("malformed", "nested more deeply than this server reads") from None


def check_fields(
    info: types.Type, value: object, place: str = "", ignored: Iterable[str] = ()
) -> None:
    """Raise `OperationError` ``invalid`` for the first field that the type does not know."""
    if isinstance(info, types.UnionType):
        info = _member(info, value)
    if isinstance(info, types.StructType) and isinstance(value, dict) and not info.array_like:
        fields = {field.encode_name: field.type for field in info.fields}
        for name, inner in value.items():
            if name in fields:
                if isinstance(inner, (dict, list)):
                    check_fields(fields[name], inner, f"{place}.{name}" if place else name)
            elif name != info.tag_field and name not in ignored:
                raise _unknown(name, fields, place)
    elif isinstance(value, list) and _is_list(info):
        for index, inner in enumerate(value):
            check_fields(info.item_type, inner, f"{place}[{index}]")  # type: ignore[attr-defined]
    elif isinstance(value, dict) and isinstance(info, types.DictType):
        for key, inner in value.items():
            check_fields(info.value_type, inner, f"{place}[{key}]")


def _member(union: types.UnionType, value: object) -> types.Type:
    """The struct of the union that ``value`` is meant to be: the tagged one, or the only one."""
    structs = [member for member in union.types if isinstance(member, types.StructType)]
    if isinstance(value, dict):
        for struct in structs:
            if struct.tag_field is None or value.get(struct.tag_field) == struct.tag:
                return struct
    others = [member for member in union.types if not isinstance(member, types.StructType)]
    wanted = types.DictType if isinstance(value, dict) else types.CollectionType
    return next((member for member in others if isinstance(member, wanted)), union)


def _is_list(info: types.Type) -> bool:
    if isinstance(info, types.UnionType):
        return any(_is_list(member) for member in info.types)
    return isinstance(info, types.CollectionType)


def _read_query(query: str) -> list[tuple[str, str]]:
    if not query:
        return []
    try:
        return parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_QUERY_FIELDS_MAX
        )
    except ValueError as error:
        raise OperationError("malformed", f"the query cannot be read: {error}") from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical_json(value).decode()


def _unknown(name: str, known: Iterable[str], place: str = "") -> OperationError:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1, 0.5)
    if near:
        advice = f"did you mean {near[0]}?"
    else:
        advice = f"known fields: {', '.join(names)}" if names else "no field is read here"
    field = f"{place}.{name}" if place else name
    return OperationError("invalid", f"{field}: unknown field; {advice}", field=field)


def _invalid(error: msgspec.ValidationError, place: str = "") -> OperationError:
    match = _AT.fullmatch(str(error))
    assert match is not None
    what = match[1]
    path = (place + (match[2] or "")).lstrip(".")
    if missing := _MISSING.fullmatch(what):
        field = f"{path}.{missing[1]}" if path else missing[1]
        return OperationError("invalid", f"{field}: is missing", field=field)
    what = what.replace("`", "")
    what = what[:1].lower() + what[1:]
    return OperationError("invalid", f"{path or 'the request'}: {what}", field=path or None)


def _where(message: str, body: bytes) -> str:
    match = _BYTE.fullmatch(message)
    if match is None:
        return f"it breaks off (read {len(body)} bytes)"
    reason, offset = match[1], int(match[2])
    before = body[:offset].decode(errors="replace")
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return f"{reason} at line {line}, column {column} (byte {offset})"
