"""The sandbox's own OpenAPI 3.1 description, made from the endpoint table. Nobody else's file."""

from __future__ import annotations

from collections.abc import Iterable

from tiktok_sandbox.wire.endpoints import ENDPOINTS, PREFIX
from tiktok_sandbox.wire.protocol import errors
from tiktok_sandbox.wire.protocol.calls import Endpoint
from tiktok_sandbox.wire.protocol.fields import Field

Schema = dict[str, object]
MOMENT = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$"
SOURCE = "Section {} of the API contract this sandbox was written from."
DESCRIPTION = """A simulated TikTok API for Business v1.3 for Spark Ads. Nothing here was checked
against the live service. Every answer of a known path is HTTP 200 with an envelope: test `code`,
never the status. Lists and objects in queries are JSON text."""


def openapi(*, server: str = "/") -> Schema:
    """The whole document. server : address under which clients reach the sandbox"""
    return {
        "openapi": "3.1.0",
        "info": {"title": "TikTok sandbox", "version": "1.3", "description": DESCRIPTION},
        "servers": [{"url": server}],
        "paths": {PREFIX + endpoint.path: _path(endpoint) for endpoint in ENDPOINTS},
        "components": {
            "securitySchemes": {
                holder: {"type": "apiKey", "in": "header", "name": "Access-Token"}
                for holder in ("advertiser", "creator")
            },
            "schemas": {"Envelope": ENVELOPE, "FlatEnvelope": FLAT},
        },
    }


def error_codes() -> dict[str, str]:
    """Codes the sandbox answers, by number, with our name for each."""
    named = {
        str(value): name.lower().replace("_", " ")
        for name, value in vars(errors).items()
        if name.isupper() and isinstance(value, int)
    }
    return dict(sorted(named.items(), key=lambda entry: int(entry[0])))


ENVELOPE: Schema = {
    "type": "object",
    "required": ["code", "message", "request_id", "data"],
    "properties": {
        "code": {
            "type": "integer",
            "description": "0 is success, 20001 partial success. Others: "
            + ", ".join(f"{code} {name}" for code, name in error_codes().items()),
        },
        "message": {"type": "string"},
        "request_id": {"type": "string"},
        "data": {"type": "object", "description": "Empty on failure"},
    },
}
FLAT: Schema = {
    "type": "object",
    "required": ["code", "message", "request_id"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "request_id": {"type": "string"},
    },
}


def _path(endpoint: Endpoint) -> Schema:
    return {endpoint.method.lower(): _operation(endpoint)}


def _operation(endpoint: Endpoint) -> Schema:
    described: Schema = {
        "operationId": endpoint.method.lower() + endpoint.path.replace("/", "_").rstrip("_"),
        "summary": f"{endpoint.method} {endpoint.path}",
        "description": _description(endpoint),
        "tags": [endpoint.path.strip("/").split("/")[0]],
        "responses": {"200": _answer(endpoint)},
    }
    if endpoint.holder != "nobody":
        described["security"] = [{endpoint.holder: []}]
    if endpoint.method == "GET":
        described["parameters"] = [_parameter(field) for field in endpoint.takes]
    elif endpoint.takes:
        described["requestBody"] = _body(endpoint.takes)
    return described


def _description(endpoint: Endpoint) -> str:
    parts = [SOURCE.format(endpoint.section)]
    if endpoint.limits:
        parts.append(f"Limits of the simulation: {endpoint.limits}.")
    return " ".join(parts)


def _answer(endpoint: Endpoint) -> Schema:
    """What the handler's own annotation says it answers."""
    returns = str(endpoint.handler.__annotations__.get("return", "Data"))
    schema = "FlatEnvelope" if "Flat" in returns else "Envelope"
    content: Schema = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    if "Document" in returns or "Answer" in returns:
        content["text/csv"] = {"schema": {"type": "string"}}
    return {"description": "An envelope, also when the call was refused", "content": content}


def _parameter(field: Field) -> Schema:
    described: Schema = {"name": field.name, "in": "query", "required": field.required}
    if field.note:
        described["description"] = field.note
    if field.kind in ("list", "object"):
        return described | {"content": {"application/json": {"schema": schema_of(field)}}}
    return described | {"schema": schema_of(field)}


def _body(fields: Iterable[Field]) -> Schema:
    declared = tuple(fields)
    has_file = any(field.kind == "file" for field in declared)
    kind = "multipart/form-data" if has_file else "application/json"
    return {"required": True, "content": {kind: {"schema": _object(declared)}}}


def _object(fields: Iterable[Field]) -> Schema:
    declared = tuple(fields)
    schema: Schema = {
        "type": "object",
        "properties": {field.name: schema_of(field) for field in declared},
    }
    required = [field.name for field in declared if field.required]
    return schema | {"required": required} if required else schema


def schema_of(field: Field) -> Schema:
    """JSON Schema of one field."""
    if field.kind == "text":
        return _text(field)
    if field.kind in ("integer", "number"):
        bounds = {"minimum": field.low, "maximum": field.high}
        return {"type": field.kind} | {k: v for k, v in bounds.items() if v is not None}
    if field.kind == "boolean":
        return {"type": "boolean"}
    if field.kind == "moment":
        return {"type": "string", "pattern": MOMENT, "description": "UTC"}
    if field.kind == "day":
        return {"type": "string", "format": "date"}
    if field.kind == "list":
        return _list(field)
    if field.kind == "object":
        return _object(field.fields)
    return {"type": "string", "contentMediaType": "application/octet-stream"}


def _text(field: Field) -> Schema:
    schema: Schema = {"type": "string"}
    if field.choices:
        return schema | {"enum": list(field.choices)}
    if field.required:
        schema["minLength"] = 1
    return schema | {"maxLength": field.most} if field.most is not None else schema


def _list(field: Field) -> Schema:
    schema: Schema = {"type": "array", "items": schema_of(field.items) if field.items else {}}
    if field.least:
        schema["minItems"] = field.least
    return schema | {"maxItems": field.most} if field.most is not None else schema
