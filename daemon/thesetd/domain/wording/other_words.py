"""The words that do not themselves show a class, by language; see `vocabulary`."""

from thesetd.domain.wording.sense import Sense

OTHER_WORDS: dict[Sense, dict[str, str]] = {
    Sense.MIX: {
        "en": "mix, mixes, edit, edits",
        "es, pt": "mezcla, mistura, edición de radio, edição de rádio",
        "pl, tr": "miks",
        "ru": "микс, эдит",
        "ja": "ミックス, エディット",
        "ko": "믹스",
    },
    Sense.LENGTH: {
        "en": "radio, single, minute, minutes, min, extended, short, long, full, full length, length, club, "
        "dance, maxi, video, tv, "
        "promo, inch, clean, party, uncut, unedited, airplay, cut, size, abridged, a side, tv size, game size",
        "es": "corta, larga, extendida, sencillo, reducida",
        "pt": "curta, longa, estendida, radiofônica",
        "fr": "longue, courte, étendue, intégrale",
        "it": "lunga, corta, estesa, breve",
        "de": "kurz, lang, langfassung, kurzfassung, extended, maxi",
        "nl": "lange, korte, verlengde",
        "sv, da, no": "lång, kort, förlängd, lang",
        "pl": "radiowa, długa, skrócona, rozszerzona, singlowa",
        "cs": "rádiová, dlouhá, zkrácená, singlová",
        "tr": "radyo, uzun, kısa",
        "ru": "радио, длинная, короткая, расширенная, радиоверсия",
        "ja": "サイズ, ショート, ロング",
        "ko": "tv 사이즈, 쇼트",
    },
    Sense.OWN: {
        "en": "original, uk, us, usa, u s, european, euro, international, japanese, main, vocal, new, alternate, "
        "alternative, first, second, third, final, stereo, mono, explicit, dirty, instrument, edited, early, "
        "late, solo, demo, the, anniversary, film, movie, lp, album, ep, soundtrack, o s t, master, dj, "
        "digital, vinyl, cd, cassette, standard, special, exclusive, deluxe, bonus, hidden, director s, "
        "directors, quad, dolby, atmos, binaural, 5 1, surround, spatial, acoustic, hi fi, german, french, "
        "spanish, australian, american, british, canadian, dutch, italian, irish, brazilian",
        "es, pt, it, fr, de": "originale, originaal, origineel, originell, nueva, nova, nouvelle, nuova, "
        "neue, alternativa, "
        "alternativo",
        "pl, cs, ru": "oryginalna, nowa, původní, nová, оригинальн*, новая",
        "ja": "オリジナル",
        "ko": "오리지널",
    },
    Sense.NOUN: {
        "en": "version, versions, ver, disc, disk, recording, recordings, take, performance, rendition, track, "
        "tracks, song, "
        "tape, tapes, set, show, arrangement, mixdown, file, audio",
        "es": "versión, versiones, grabación, grabado, toma, presentación",
        "pt": "versão, versões, gravação, gravado",
        "fr": "version, versions, enregistrement, enregistré, prise",
        "it": "versione, versioni, registrazione, registrato",
        "de": "fassung, aufnahme, mitschnitt, aufgenommen",
        "nl": "versie, opname",
        "sv, da, no": "inspelning, versjon, opptak, optagelse, udgave, utgave",
        "fi": "versio, äänitys",
        "pl": "wersja, wersji, nagranie, zapis",
        "cs, sk, hr": "verze, verzia, verzija, záznam, nahrávka, snimak",
        "hu": "verzió, változat, felvétel",
        "ro": "versiune, variantă",
        "tr": "versiyon, versiyonu, kayıt, kaydı, performans",
        "ru": "версия, запись, вариант",
        "uk": "версія, запис",
        "bg": "версия",
        "el": "εκτέλεση, ηχογράφηση, έκδοση",
        "ja": "バージョン, ヴァージョン, 版, ヴァージョン, バージョン",
        "ko": "버전, 버젼, beojeon",
        "zh": "版, 版本",
        "he": "גרסה, גרסת",
        "ar": "نسخة",
        "th": "เวอร์ชัน, เวอร์ชั่น",
    },
    Sense.WRAPPING: {
        "en": "edition, deluxe, deluxe edition, bonus, bonus track, bonus tracks, b side, b sides, bside, a side, "
        "re recorded, rerecorded, re recording, new recording, rarities, hidden track, album version, "
        "lp version, ep version, film version, movie version, soundtrack version, original version, "
        "explicit, clean, explicit version, clean version, expanded, expanded edition, mono, stereo, "
        "mono version, stereo version, anniversary edition, anniversary version, original soundtrack, "
        "original motion picture soundtrack, motion picture soundtrack, soundtrack, official, "
        "official video, official audio, lyric video, chart, charts, charted, chart debut, released, "
        "contains hidden track, contains hidden tracks, "
        "taylor s version, main theme version, japan bonus track, chronicles version",
        "es": "edición, edición deluxe, pista adicional, versión original, banda sonora, versión álbum",
        "pt": "edição, faixa bônus, trilha sonora, versão original",
        "fr": "édition, titre bonus, bande originale, version originale, version album",
        "it": "edizione, colonna sonora, traccia bonus, versione originale",
        "de": "bonustrack, bonus titel, albumversion, originalversion, sonderausgabe, neuaufnahme",
        "pl, cs, ru, tr": "utwór bonusowy, wersja albumowa, бонус трек, саундтрек, bonus parça",
        "ja": "ボーナストラック, ボーナス・トラック",
    },
    Sense.SOURCE: {
        "en": "from, from the, music from, theme from, taken from, featured in, featured on, as heard in, inspired by",
        "es, pt": "de la película, del filme, da novela, do filme, de la serie",
        "fr": "extrait de, tiré de, du film, bande originale du film",
        "it": "dal film, tratto da, dalla serie",
        "de": "aus, aus dem film, aus der serie",
        "nl, sv, pl, cs, ru": "uit de film, från filmen, z filmu, ze seriálu, из фильма, из кинофильма, из сериала",
    },
    Sense.LANGUAGE: {
        "en": "english, spanish, french, german, italian, japanese, korean, portuguese, chinese, mandarin, hindi, "
        "swedish, latin, spanglish, russian, turkish, arabic, hebrew",
        "es": "en español, en inglés, español, inglés, en italiano",
        "pt": "em português, em espanhol, em inglês",
        "fr": "en français, en anglais, française, anglaise",
        "it": "in italiano, in inglese, italiana, inglese, spagnola",
        "de": "deutsch, deutsche, englisch, englische, auf deutsch",
        "pl, cs, ru": "po polsku, polska, anglická, na русском, на английском",
        "ja, ko": "日本語, 英語, 한국어, 영어",
    },
    Sense.PLACE: {
        "en": "at, from, in, on, with, inside, under",
        "es, pt, fr, it": "en, desde, em, no, na, nos, nas, à, au, aux, chez, depuis, dans, à la, a, ad, "
        "al, alla, allo, da, "
        "dal, di, del, de, do, du",
        "de, nl": "aus, im, am, bei, beim, auf, zu, in, op, uit, te, vanuit",
        "sv, da, no": "i, på, från, fra, ved, hos",
        "pl, cs, ru, uk, hr": "w, we, z, ze, v, na, u, в, во, на, из, у, с, iz",
        "ro, hu": "la, din, pe",
    },
    Sense.MONTH: {
        "en": "january, february, march, april, may, june, july, august, september, october, november, december, "
        "jan, feb, mar, apr, jun, jul, aug, sep, sept, oct, nov, dec",
        "es": "enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre",
        "pt": "janeiro, fevereiro, março, maio, junho, julho, setembro, outubro, novembro, dezembro",
        "fr": "janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, décembre",
        "it": "gennaio, febbraio, aprile, maggio, giugno, luglio, settembre, ottobre, dicembre",
        "de, nl, sv": "januar, februar, märz, juni, juli, oktober, dezember, januari, februari, maart, "
        "mei, augustus, maj, "
        "augusti",
        "pl": "stycznia, lutego, marca, kwietnia, maja, czerwca, lipca, sierpnia, września, października, "
        "listopada, grudnia",
        "cs": "ledna, února, března, dubna, května, června, července, srpna, září, října, listopadu, prosince",
        "ru": "января, февраля, марта, апреля, мая, июня, июля, августа, сентября, октября, ноября, декабря",
        "tr": "ocak, şubat, nisan, mayıs, haziran, temmuz, ağustos, eylül, ekim, kasım, aralık",
    },
    Sense.PART: {
        "en": "part, parts, pt, pts, chapter, act, book, volume, vol, movement, episode, no, nr, num, number, n",
        "es, pt, it": "parte, capítulo, acto, ato, número, capitolo, atto, volumen, núm",
        "fr": "partie, chapitre, acte, numéro",
        "de": "teil, kapitel, akt, folge, nummer, band",
        "nl, sv, da, no, fi": "deel, del, kapittel, kapitel, osa",
        "pl, cs, hr": "część, cz, rozdział, část, díl, dio",
        "hu, tr": "rész, bölüm, kısım",
        "ru, uk": "часть, глава, ч, частина",
        "el": "μέρος",
    },
    Sense.CONTINUED: {
        "en": "continued, cont, cont d, reprise, reprised, continuation, slight return",
        "es": "continuación, continúa",
        "pt": "continuação, continua",
        "fr": "suite, reprise",
        "it": "continuazione, ripresa",
        "de": "fortsetzung, reprise",
        "nl, sv": "vervolg, fortsättning, repris",
        "pl, cs": "ciąg dalszy, kontynuacja, pokračování",
        "ru": "продолжение, реприза",
        "tr": "devam, devamı",
        "ja": "続き, リプライズ",
    },
    Sense.AND: {
        "": "and, n, y, e, et, und, og, och, en, i, ve, и, та, és, ja, și",
    },
    Sense.NOT: {
        "": "don't, not, no, never, can't, won't, ain't, isn't, do, nicht, kein, keine, ne, pas, non, "
        "не, nie, não, sem, sin, без",
    },
    Sense.MEDLEY: {
        "": "medley, megamix, mash up, mashup, potpourri, popurrí, popurri, pot pourri, мeдли, попурри, meddley, "
        "メドレー",
    },
    Sense.LITTLE: {
        "": "the, a, an, of, by, for, to, and, el, la, los, las, un, una, de, del, le, les, une, des, du, et, y, "
        "e, o, os, as, um, uma, il, lo, gli, der, die, das, den, dem, ein, eine, und, von, het, een, van, "
        "en, i, z, w, dj, mc, con, com, avec, mit, med, par, por, da, do, dos, das, di",
    },
}
