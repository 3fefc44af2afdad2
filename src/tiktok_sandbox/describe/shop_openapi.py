"""OpenAPI 3.1 of the shop's API, made from its own table: paths with ids, a status of its own an error."""

from __future__ import annotations

import re
from typing import Any

from tiktok_sandbox.describe.openapi import Schema, schema_of
from tiktok_sandbox.wire.endpoints import SHOP_ENDPOINTS
from tiktok_sandbox.wire.protocol.fields import Field, record
from tiktok_sandbox.wire.shop.protocol import ShopEndpoint

DESCRIPTION = """A simulated TikTok Shop Partner API: orders, returns, products, stock, collaborations.
Nothing here was checked against the live service. app_key, timestamp and sign are checked in the
profile "strict" only."""
ENVELOPE: Schema = {
    "type": "object",
    "required": ["code", "message", "request_id", "data"],
    "properties": {
        "code": {"type": "integer", "description": "0 is success"},
        "message": {"type": "string"},
        "request_id": {"type": "string"},
        "data": {"type": "object", "description": "Empty on failure"},
    },
}
SIGNED = ("app_key", "timestamp", "sign")
STATUSES = {
    "200": "Done",
    "400": "Something asked for is of a wrong form or does not exist",
    "401": "No token, an unknown or expired one, or a wrong signature",
    "403": "The shop is not one of the token",
    "429": "Too many calls",
}


def shop_openapi(*, server: str = "/") -> Schema:
    """The whole document. server : address under which clients reach the sandbox"""
    paths: dict[str, dict[str, Schema]] = {}
    for endpoint in SHOP_ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "TikTok Shop sandbox", "version": "202309", "description": DESCRIPTION},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "seller": {"type": "apiKey", "in": "header", "name": "x-tts-access-token"}
            },
            "schemas": {"Envelope": ENVELOPE},
        },
    }


def _operation(endpoint: ShopEndpoint) -> Schema:
    described: dict[str, Any]
    name = re.sub(r"\W+", "_", endpoint.path).strip("_")
    described = {
        "operationId": f"{endpoint.method.lower()}_{name}",
        "summary": f"{endpoint.method} {endpoint.path}",
        "tags": [endpoint.path.strip("/").split("/")[0]],
        "parameters": [
            *(_in_path(name) for name in re.findall(r"\{(\w+)\}", endpoint.path)),
            *(_in_query(field) for field in endpoint.query),
        ],
        "responses": {status: _answer(text) for status, text in STATUSES.items()},
    }
    if not endpoint.is_open:
        plain = {"in": "query", "schema": {"type": "string"}}
        described["security"] = [{"seller": []}]
        described["parameters"] += [{"name": name, **plain} for name in SIGNED]
    if endpoint.limits:
        described["description"] = f"Limits of the simulation: {endpoint.limits}."
    if endpoint.body:
        content = {"application/json": {"schema": schema_of(record("body", *endpoint.body))}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _in_path(name: str) -> Schema:
    pattern = {"type": "string", "pattern": r"^[0-9]{1,32}$"}
    return {"name": name, "in": "path", "required": True, "schema": pattern}


def _in_query(field: Field) -> Schema:
    return {
        "name": field.name,
        "in": "query",
        "required": field.required,
        "schema": schema_of(field),
    }


def _answer(text: str) -> Schema:
    schema = {"$ref": "#/components/schemas/Envelope"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
