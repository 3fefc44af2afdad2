"""A proxy for clients that cannot be told another host: what they send to TikTok reaches the sandbox.

A client that obeys HTTPS_PROXY asks with CONNECT for business-api.tiktok.com:443. For TikTok's hosts
it gets a tunnel to a TLS listener of ours, which hands what it decrypts to the sandbox; every other
host is refused, so a test that uses the proxy cannot reach the real TikTok.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from tiktok_sandbox.runtime.certificates import Certificate

# The API for Business, the pages of consent, and the shop with its tokens.
HOSTS = (
    *("business-api.tiktok.com", "www.tiktok.com"),
    *("open-api.tiktokglobalshop.com", "auth.tiktok-shops.com"),
)
HEAD_SECONDS, CHUNK = 10.0, 65_536
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"

Address = tuple[str, int]


@asynccontextmanager
async def proxying(
    *,
    sandbox: Address,
    certificate: Certificate,
    hosts: Sequence[str] = HOSTS,
    host: str = "127.0.0.1",
    port: int = 0,
    tls_port: int = 0,
) -> AsyncIterator[tuple[Address, Address]]:
    """Listen while the block lasts; the proxy's address and that of the TLS listener behind it.

    sandbox : host and port where it answers in plain HTTP; ports of 0 are free ones.
    Raises OSError when a port is taken.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    context.set_alpn_protocols(["http/1.1"])

    async def decrypted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _join(reader, writer, sandbox)

    async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            writer.close()
            return
        refusal = _refusal(head, hosts)
        if refusal:
            writer.write(refusal)
            writer.close()
            return
        writer.write(OPENED)
        await _join(reader, writer, behind)

    inner = await asyncio.start_server(decrypted, host, tls_port, ssl=context)
    behind: Address = (host, inner.sockets[0].getsockname()[1])
    try:
        outer = await asyncio.start_server(asked, host, port)
    except OSError:
        inner.close()
        raise
    try:
        yield (host, outer.sockets[0].getsockname()[1]), behind
    finally:
        outer.close()
        inner.close()


def _refusal(head: bytes, hosts: Sequence[str]) -> bytes:
    """The answer to a request that gets no tunnel; nothing when it gets one."""
    method, _, rest = head.decode("latin-1").partition(" ")
    wanted = rest.partition(" ")[0]
    if method != "CONNECT":
        return _plain(405, "This proxy knows CONNECT only: set HTTPS_PROXY, not HTTP_PROXY.")
    name, _, port = wanted.rpartition(":")
    if name.lower() not in hosts or port != "443":
        known = ", ".join(hosts)
        return _plain(403, f"{wanted} is not simulated; the hosts are {known}, on port 443.")
    return b""


def _plain(status: int, text: str) -> bytes:
    body = text.encode("latin-1", "replace") + b"\n"
    head = (
        f"HTTP/1.1 {status} Refused\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    )
    return head.encode() + b"Connection: close\r\n\r\n" + body


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: Address
) -> None:
    """Pass bytes both ways between a caller and an address until one of them ends."""
    try:
        far_reader, far_writer = await asyncio.open_connection(*address)
    except OSError:
        writer.close()
        return
    ways = [
        asyncio.create_task(_copy(reader, far_writer)),
        asyncio.create_task(_copy(far_reader, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, far_writer):
            end.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
