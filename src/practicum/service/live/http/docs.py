"""An OpenAPI document as one HTML page that needs nothing else: no script, no network."""

from __future__ import annotations

from html import escape
from typing import Any

import msgspec

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
article { border-top: 1px solid #8888; margin-top: 2rem; }
h2 { font: 600 1.1rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
code, pre { font-family: ui-monospace, monospace; font-size: .9rem; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8888; }
"""

Json = dict[str, Any]


def docs_page(document: Json) -> str:
    """The page for a document that `openapi.openapi_document` made."""
    title = escape(document["info"]["title"])
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    links = "".join(
        f'<li><a href="#{escape(op["operationId"])}">{method} {escape(path)}</a>: '
        f"{escape(op['summary'])}</li>"
        for method, path, op in operations
    )
    articles = "".join(_article(*operation) for operation in operations)
    schemas = "".join(
        f'<article id="schema-{escape(name)}"><h2>{escape(name)}</h2>{_json(schema)}</article>'
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}: operations</title><style>{_STYLE}</style></head><body>"
        f'<h1>{title}</h1><p>As data: <a href="/openapi.json">openapi.json</a></p>'
        f"<nav><ul>{links}</ul></nav><main>{articles}{schemas}</main></body></html>"
    )


def _article(method: str, path: str, operation: Json) -> str:
    rows = [
        (parameter["name"], parameter["in"], parameter.get("required", False), parameter)
        for parameter in operation["parameters"]
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = body.get("schema", {})
    rows += [
        (name, "body", name in schema["required"], {"schema": inner})
        for name, inner in schema.get("properties", {}).items()
    ]
    fields = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{place}</td>"
        f"<td>{'required' if required else 'optional'}</td><td>{_meaning(what)}</td></tr>"
        for name, place, required, what in rows
    )
    answers = "".join(
        f"<tr><td>{status}</td><td>{escape(answer['description'])}{_result(answer)}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    return (
        f'<article id="{escape(operation["operationId"])}"><h2>{method} {escape(path)}</h2>'
        f"<p>{escape(operation['summary'])}</p><table><thead><tr><th>Field</th><th>In</th>"
        f"<th>Needed</th><th>What</th></tr></thead><tbody>{fields}</tbody></table><table><thead>"
        f"<tr><th>Status</th><th>Meaning</th></tr></thead><tbody>{answers}</tbody></table>"
        "</article>"
    )


def _meaning(what: Json) -> str:
    if "description" in what:
        return escape(what["description"])
    return f"<code>{escape(msgspec.json.encode(what['schema']).decode())}</code>"


def _result(answer: Json) -> str:
    schema = answer["content"].get("application/json", {}).get("schema")
    return _json(schema) if schema else ""


def _json(schema: Json) -> str:
    text = msgspec.json.format(msgspec.json.encode(schema), indent=2).decode()
    return f"<pre>{escape(text)}</pre>"
