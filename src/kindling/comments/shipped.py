"""Replies that Kindling brings along, a sentence for each category that is answered, in each language. Pure.

{name} is who wrote the comment, {brand} the workspace. Plain on purpose: a member changes them before they are sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from kindling.comments.classify.labels import Category

REPLIES: Mapping[Category, Mapping[str, str]] = {
    Category.BUYING_QUESTION: {
        "en": "Thanks for asking, {name}! Tell us what you need it for and we help you choose.",
        "es": "¡Gracias por preguntar, {name}! Cuéntanos para qué lo necesitas y te ayudamos a elegir.",
        "de": "Danke für die Frage, {name}! Sag uns, wofür du es brauchst, dann helfen wir dir beim Aussuchen.",
        "pt": "Obrigado por perguntar, {name}! Conte para que você precisa e ajudamos a escolher.",
        "fr": "Merci pour ta question, {name} ! Dis-nous pour quel usage et on t'aide à choisir.",
        "id": "Makasih sudah tanya, {name}! Ceritakan kebutuhanmu, kami bantu pilih.",
    },
    Category.PRODUCT_QUESTION: {
        "en": "Good question, {name}! The details are on the product page; ask us here if one is missing.",
        "es": "¡Buena pregunta, {name}! Los detalles están en la página del producto; si falta algo, dilo aquí.",
        "de": "Gute Frage, {name}! Die Details stehen auf der Produktseite; frag uns hier, wenn etwas fehlt.",
        "pt": "Boa pergunta, {name}! Os detalhes estão na página do produto; se faltar algum, pergunte aqui.",
        "fr": "Bonne question, {name} ! Les détails sont sur la page du produit ; demande-nous ici s'il en manque.",
        "id": "Pertanyaan bagus, {name}! Detailnya ada di halaman produk; tanya di sini kalau ada yang kurang.",
    },
    Category.PRICE_SHIPPING: {
        "en": "Hi {name}, price and shipping for your country are shown in our shop before you order.",
        "es": "Hola {name}, el precio y el envío a tu país aparecen en nuestra tienda antes de pedir.",
        "de": "Hi {name}, Preis und Versand für dein Land stehen im Shop, bevor du bestellst.",
        "pt": "Oi {name}, o preço e o frete para o seu país aparecem na loja antes do pedido.",
        "fr": "Coucou {name}, le prix et la livraison pour ton pays sont indiqués dans la boutique avant la commande.",
        "id": "Hai {name}, harga dan ongkir ke tempatmu terlihat di toko kami sebelum pesan.",
    },
    Category.WHERE_TO_BUY: {
        "en": "Hi {name}, the link is in our profile.",
        "es": "Hola {name}, el enlace está en nuestro perfil.",
        "de": "Hi {name}, der Link steht in unserem Profil.",
        "pt": "Oi {name}, o link está no nosso perfil.",
        "fr": "Coucou {name}, le lien est dans notre profil.",
        "id": "Hai {name}, link-nya ada di profil kami.",
    },
    Category.SKEPTICISM: {
        "en": "Fair question, {name}. What would you like to see? We show it without cuts.",
        "es": "Es una duda justa, {name}. ¿Qué te gustaría ver? Lo mostramos sin cortes.",
        "de": "Berechtigte Frage, {name}. Was möchtest du sehen? Wir zeigen es ohne Schnitt.",
        "pt": "Dúvida justa, {name}. O que você quer ver? Mostramos sem cortes.",
        "fr": "C'est une remarque juste, {name}. Que veux-tu voir ? On le montre sans coupure.",
        "id": "Wajar kalau ragu, {name}. Mau lihat bagian mana? Kami tunjukkan tanpa potongan.",
    },
    Category.OWN_EXPERIENCE_NEGATIVE: {
        "en": "Sorry to hear that, {name}. That is not how it should be: please write to our support, we put it right.",
        "es": "Lo sentimos, {name}. No debería ser así: escribe a nuestro servicio y lo solucionamos.",
        "de": "Das tut uns leid, {name}. So soll es nicht sein: schreib unserem Service, wir kümmern uns darum.",
        "pt": "Sentimos muito, {name}. Não deveria ser assim: escreva para o nosso atendimento e resolvemos.",
        "fr": "Désolé, {name}. Ce n'est pas normal : écris à notre service, on s'en occupe.",
        "id": "Maaf ya, {name}. Seharusnya tidak begitu: hubungi layanan kami, kami bantu selesaikan.",
    },
    Category.ORDER_SUPPORT: {
        "en": "Sorry for the wait, {name}. Please send your order number to our support, never here in public.",
        "es": "Perdona la espera, {name}. Envía tu número de pedido a nuestro servicio, nunca aquí en público.",
        "de": "Entschuldige das Warten, {name}. Schick die Bestellnummer an unseren Service, nicht hier.",
        "pt": "Desculpe a espera, {name}. Envie o número do pedido ao atendimento, nunca aqui em público.",
        "fr": "Désolé pour l'attente, {name}. Envoie ton numéro de commande à notre service, jamais ici en public.",
        "id": "Maaf menunggu, {name}. Kirim nomor pesanan ke layanan kami, jangan di sini ya.",
    },
    Category.SAFETY_CLAIM_CONCERN: {
        "en": "Thank you for saying so, {name}. Please stop using it and write to our support; we take this seriously.",
        "es": "Gracias por avisar, {name}. Deja de usarlo y escribe a nuestro servicio; nos lo tomamos en serio.",
        "de": "Danke für den Hinweis, {name}. Bitte benutze es nicht weiter und schreib unserem Service.",
        "pt": "Obrigado por avisar, {name}. Pare de usar e escreva ao atendimento; levamos isso a sério.",
        "fr": "Merci de le signaler, {name}. Arrête de l'utiliser et écris à notre service ; on prend cela au sérieux.",
        "id": "Terima kasih sudah bilang, {name}. Tolong hentikan pemakaian dan hubungi layanan kami.",
    },
    Category.AD_DISCLOSURE_COMPLAINT: {
        "en": "You are right to ask, {name}: this is advertising for {brand}.",
        "es": "Haces bien en preguntar, {name}: esto es publicidad de {brand}.",
        "de": "Gut, dass du fragst, {name}: das ist Werbung für {brand}.",
        "pt": "Você faz bem em perguntar, {name}: isto é publicidade da {brand}.",
        "fr": "Tu as raison de demander, {name} : c'est de la publicité pour {brand}.",
        "id": "Benar kamu bertanya, {name}: ini iklan dari {brand}.",
    },
}
