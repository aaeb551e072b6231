"""The OpenAPI 3.1 document of a service, from its operations."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from practicum.service.errors import ERRORS, OperationError
from practicum.service.live.http.problem import PROBLEM_TYPE, Problem, problem_of
from practicum.service.operations import (
    CORRELATION_HEADER,
    DEADLINE_HEADER,
    IDEMPOTENCY_HEADER,
    TRACE_HEADER,
    Operation,
)

_REFERENCE = "#/components/schemas/{name}"
_EVERY_OPERATION = (
    "malformed",
    "invalid",
    "overloaded",
    "internal",
    "unavailable",
    "draining",
    "dependency_down",
    "too_late",
    "deadline_exceeded",
)
_WITH_BODY = ("too_large", "unsupported_media_type")
_HEADERS = {
    DEADLINE_HEADER: "Milliseconds that the caller will still wait.",
    CORRELATION_HEADER: "Names the whole conversation; made up and answered when absent.",
    TRACE_HEADER: "W3C Trace Context.",
}
_KEY = "Makes it safe to ask again: the effect happens once for each key."

Json = dict[str, Any]


def openapi_document(service_name: str, operations: Sequence[Operation[Any, Any]]) -> Json:
    """The document; its structs stand under ``components`` by their class names."""
    kinds = [kind for op in operations for kind in (op.request, op.result)]
    schemas, components = msgspec.json.schema_components([*kinds, Problem], ref_template=_REFERENCE)
    requests, results = schemas[:-1:2], schemas[1:-1:2]
    paths: dict[str, Json] = {}
    for op, request, result in zip(operations, requests, results, strict=True):
        struct = components[request["$ref"].rpartition("/")[2]]
        described = _operation(op, struct, result)
        paths.setdefault(op.path, {})[op.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": service_name, "version": version("practicum")},
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(op: Operation[Any, Any], struct: Json, result: Json) -> Json:
    in_query = op.method in ("GET", "DELETE")
    properties: Json = struct.get("properties", {})
    required = struct.get("required", [])
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": properties[name]}
        for name in op.path_fields
    ]
    rest = {name: schema for name, schema in properties.items() if name not in op.path_fields}
    if in_query:
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in rest.items()
        ]
    headers = _HEADERS if op.method == "GET" else _HEADERS | {IDEMPOTENCY_HEADER: _KEY}
    parameters += [
        {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}
        for name, text in headers.items()
    ]
    described: Json = {
        "operationId": op.name,
        "summary": op.summary or op.name,
        "parameters": parameters,
        "responses": _responses(op, result, with_body=not in_query),
    }
    if not in_query:
        body = struct | {"properties": rest}
        body["required"] = [name for name in required if name in rest]
        described["requestBody"] = {
            "required": bool(body["required"]),
            "content": {"application/json": {"schema": body}},
        }
    return described


def _responses(op: Operation[Any, Any], result: Json, *, with_body: bool) -> Json:
    responses: Json = {
        str(op.status): {
            "description": "The result.",
            "content": {"application/json": {"schema": result}},
        }
    }
    codes = dict.fromkeys((*op.errors, *_EVERY_OPERATION, *(_WITH_BODY if with_body else ())))
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(ERRORS[code].status, []).append(code)
    for status, same_status in sorted(by_status.items()):
        examples = {
            code: {"value": msgspec.to_builtins(problem_of(OperationError(code, "in words")))}
            for code in same_status
        }
        meanings = [f"{code}: {ERRORS[code].meaning}" for code in same_status]
        responses[str(status)] = {
            "description": ". ".join(meanings) + ".",
            "content": {
                PROBLEM_TYPE: {
                    "schema": {"$ref": _REFERENCE.format(name="Problem")},
                    "examples": examples,
                }
            },
        }
    return responses
