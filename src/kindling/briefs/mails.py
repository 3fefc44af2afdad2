"""What creators are mailed about their briefs, in their language. Pure texts; links are added by the caller."""

from __future__ import annotations

LETTERS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "briefed": (
            "{brand}: your brief “{title}”",
            "Hello @{handle},\n\nthere is a new brief for you: “{title}”. Your draft is due on {due}.\n"
            "Open it on your page at {brand}. Ask for a new link if yours has expired.\n",
        ),
        "changes": (
            "{brand}: changes requested for “{title}”",
            "Hello @{handle},\n\nthank you for the draft of “{title}”. We ask for changes:\n\n{reason}\n\n"
            "You find the notes next to your video on your page. The next draft is due on {due}.\n",
        ),
        "approved": (
            "{brand}: “{title}” is approved",
            "Hello @{handle},\n\n“{title}” is approved. Post it by {due} with exactly this caption, because it "
            "cannot be changed after you generate the video code:\n\n{caption}\n\n"
            "Then add the link of the post on your page.\n",
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
            "Las notas están junto al video en tu página. Entrega el siguiente borrador antes del {due}.\n",
        ),
        "approved": (
            "{brand}: «{title}» está aprobado",
            "Hola @{handle}:\n\n«{title}» está aprobado. Publícalo antes del {due} con este texto exacto, porque "
            "no se puede cambiar después de generar el código del video:\n\n{caption}\n\n"
            "Después añade el enlace de la publicación en "
            "tu página.\n",
        ),
    },
}


def letter(name: str, *, language: str, **facts: str) -> tuple[str, str]:
    """Subject and text of a letter; English where the language has none."""
    subject, text = LETTERS.get(language, LETTERS["en"])[name]
    return subject.format(**facts), text.format(**facts)
