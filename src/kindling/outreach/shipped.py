"""Texts that a new outreach template can start from, as data. Pure. Their variables are those of `rules.VARIABLES`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShippedText:
    """A message of ours: what it is called and in which language; a subject only for e-mails."""

    key: str
    name: str
    language: str
    channel: str
    subject: str
    text: str


SHIPPED = (
    ShippedText(
        "first-contact-en",
        "First contact",
        "en",
        "email",
        "{{ product }} and your videos",
        """Hello {{ creator }},

I am {{ sender }} from {{ brand }}. We follow your videos and would like to send you {{ product }}.

If you like it, we would agree on one video with you: what you show, what we pay, and for how long we may use it as \
an ad. You read every term before you say yes.

Would that interest you?

{{ sender }}
{{ brand }}""",
    ),
    ShippedText(
        "first-contact-es",
        "First contact",
        "es",
        "email",
        "{{ product }} y tus videos",
        """Hola, {{ creator }}:

Soy {{ sender }}, de {{ brand }}. Seguimos tus videos y nos gustaría enviarte {{ product }}.

Si te gusta, acordaríamos un video contigo: qué muestras, cuánto pagamos y durante cuánto tiempo podemos \
usarlo como anuncio. Lees todas las condiciones antes de aceptar.

¿Te interesa?

{{ sender }}
{{ brand }}""",
    ),
    ShippedText(
        "reminder-en",
        "Reminder",
        "en",
        "email",
        "Again: {{ product }}",
        """Hello {{ creator }},

a few days ago I wrote to you about {{ product }}. If it is not for you, a short no is fine, and I will not write again.

{{ sender }}
{{ brand }}""",
    ),
    ShippedText(
        "reminder-es",
        "Reminder",
        "es",
        "email",
        "De nuevo: {{ product }}",
        """Hola, {{ creator }}:

Hace unos días te escribí sobre {{ product }}. Si no es para ti, basta un breve no y no volveré a escribirte.

{{ sender }}
{{ brand }}""",
    ),
    ShippedText(
        "short-message-en",
        "Short message",
        "en",
        "dm",
        "",
        "Hello {{ creator }}, {{ brand }} here. We like your videos and would like to send you {{ product }}. "
        "Interested?",
    ),
    ShippedText(
        "short-message-es",
        "Short message",
        "es",
        "dm",
        "",
        "Hola, {{ creator }}, somos {{ brand }}. Nos gustan tus videos y queremos enviarte {{ product }}. "
        "¿Te interesa?",
    ),
)
