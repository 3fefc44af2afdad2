"""Three trackers as teams keep them, made by code; every name, address and code in them is a sample."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
from desk import CODE_ANA, CODE_BEN

CODE_CLEO = "#" + "SampleCodeOfCleo" * 2 + "9/+C="
CODE_DEE = "#" + "SampleCodeOfDee0" * 3 + "D"
ITEM = 7412345678901234567  # posts of the samples count up from here
EURO = '#,##0.00\\ "€"'


def item(number: int) -> str:
    return str(ITEM + number)


def link(handle: str, number: int) -> str:
    return f"https://www.tiktok.com/@{handle}/video/{item(number)}"


def german_agency() -> bytes:
    """An Excel workbook: a cover, two months, a price list and a hidden sheet; links, totals, rounded ids."""
    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "Übersicht"
    for row in (("Beispiel-Agentur – Kampagne Frühling",), ("Stand: 10.3.2026",), ("Summe", 2_450)):
        cover.append(row)

    march = book.create_sheet("März")
    march.append(("Kampagne März – Beispiel",))
    march.append(())
    march.append(("Creator", "TikTok", "Video", "Video-ID", "Spark Code", "Code gültig bis", "Nutzungsrechte",
                  "Nutzungsrechte ab", "Nutzungsrechte bis", "Honorar", "Provision", "E-Mail", "Instagram",
                  "Bezahlt am"))  # fmt: skip
    march.append(("Jürgen Beispiel", "@juergen.k", "Video 1", None, CODE_ANA, date(2026, 4, 30), "ja", "1.3.",
                  "30.06.2026", 1500, 0.125, "juergen@shop.example", "@juergen_insta", date(2026, 3, 1)))  # fmt: skip
    march["C4"].hyperlink = link("juergen.k", 1) + "?lang=de"
    march["J4"].number_format, march["K4"].number_format = EURO, "0.0%"
    # Merged cells; a formula for a link; a fee that is none, which does not cost the right.
    march.append((None, None, f'=HYPERLINK("{link("juergen.k", 2)}","ansehen")', None, None, None, "ja", None,
                  "bis 4.11.", "300 netto", "12,5 %", None, None, None))  # fmt: skip
    march.append(("Anna Glow", "anna glow", None, 7.4123456789012e18, None, None, "ja", None, "30.06.2026", "250 €",
                  None, "anna@glow.example", None, None))  # fmt: skip
    march.append(
        (None, None, None, None, None, None, "ja", None, "30.06.2026", 99, None, None, None, None)
    )
    march.append(("Cleo Beispiel", "cleo.sample", None, 7412345678901230000, CODE_BEN, None, "ja", None,
                  "31.05.2026", 300, None, None, None, None))  # fmt: skip
    march.append(("Dee Beispiel", "dee.sample", link("dee.sample", 4), 7.41234567890123e18, None, None, "organisch?",
                  None, None, "1.500,00 €", None, None, None, None))  # fmt: skip
    march.append(
        (
            "Summe",
            None,
            "5 Videos",
            None,
            None,
            None,
            None,
            None,
            None,
            3349,
            None,
            None,
            None,
            None,
        )
    )
    march.append(
        ("Σ netto", None, None, None, None, None, None, None, None, 2814.29, None, None, None, None)
    )

    april = book.create_sheet("April")
    april.append(("Profil", "Beitrag", "Lizenz bis", "Werbung", "Vergütung in CHF", "Land"))
    april.append(("Eve", "Clip", "31.12.2026", "ja", "1'500.50", "Schweiz"))
    april["A2"].hyperlink = "https://www.tiktok.com/@eve.sample"
    april["B2"].hyperlink = link("eve.sample", 5)
    april.append(("@fay.sample", link("fay.sample", 6), "90 Tage", "ja", "1.500", "DE"))
    april.append(("@jürgen.k", None, None, None, None, None))
    april.append(("April", None, None, None, None, None))
    april.append(("Gesamt:", None, None, None, "3.000,50", None))

    prices = book.create_sheet("Preise")
    prices.append(("Leistung", "Betrag"))
    prices.append(("Reel", 200))
    book.create_sheet("Alt").sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def german_csv() -> bytes:
    """A CSV as a German Excel saves it: Windows-1252, semicolons, German days and amounts."""
    rows = (
        "Name;Handle;Link;Veröffentlicht am;Nutzungsrechte;Werberechte bis;Preis;Währung;Online bis;Bemerkung;"
        "Rabattcode",
        f"Jörg Müßig;@joerg.sample;{link('joerg.sample', 11)};04.03.2026;ja;30.09.2026;1.500,00 €;;31.12.2026;"
        "Größe „M“;JOERG10",
        f"Änne;aenne.sample;{link('aenne.sample', 12)};4.3.26;nein;;1.500;EUR;;;AENNE10",
        f"Öz;oez.sample;{link('oez.sample', 13)};5. März;ja;3 Monate;300,-;CHF;;;",
        f"Bo;bo.sample;{link('bo.sample', 14)};31.02.2026;ja;3 Monate;12,5;;;;",
        f"Ute;ute.sample;{link('ute.sample', 15)};12.03.2026 14:30;ja;1.3.2026 - 30.6.2026;1 200;;;"
        "zahlt 1.200, nicht 1.000;",
        "Gesamtbetrag;;;;;;4.512,50 €;;;;",
    )  # fmt: skip
    return "\r\n".join(rows).encode("cp1252")


HIDDEN_HEADER = ("\ufeffTikTok\u200b Handle", "Contact e-mail", "Post\u00a0link", "Spark code", "Usage rights",
                 "Rights until", "Fee (USD)", "Paid on", "Engagement rate")  # fmt: skip


def messy_english() -> tuple[tuple[object, ...], ...]:
    """Rows of an English tracker: e-mail addresses for handles, two codes in a cell, hidden characters."""
    return (
        HIDDEN_HEADER,
        (
            "\u200b@gia.sam\u00adple\u200e",
            "Gia@Shop.example",
            link("gia.sample", 21),
            f"{CODE_ANA}\u200b",
            "yes",
            "2026-09-30",
            "1,500.00",
            "2026-03-01",
            "4.5",
        ),
        (
            "hal.sample\u00a0",
            "",
            link("hal.sample", 22),
            f"{CODE_BEN} / {CODE_CLEO}",
            "✔\ufe0f",
            "Jun 30, 2026",
            "$1,500",
            "",
            "3.1",
        ),
        ("ida@shop.example", "ida@shop.example", "", CODE_DEE, "yes", "2026-09-30", "100", "", ""),
        ("a" * 34, "", "", "", "", "", "", "", ""),
        ("@jon sample", "", "", "", "", "", "", "", ""),
        (
            "https://www.tiktok.com/@kim.sample?lang=en",
            "kim@shop.example",
            "7.41235E+18",
            "",
            "yes",
            "2026-09-30",
            "0",
            "",
            "",
        ),
        (
            "lee.sample",
            "not known",
            link("lee.sample", 23),
            f"{CODE_DEE} (30 days)",
            "organic only",
            "",
            "500 + product",
            "",
            "",
        ),
        (
            "max.sample",
            "",
            link("max.sample", 24) + " " + link("max.sample", 25),
            "",
            "yes",
            "Sep-26",
            "",
            "",
            "",
        ),
        ("IG: @nia.sample", "", "", "", "", "", "", "", ""),
        ("TOTAL", "7 creators", "", "", "", "", "$3,600.00", "", ""),
    )


def english_csv() -> bytes:
    rows = messy_english()
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode("utf-8-sig")


def english_excel() -> bytes:
    book = openpyxl.Workbook()
    for row in messy_english():
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
