"""What creators are mailed about their briefs, in their language. Pure texts; links are added by the caller."""

from __future__ import annotations

LETTERS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "briefed": (
            "{brand}: your brief “{title}”",
            "Hello @{handle},\n\nthere is a brief for you: “{title}”. Your draft is due on {due}.\n"
            "You find it on your page at {brand}. Ask for a fresh link if yours has ended.\n",
        ),
        "changes": (
            "{brand}: changes wanted on “{title}”",
            "Hello @{handle},\n\nthank you for the draft of “{title}”. We ask for changes:\n\n{reason}\n\n"
            "The notes stand beside your video on your page. The next draft is due on {due}.\n",
        ),
        "approved": (
            "{brand}: “{title}” is approved",
            "Hello @{handle},\n\n“{title}” is approved. Post it by {due} with exactly this caption, because it "
            "cannot be changed once the ad code is made:\n\n{caption}\n\nThen put the post's link on your page.\n",
        ),
    },
    "es": {
        "briefed": (
            "{brand}: tu encargo «{title}»",
            "Hola @{handle}:\n\nTienes un encargo nuevo: «{title}». Entrega el borrador antes del {due}.\n"
            "Lo encuentras en tu página de {brand}. Pide un enlace nuevo si el tuyo ha caducado.\n",
        ),
        "changes": (
            "{brand}: cambios en «{title}»",
            "Hola @{handle}:\n\nGracias por el borrador de «{title}». Te pedimos cambios:\n\n{reason}\n\n"
            "Las notas están junto al vídeo en tu página. Entrega el siguiente borrador antes del {due}.\n",
        ),
        "approved": (
            "{brand}: «{title}» está aprobado",
            "Hola @{handle}:\n\n«{title}» está aprobado. Publícalo antes del {due} con este texto exacto, porque "
            "no se puede cambiar una vez creado el código:\n\n{caption}\n\nDespués pon el enlace del post en tu "
            "página.\n",
        ),
    },
}


def letter(name: str, *, language: str, **facts: str) -> tuple[str, str]:
    """Subject and text of a letter; English where the language has none."""
    subject, text = LETTERS.get(language, LETTERS["en"])[name]
    return subject.format(**facts), text.format(**facts)
