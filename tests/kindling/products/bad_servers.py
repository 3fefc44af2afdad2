"""Servers on this machine that answer badly, each a few lines on a socket of its own."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
Answer = Callable[[socket.socket, threading.Event], None]


@contextmanager
def served(answer: Answer, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server that reads a request and gives `answer` the connection, until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                threading.Thread(target=one, args=[plain], daemon=True).start()

    def one(plain: socket.socket) -> None:
        with plain, suppress(OSError):
            talk = tls.wrap_socket(plain, server_side=True) if tls else plain
            with talk:
                talk.recv(65_536)
                answer(talk, ended)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def html(body: bytes, *, head: bytes = HTML) -> Answer:
    return lambda talk, _: talk.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def raw(data: bytes) -> Answer:
    return lambda talk, _: talk.sendall(data)


def endless(talk: socket.socket, ended: threading.Event) -> None:
    """A page that never ends."""
    talk.sendall(HTML + b"\r\n")
    while not ended.is_set():
        talk.sendall(b"<p>more</p>" * 1000)


def dripping_headers(talk: socket.socket, ended: threading.Event) -> None:
    """One byte of a header at a time, each well within any timeout of a socket."""
    talk.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not ended.wait(0.05):
        talk.sendall(b"a")


def dripping_body(talk: socket.socket, ended: threading.Event) -> None:
    talk.sendall(HTML + b"Content-Length: 1000000\r\n\r\n")
    while not ended.wait(0.05):
        talk.sendall(b"a")


def silent(talk: socket.socket, ended: threading.Event) -> None:
    ended.wait(30)


def own_certificate(folder: Path) -> ssl.SSLContext:
    """TLS with a certificate that nobody signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "own.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
