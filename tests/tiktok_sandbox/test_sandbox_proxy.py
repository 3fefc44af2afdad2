"""Clients that name TikTok's host in their code, led to the sandbox by the proxy."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tiktok_sandbox.cli import main
from tiktok_sandbox.runtime.certificates import Certificate, certificate_in
from tiktok_sandbox.runtime.proxy import HOSTS, proxying
from tiktok_sandbox.server import SandboxServer

NOW = datetime(2026, 3, 2, tzinfo=UTC)
# Clients as people write them: the host is TikTok's, and nothing is said of a proxy or a certificate.
CLIENTS = {
    "urllib": "import urllib.request as u; print(u.urlopen('{url}').read().decode())",
    "httpx": "import httpx; print(httpx.get('{url}').text)",
    "requests": "import requests; print(requests.get('{url}').text)",
}
ENDPOINT = "https://business-api.tiktok.com/open_api/v1.3/tt_video/list/?advertiser_id=1"


class TestCertificate:
    def test_is_kept_until_it_is_old_or_for_other_hosts(self, tmp_path: Path) -> None:
        def made(*hosts: str, after: int = 0) -> bytes:
            days = timedelta(days=after)
            return certificate_in(tmp_path, hosts, now=NOW + days).chain.read_bytes()

        first = made("a.example")
        assert made("a.example", after=300) == first
        assert made("a.example", after=350) != first
        second = made("a.example")
        assert made("b.example") != second

    def test_its_key_is_for_its_owner_and_the_authoritys_is_gone(self, tmp_path: Path) -> None:
        files = certificate_in(tmp_path, HOSTS)
        assert files.key.stat().st_mode & 0o077 == 0
        keys = [path.name for path in tmp_path.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
        assert keys == ["server.key"]


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return certificate_in(tmp_path, HOSTS)


def say(address: tuple[str, int], line: str) -> str:
    """The first bytes a proxy answers to a request of one line."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(f"{line} HTTP/1.1\r\n\r\n".encode())
        return connection.recv(4096).decode()


class TestProxy:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("CONNECT example.com:443", "403"),
            ("CONNECT business-api.tiktok.com:80", "on port 443"),
            ("CONNECT nowhere", "403"),
            ("GET http://business-api.tiktok.com/", "set HTTPS_PROXY"),
        ],
    )
    async def test_refuses_everything_else(
        self, certificate: Certificate, line: str, reason: str
    ) -> None:
        async with proxying(sandbox=("127.0.0.1", 1), certificate=certificate) as (outer, _):
            assert reason in await asyncio.to_thread(say, outer, line)

    async def test_its_certificate_is_good_for_tiktoks_names_alone(
        self, certificate: Certificate
    ) -> None:
        trusting = ssl.create_default_context(cafile=str(certificate.authority))
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT
        async with proxying(sandbox=("127.0.0.1", 1), certificate=certificate) as (_, tls):
            for name in HOSTS:
                _, writer = await asyncio.open_connection(*tls, ssl=trusting, server_hostname=name)
                writer.transport.abort()
            with pytest.raises(ssl.SSLCertVerificationError):
                await asyncio.open_connection(*tls, ssl=trusting, server_hostname="example.com")
            await asyncio.sleep(0.05)


class TestCommand:
    @pytest.mark.slow
    def test_leads_unchanged_clients_to_the_sandbox(
        self, sandbox: SandboxServer, tmp_path: Path
    ) -> None:
        command = [sys.executable, "-m", "tiktok_sandbox.cli", "proxy", "--to", sandbox.url]
        command += ["--port", "0", "--folder", str(tmp_path)]
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        unbuffered = environment | {"PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, env=unbuffered, stdout=subprocess.PIPE, text=True) as proxy:
            assert proxy.stdout is not None
            assert "business-api.tiktok.com" in proxy.stdout.readline()
            shown = [proxy.stdout.readline().split() for _ in range(4)]
            environment |= dict(words[1].split("=", 1) for words in shown)
            for name, code in CLIENTS.items():
                client = [sys.executable, "-c", code.format(url=ENDPOINT)]
                said = subprocess.run(client, env=environment, capture_output=True, text=True)
                assert '"code": 40104' in said.stdout or '"code":40104' in said.stdout, (
                    name,
                    said.stdout + said.stderr,
                )
            os.kill(proxy.pid, signal.SIGINT)
            assert proxy.wait(timeout=20) == 0

    @pytest.mark.parametrize("address", ["https://127.0.0.1:8790", "127.0.0.1:8790"])
    def test_says_which_address_it_needs(self, address: str) -> None:
        answer = CliRunner().invoke(main, ["proxy", "--to", address])
        assert answer.exit_code == 1
        assert "--to must be the sandbox's address" in answer.output

    def test_says_what_is_missing(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setitem(sys.modules, "cryptography", None)
        answer = CliRunner().invoke(main, ["proxy", "--folder", str(tmp_path / "new")])
        assert answer.exit_code == 1
        assert "pip install cryptography" in answer.output
