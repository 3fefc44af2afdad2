"""The page that takes a pasted chat: it shows what it found and what it ignored, then adds the codes."""

from __future__ import annotations

from desk import CODE_ANA, CODE_BEN, Desk, browser, desk
from django.test import Client
from test_codes_in_text import CHAT, UNPADDED

from kindling.authorizations.models import IntakeRow

__all__ = ["browser", "desk"]


class TestThePage:
    def test_checks_and_adds_a_chat(self, desk: Desk, browser: Client) -> None:
        page = browser.post(desk.where("authorizations:look"), {"codes": CHAT}).content.decode()
        assert "3 of 3 codes look valid" in page
        assert "8 lines of other text are ignored" in page
        assert "Hier mein Code: •••" in page
        assert not IntakeRow.objects.exists()
        done = browser.post(desk.where("authorizations:paste"), {"codes": CHAT}, follow=True)
        assert "8 lines of other text" in done.content.decode()
        assert [row.code for row in IntakeRow.objects.all()] == [CODE_ANA, CODE_BEN, UNPADDED]
        for shown in (page, done.content.decode()):
            assert not [code for code in (CODE_ANA, CODE_BEN, UNPADDED) if code[1:12] in shown]
