"""Words of six languages that mean the same, and the shape of a comment: features that cross languages.

Each concept is a pattern over a masked text (lower case, no accents). Few and plain: they help a word that was learned
in one language to count in another, and decide nothing by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kindling.comments.classify.text import LINK, MAIL, NUMBER, PERSON, PHONE, PRICE, PRODUCT, words

_PATTERNS: Mapping[str, str] = {
    "price": r"price|cost|how much|precio|cuesta|cuanto (?:sale|vale)|preis|kostet|teuer|preco|custa|valor|prix|coute|combien ca|harga|berapa kak|spill harga",
    "shipping": r"ship|deliver|postage|envio|envian|tarda en llegar|versand|liefer|verschick|frete|entrega|envia pra|livr|frais de port|envoyez|ongkir|kirim ke|sampai ke",
    "where": r"where|donde|\bwo\b|woher|onde|\bou\b|di mana|dari mana|cade",
    "link": r"\blinks?\b|enlace|lien|website|\bsite\b|seite|pagina",
    "buy": r"\bbuy|bought|order|purchase|compr|pedir|pido|kauf|bestell|encomend|achet|command|beli\b|pesan|checkout|\bget(?:ting)? (?:it|one|this|xprodx)",
    "shop": r"\bshops?\b|stores?\b|tienda|laden|supermarkt|supermerc|loja|boutique|magasin|toko|market",
    "worth": r"worth|vale la pena|merece la pena|lohnt|wert\b|vale a pena|vaut|should i|recomiend|idea\b|idee\b|indicam",
    "discount": r"discount|sale\b|descuento|rebaja|rabatt|desconto|promo|reduction|soldes|diskon|instal|plazos|raten|parcel|cicilan|plusieurs fois|cupom",
    "can_i": r"^(?:can|could|do|does|is|are|will|when|which|how|what)\b|^(?:se puede|puedo|cual|cuando|cuanto|como|sirve)|^(?:kann|gibt|geht|ist|wie|welche|wann)|^(?:da pra|posso|qual|quando|quanto|tem)|^(?:on peut|je peux|il y a|c'est|quel|combien)|^(?:bisa|ada|apa|kapan)",
    "material": r"made of|size|battery|waterproof|vegan|clean|hecho|tamano|bateria|resistente|gemacht|akku|wasserdicht|grosse|wie gross|feito|dura|fait en|taille|batterie|etanche|bahan|ukuran|baterai|tahan|hair|skin|pelo|piel|haut\b|haare|cabelo|pele|cheveux|peau|rambut|kulit",
    "love": r"love|obsess|amazing|beautiful|pretty|gorgeous|genius|encanta|bonito|lindo|increible|genial|liebe|schon\b|toll|mega|amei|linda|perfeit|incrivel|adore|magnifique|beau\b|suka|cantik|keren|bagus|mantap|cakep",
    "trust": r"trust|honest|never disappoint|confio|honest|nunca falla|vertrau|ehrlich|nunca decepciona|confiance|honnete|decoit jamais|percaya|jujur|quality|calidad|qualitat|qualidade|qualite|kualitas",
    "mine": r"\bmine\b|\bmy xprodx|i (?:have|had|own|bought|ordered|got|tried|used)|i've|\bel mio|lo tengo|tengo (?:el|uno|tres|mio)|lo (?:use|probe|pedi|devolvi)|compre\b|\bmeins|hab(?:e)? (?:es|ich|xprodx|mein|eins|zwei|drei|das)|\bhatte|o meu|comprei|eu tenho|testei|usei|le mien|j'ai|je l'ai|j'en ai|punyaku|aku punya|udah pakai|ku\b",
    "broken": r"broke|broken|leak|waste|returned|stopped|terrible|disappoint|rust|scratch|rompio|rota|tirar|decepcion|malisim|oxido|kaputt|schrott|verschwend|zuruck|furchtbar|rost|quebr|vazou|pessim|joga|enferruj|casse|jete|renvoye|horrible|decu|rouille|rusak|bocor|buang|kecewa|jelek|karat|peel|pelo con|abgeblatter|descasc|decoll|ngelupas",
    "time_used": r"since|for (?:a|two|three|xnumx) (?:year|month|week)|desde hace|llevo|seit|benutze|ha um|uso faz|depuis|l'utilise|udah setahun|minggu|semanas|weeks|wochen|semaines|bulan",
    "works": r"works|worked|it really|funcion|funktioniert|lauft|marche|berfungsi|awet|like new|como nuevo|wie neu|parece novo|comme neuf|kayak baru",
    "doubt": r"believe|too good|real\??$|really\?|proof|fake|doubt|convinc|bet\b|edited|me creo|demasiado bueno|prueba|falso|dudo|convence|seguro se|glaub|zu schon|beweis|wetten|zweifel|uberzeug|acredit|bom demais|prova|duvid|aposto|crois|trop beau|preuve|doute|parie|convainc|gak percaya|terlalu bagus|bukti|palsu|ragu|yakin|masa sih|beneran",
    "irony": r"yeah right|sure\b|queen|claro|aja\b|ja klar|als ob|aham|ta bom|bien sur|c'est ca|iya deh|iya iya|mouais",
    "order_trouble": r"my order|my parcel|tracking|refund|mi pedido|mi paquete|reembolso|seguimiento|rastreo|bestellung|sendungs|ruckerstatt|paket|meu pedido|rastre|reembolso|ma commande|colis|suivi|rembours|pesanan|resi\b|refund|paketku|wrong size|talla equivocada|falsche grosse|tamanho errado|mauvaise taille|salah kirim|customer service|atencion al cliente|kundenservice|atendimento|service client|admin",
    "still_waiting": r"still (?:no|waiting)|sigo (?:sin|esperando)|immer noch|ainda esper|ate agora|toujours (?:pas)?|masih nunggu|belum ada|weeks|nobody answers|nadie responde|keiner antwortet|ninguem responde|personne ne rep|gak ada yang balas",
    "safety": r"safe\b|safety|pregnan|doctor|rash|allerg|burn|side effect|illegal|banned|medic|cure|cures|seguro en|embaraz|sarpullid|alerg|quem|efectos sec|ilegal|prohib|cura\b|schwanger|ausschlag|allergi|verbrann|nebenwirk|verboten|heil|arzt|arzte|gravid|queimou|efeito|proibid|enceinte|plaques|brule|effets sec|interdit|guerit|soigne|hamil|ruam|terbakar|efek samping|dilarang|sembuh|dokter|baby|bebe|bayi|babies|choke|ahogar|erstick|engasg|etouff|tersedak",
    "ad": r"\bads?\b|advert|sponsor|paid (?:promo|partner)|disclos|promotion|publi|anuncio|patrocin|te pag|werbung|anzeige|gesponsert|bezahlt|propaganda|anuncio|parceria paga|te pagaram|\bpub\b|publicite|pay(?:e|ee)\b|iklan|dibayar|endors|berbayar|colabora|collab",
    "you_creator": r"\byour? (?:hair|voice|makeup|cat|kitchen|content|videos?|top|channel|dog|outfit)|you're so|tu (?:pelo|blusa|voz|maquillaje|cocina|gatit)|deine? (?:haare|stimme|katze|oberteil|make|videos)|seu (?:cabelo|gat|conteudo)|sua (?:blusa|voz|maqui)|tes (?:cheveux|videos)|ta (?:voix|cuisine)|ton (?:haut|chat|maqui)|rambutmu|bajumu|suaramu|kucing|videomu|kontenmu|song|cancion|musica|musique|lagu|part[ei]? (?:2|xnumx)|birthday!|cumple|geburtstag!|aniversario!|anniversaire !|ulang tahun!|makeup|camera|kamera",
    "compare": r"better than|compared|switch(?:ed)? from|i'll stay|instead|mejor que|comparado|me cambie|me quedo con|prefiero|besser als|vergleich|gewechselt|bleib bei|dann lieber|melhor que|comparado|troquei|fico com|prefiro|mieux que|par rapport|passee de|reste chez|prefere|dibanding|bagusan|pindah dari|tetap pakai|mendin|copied|kopiert|copio|copiou|copie qui|niru",
    "dupe": r"dupe|knock.?off|imitat|copy of|identical|rebrand|no.?name|imitacion|copia|clon|identic|marca blanca|nachmache|nachahmung|kopie|identisch|copia|replica|imitacao|contrefacon|imitation|\bcopie|identique|tiruan|\bkw\b|identik|cheaper version|same thing|mas barata|billiger|mais barata|moins cher|murah|\bfalso|\bfaux\b|yang palsu",
    "money_made": r"earn|invest|crypto|followers|loan|gana \d|gana xnumx|gane|seguidores|invierte|prestamo|verdiene|krypto|investier|kredit|ganhe|invista|cripto|emprestimo|gagne|abonnes|investissez|pret sans|dapat xnumx|kripto|investasi|pinjaman|free here|claim|hack|sub(?:scribe)? (?:to|back)|follow (?:me|back|aku)|sigueme|folg mir|me segue|abonne-toi|dm me|write me|escribeme|schreib mir|me chama|ecris-moi|chat aku|my (?:page|profile|bio)|perfil|profil\b|profilku|in my bio|you won|ganaste|gewonnen|ganhou|menang",
    "insult": r"idiot|stupid|ugly|dumb|loser|disgust|pathetic|moron|shut up|trash|hate|fat\b|estupid|feos?\b|tont|imbecil|asco|callate|patetic|basura|muere|widerlich|dumm|hasslich|klappe|versager|ekel|trottel|abschaum|stirb|burr[oa]|nojent|nojo|cala a boca|lixo|morre|feios?|degoutant|ferme-la|moche|bete|rate\b|conne|abruti|creve|dechet|bodoh|jelek dan|tolol|goblok|jijik|pecundang|sampah|mati aja|badut|clown|payaso|palhaco",
    "own_data": r"my (?:number|address|account|password|name)|i live|email me|text me|call me|ring me|mi (?:numero|direccion|cuenta|dni|contrasena)|vivo en|escribeme a|llamame|meine (?:nummer|adresse|konto)|mein passwort|ich wohne|ruf|erreichst|meu (?:numero|endereco|cpf)|moro na|minha (?:conta|senha)|me liga|mon (?:numero|adresse|compte|mot)|j'habite|appelle|nomorku|alamatku|rekeningku|passwordku|aku tinggal|telepon|street|calle|strasse|rua\b|rue\b|jalan",
    "weather_chat": r"match|rain|weather|vote|pizza|exam|homework|moon|bus is|politic|partido|llueve|voten|examen|clima|luna|spiel|regnet|wetter|wahlen|klausur|hausaufgab|mond|jogo|chov|votem|prova\b|lua|match|pleut|temps chez|votez|devoirs|lune|hujan|cuaca|nyoblos|ujian|bulan lihat|bola malam|good morning|buenos dias|guten morgen|bom dia|bonjour|selamat pagi|\bfirst$|\bprimer[ao]$|erster|preum|pertamax|^(?:hello|hola|hallo|oi|salut|halo|hi)$",
    "meme": r"not me\b|the way i|pov|girl math|it's giving|deceased|i'm dead|bank account|yo:|tambien yo|me morri|grite|jaj|ich:|auch ich|konto weint|morri\b|kkk|eu:|tambem eu|mdr|je suis morte|aussi moi|wkwk|meninggoy|aku:|aku juga|literal|beer|cerveza|bier\b|cerveja|biere|birku|without telling|sin decirme|ohne es zu|sem dizer|sans le dire|tanpa bilang|can't stop|no puedo dejar|nicht aufhoren|nao consigo parar|pas a arreter|gak bisa berhenti|the comment|el comentario|der kommentar|o comentario|le commentaire|itu aja",
}
_SEARCHES: tuple[tuple[str, Callable[[str], object]], ...] = tuple(
    (name, re.compile(pattern).search) for name, pattern in _PATTERNS.items()
)
_SHAPES: Mapping[str, Callable[[str, list[str]], bool]] = {
    "asks": lambda text, _: "?" in text,
    "shouts": lambda text, _: "!" in text,
    "person": lambda text, _: PERSON in text,
    "begins_with_person": lambda text, _: text.startswith(PERSON),
    "link_address": lambda text, _: LINK in text,
    "mail": lambda text, _: MAIL in text,
    "phone": lambda text, _: PHONE in text,
    "amount": lambda text, _: PRICE in text,
    "number": lambda text, _: NUMBER in text,
    "product": lambda text, _: PRODUCT in text,
    "one_word": lambda _, found: len(found) <= 2,
    "short": lambda _, found: 2 < len(found) <= 5,
    "long": lambda _, found: len(found) > 15,
    "no_letters": lambda text, _: not any(each.isalpha() for each in text),
    "heart": lambda text, _: any(each in text for each in "😍🥰💕🔥👏🤩💖"),
    "skull": lambda text, _: any(each in text for each in "💀😭😂🤣"),
    "eyes": lambda text, _: any(each in text for each in "👀🙄🤔"),
}
NAMES = (*_PATTERNS, *_SHAPES)


def concepts_of(text: str) -> list[int]:
    """Which concepts a masked text has, by their numbers in `NAMES`."""
    found = words(text)
    by_words = [number for number, (_, search) in enumerate(_SEARCHES) if search(text)]
    by_shape = [
        number for number, has in enumerate(_SHAPES.values(), len(_SEARCHES)) if has(text, found)
    ]
    return by_words + by_shape
