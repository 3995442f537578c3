"""The words by which titles of recordings announce something, by sense and language.

This is data: a language or a word is added here and nowhere else. Words stand as people write them and are folded on
import. An entry may be several words; a trailing `*` stands for any ending (inflections). Entries in scripts that put
no blanks between words are looked for inside longer runs of letters, all others as whole words.

Which places of a title are asked is decided by `titles`, what a sense means there by `qualifiers`.

Source: titles in recorded Spotify and setlist.fm responses of 2017 to 2026, and the terms that labels use.
"""

from enum import Enum


class Sense(Enum):
    """What a word does in a qualifier."""

    LIVE = "recorded at a concert, whatever stands beside it"
    LIVE_WORD = "the same, but also an adjective or verb of its language: only if nothing else is said"
    VERB = "recorded at a concert, unless it is the verb"
    CONCERT = "a concert"
    SESSION = "a broadcast or filmed session"
    TOUR = "a tour, which dates a concert"
    STATION = "a broadcaster or programme"
    VENUE = "a kind of place where concerts are given"
    REMIX = "somebody's remix"
    TRADE = "the remixer's word after a name"
    MIX = "a mix or edit: the act's own, unless a name stands before it"
    LENGTH = "a length or carrier, that of an edit"
    OWN = "says which of the act's own versions"
    ACOUSTIC = "acoustic"
    KEYS = "an instrument that makes a version acoustic if nothing else is said"
    DEMO = "recorded before the issued version"
    SKETCH = "a sketch of a song that is not the song yet"
    INSTRUMENTAL = "without the voice"
    KARAOKE = "for singing along"
    ACAPPELLA = "the voice alone"
    SPOKEN = "people talk"
    INTRO = "a piece before, between or after the songs"
    THEME = "a signature tune"
    COVER = "made in place of somebody's original, whose name follows"
    REMASTER = "a new transfer"
    STUDIO = "the studio recording, where a concert's would be expected"
    NOUN = "version, recording: says nothing by itself"
    WRAPPING = "edition or carrier: no part of a name, and no other recording"
    SOURCE = "from a film or play, whose name follows"
    LANGUAGE = "the language it is sung in"
    PLACE = "a preposition before a place or date"
    MONTH = "a month"
    PART = "before a number: which part of a work"
    CONTINUED = "another part of the song before it"
    AND = "and"
    NOT = "a negation, or the verb that carries it"
    MEDLEY = "several songs in one"
    LITTLE = "an article or preposition"
    GENRE = "dance music that somebody made of it"
    NUMBER = "a number, or a date"
    YEAR = "a year"


_TABLE: dict[Sense, dict[str, str]] = {
    Sense.LIVE: {
        "en": "in concert, recorded live, unplugged, live lounge, tiny desk, like a version, spotify singles, "
        "spotify studios",
        "es": "en vivo, en directo, en concierto",
        "pt": "ao vivo, em concerto",
        "fr": "en public, en concert, en direct, sur scène",
        "it": "dal vivo, in concerto",
        "ca": "en directe, en viu",
        "ro": "în concert",
        "de": "livemitschnitt*, liveaufnahme*, konzertmitschnitt*, konzertaufnahme*, im konzert",
        "nl": "liveopname*, concertopname*, live opgenomen",
        "sv": "liveinspelning*, konsertinspelning*, konsertupptagning*",
        "da, no": "liveopptak*, liveoptagelse*, koncertoptagelse*, konsertopptak*",
        "fi": "livenä, livetaltiointi*, konserttitaltiointi*",
        "pl": "na żywo, wersja koncertowa, nagranie koncertowe, zapis koncertu, wersja live, z koncertu",
        "cs, sk": "naživo, na živo, koncertní, koncertná, koncertní záznam, záznam koncertu, z koncertu",
        "hu": "koncertfelvétel*, élőben, élő felvétel",
        "sr, hr": "uživo, uzivo",
        "ru": "концертн*, живьём, вживую, живое исполнение, живая запись, живой звук, лайв, на концерте",
        "uk": "наживо, живий запис, концертн*",
        "bg": "на живо",
        "tr": "canlı kayıt, canlı performans, canlı versiyon, konser kaydı",
        "el": "ζωντανή, ζωντανά, ζωντανη ηχογραφηση, λάιβ",
        "ja": "ライブ, ライヴ, 生演奏, 実況録音, raibu",
        "ko": "라이브, 콘서트, 현장, 공연 실황, raibeu",
        "zh": "现场, 現場, 演唱会, 演唱會, 音乐会, 音樂會, 實況, 实况",
        "th": "แสดงสด, บันทึกการแสดงสด, คอนเสิร์ต",
        "he": "הופעה חיה, בהופעה, לייב, בלייב",
        "ar": "حفلة, لايف, مباشر, مباشرة",
        "hi": "लाइव",
        "vi": "trực tiếp, hát live",
        "id": "konser langsung, rekaman langsung",
        "eu": "zuzenean",
        "et, lv, lt": "elav esitus, dzīvajā, gyvai",
    },
    Sense.LIVE_WORD: {
        "es, it, pt": "vivo, directo, direto",
        "fr": "direct",
        "tr": "canlı",
        "pl": "żywo",
        "cs": "živě, živá verze",
        "sk": "živá verzia",
        "ru, uk": "живой, живая, живая версия, жива, живий",
        "hu": "élő",
        "id": "langsung",
    },
    Sense.VERB: {
        "en": "live",
    },
    Sense.CONCERT: {
        "en, fr, nl": "concert, concerts",
        "es": "concierto, conciertos",
        "it": "concerti",
        "de": "konzert, konzerte, konzerts, konzertversion, konzertfassung",
        "sv, no": "konsert, konserten, konserter",
        "da, pl, cs, hu": "koncert, koncerten, koncerty, koncertu, koncerter",
        "fi": "konsertti, konsertissa",
        "tr, id": "konser, konseri",
        "ru, uk": "концерт, концерта, концерты",
        "el": "συναυλία",
        "ja": "コンサート, 公演",
    },
    Sense.SESSION: {
        "en, fr, de": "session, sessions, sessie, sessies",
        "es": "sesión, sesiones",
        "pt": "sessão, sessões",
        "it": "sessione, sessioni",
        "pl": "sesja, sesji",
        "tr": "oturum",
        "ru": "сессия, сейшн",
        "ja": "セッション",
        "ko": "세션",
    },
    Sense.TOUR: {
        "en, fr, de, nl": "tour, tournée, tournee, turnee",
        "es": "gira",
        "pt": "turnê, turné, digressão",
        "it": "tour, tournée",
        "pl": "trasa",
        "sv, no": "turné, turnéen",
        "fi": "kiertue",
        "tr": "turnesi, turne",
        "ru": "тур, гастроли",
        "cs, sr, hr": "turné, turneja",
        "ja": "ツアー",
        "ko": "투어",
        "zh": "巡演, 巡回, 巡迴",
    },
    Sense.STATION: {
        "en": "bbc, mtv, kexp, kcrw, npr, wfuv, wxpn, kroq, kutx, fm, tv, radio, broadcast, broadcasting, "
        "top gear, peel, light programme, home service, television, sirius*, iheart*, audiotree, daytrotter, "
        "vevo, deezer, amazon, apple music, itunes, aol, triple j, world cafe, maida vale, mahogany, "
        "letterman, kimmel, fallon, snl, late show, tonight show, old grey whistle test, top of the pops, "
        "austin city limits",
        "fr": "émission, france inter, ortf",
        "de, nl, sv": "rundfunk, fernsehen, ard, zdf, wdr, swr, ndr, vpro, vara, sveriges radio, rockpalast",
        "es": "radio, televisión, rne, rtve",
        "pt": "rádio, televisão, globo",
        "it": "rai, radiotelevisione",
        "pl": "radiu, polskie radio",
        "ru": "радио",
        "ja, zh, ko": "nhk, kbs, mbc, sbs",
    },
    Sense.VENUE: {
        "en": "hall, theatre, theater, arena, stadium, festival, fest, park, ballroom, auditorium, amphitheatre, "
        "amphitheater, coliseum, opera house, academy, forum, garden, gardens, club, palace, pavilion, "
        "cathedral, casino, fillmore, palladium, bowl, speedway, fairgrounds, odeon, apollo, hippodrome, "
        "empire",
        "fr": "théâtre, olympia, zénith, salle, stade, bataclan",
        "de, nl": "halle, stadion, theater, arena, waldbühne, philharmonie, *halle, concertgebouw, paradiso",
        "es": "teatro, sala, estadio, auditorio, plaza, coliseo, palacio",
        "pt": "teatro, coliseu, estádio, circo voador, maracanã",
        "it": "teatro, stadio, palasport, palazzetto, arena",
        "pl, cs": "teatr, stodoła, divadlo, sál, lucerna",
        "ru": "зал, театр, стадион, клуб, олимпийский",
        "ja": "武道館, ドーム, ホール, アリーナ",
    },
    Sense.REMIX: {
        "en": "remix, remixes, remixed, re mix, re mixed, rmx, rework, reworks, reworked, re work, re worked, "
        "refix, re edit, reedit, mash up, mashup, reanimation, nightcore, sped up, slowed, remix edit",
        "es, pt": "remezcla, remezclado, remezclada, remistura, remixado, remixada",
        "it": "remixato, remissaggio",
        "fr": "remixé, remixée",
        "pl, tr, hr": "remiks, remiksi",
        "fi, hu": "remiksaus",
        "ru, bg": "ремикс, ремикса, ремиксы",
        "uk": "ремікс",
        "el": "ρεμίξ",
        "ja": "リミックス, rimikkusu",
        "ko": "리믹스",
        "zh": "混音, 重混",
        "he": "רמיקס",
        "ar": "ريمكس, ريميكس",
        "th": "รีมิกซ์",
    },
    Sense.TRADE: {
        "en": "bootleg, flip, dub, vip, rethink, rethought, reinterpretation, reconstruction, deconstruction, "
        "reimagined, re imagined, reimagining, reprise mix, rub, remake, redux, retouch, relick, vocal dub, "
        "dub mix, version excursion, mixed",
    },
    Sense.MIX: {
        "en": "mix, mixes, edit, edits",
        "es, pt": "mezcla, mistura",
        "pl, tr": "miks",
        "ru": "микс, эдит",
        "ja": "ミックス, エディット",
        "ko": "믹스",
    },
    Sense.LENGTH: {
        "en": "radio, single, extended, short, long, full, full length, length, club, dance, maxi, video, tv, "
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
    Sense.ACOUSTIC: {
        "en": "acoustic, acoustics, unplugged style, stripped down",
        "es": "acústico, acústica",
        "pt": "acústico, acústica",
        "fr": "acoustique, acoustiques, en acoustique",
        "it": "acustico, acustica",
        "de, tr, id": "akustik, akustisch, akustische",
        "nl": "akoestisch, akoestische",
        "sv, da, no, fi": "akustisk, akustiskt, akustinen, akustisesti",
        "pl": "akustyczna, akustyczny, akustycznie",
        "cs, sk, hr": "akustická, akusticky, akustična",
        "hu": "akusztikus",
        "ro": "acustic",
        "ru, bg, uk": "акустика, акустическ*, акустичн*",
        "el": "ακουστικό, ακουστική",
        "ja": "アコースティック, 弾き語り, akōsutikku, akoosutikku",
        "ko": "어쿠스틱, eokuseutik",
        "zh": "不插电, 不插電, 木吉他",
        "he": "אקוסטי, אקוסטית",
        "ar": "أكوستيك",
        "th": "อะคูสติก",
    },
    Sense.KEYS: {
        "en": "piano, stripped, guitar, solo piano, ukulele",
        "es, pt, it": "piano, guitarra, chitarra, violão, pianoforte",
        "de, sv": "klavier, gitarre, pianoversion",
        "fr": "guitare, piano voix, guitare voix",
        "pl, cs, ru": "fortepian, klavír, пианино, фортепиано, под гитару",
        "ja": "ピアノ",
        "ko": "피아노",
        "zh": "钢琴, 鋼琴",
    },
    Sense.DEMO: {
        "en": "demo, demos, demoes, home demo, rehearsal, rehearsals, rough mix, rough cut, monitor mix, "
        "early mix, early take, early version, work tape, worktape, pre production, preproduction, outtake, "
        "outtakes, out take, alternate take, alternate version, alternate mix, alternative take, "
        "alternative version",
        "es": "maqueta, maquetas, ensayo, ensayos",
        "pt": "ensaio, fita demo",
        "fr": "maquette, maquettes, démo, démos, répétition, répétitions",
        "it": "provino, provini, prova, prove",
        "de": "demoaufnahme*, demoversion, demofassung, probenmitschnitt, vorabversion",
        "nl, sv, da, no, fi": "demoinspelning, demoopname, demonauha, demoopptak, øveopptak",
        "pl": "demówka, próba",
        "cs, sk": "demosnímek, demáč, zkouška",
        "ru, uk, bg": "демо, демоверсия, демозапись, репетиция",
        "el": "ντέμο",
        "tr": "prova kaydı",
        "ja": "デモ, リハーサル",
        "ko": "데모, 리허설",
        "zh": "小样, 样带, 試聽帶, 排练",
        "he": "דמו",
    },
    Sense.SKETCH: {
        "en": "riff tape, riff tapes, work in progress, working progress, writing in progress, in progress, "
        "room jam, studio jam, jam session, jam, sketch, sketches, fragment, working tape, solo outtakes, "
        "solo outtake",
    },
    Sense.INSTRUMENTAL: {
        "en": "instrumental, instrumentals, instrumental version, inst, instr, off vocal, without vocals, "
        "no vocals, vocal less",
        "fr": "instrumentale",
        "it": "strumentale",
        "es": "sin voz",
        "de": "instrumentalversion, ohne gesang",
        "nl, sv, da, no, fi": "instrumentaal, instrumentalt, instrumentaali",
        "pl": "instrumentalna, instrumentalny",
        "cs, sk, hr": "instrumentální, inštrumentálna",
        "hu": "instrumentális",
        "tr": "enstrümantal, enstrumantal",
        "ru, bg": "инструментал, инструментальн*",
        "uk": "інструментал, інструментальн*",
        "el": "ορχηστρικό, ινστρουμένταλ",
        "ja": "インスト, インストゥルメンタル, インストルメンタル, オフボーカル",
        "ko": "인스트루멘탈, 연주곡, 인스트",
        "zh": "纯音乐, 純音樂, 器乐",
        "he": "אינסטרומנטלי",
    },
    Sense.KARAOKE: {
        "en": "karaoke, karaoke version, backing track, backing tracks, sing along version, minus one, playback, "
        "singalong version",
        "es": "pista de karaoke, pista musical",
        "pt": "karaokê, playback",
        "fr": "karaoké, version karaoké",
        "ru": "караоке, минусовка, минус",
        "ja": "カラオケ",
        "ko": "노래방, 반주, mr",
        "zh": "伴奏, 卡拉ok",
        "el": "καραόκε",
        "th": "คาราโอเกะ",
        "he": "קריוקי",
        "ar": "كاريوكي",
    },
    Sense.ACAPPELLA: {
        "en": "a cappella, acappella, acapella, a capella, acapela, vocals only, vocal only, isolated vocals, "
        "accapella",
        "es, pt": "a capela, à capela, solo voz, só voz",
        "fr": "voix seule",
        "de": "nur gesang, a-cappella-version",
        "ru, uk": "акапелла, а капелла, акапела",
        "ja": "アカペラ",
        "ko": "아카펠라",
        "zh": "清唱, 阿卡贝拉",
        "el": "α καπέλα",
    },
    Sense.SPOKEN: {
        "en": "commentary, track by track, track by track commentary, track commentary, audio commentary, "
        "interview, interviews, spoken, spoken word, spoken interlude, skit, skits, talking break, "
        "stage banter, banter, monologue, dialogue, dialog, voicemail, voice memo, phone call, radio show, "
        "podcast, story behind the song, introduces, talks about, speaks about",
        "es": "comentario, comentarios, entrevista, entrevistas, diálogo, hablado",
        "pt": "comentário, comentários, entrevista, entrevistas, falado",
        "fr": "commentaire, commentaires, entretien, interview, titre par titre, parlé, dialogue",
        "it": "commento, commenti, intervista, interviste, traccia per traccia, parlato",
        "de": "kommentar, kommentare, hörspiel, sprachnachricht, gesprochen",
        "nl, sv, da, no": "commentaar, kommentaari, intervju, intervjuer, interviewet, kommentaarit, haastattelu",
        "pl": "komentarz, komentarze, wywiad, wywiady, mówione",
        "cs, sk": "komentář, rozhovor, komentár",
        "hu": "kommentár, interjú, beszélgetés",
        "tr": "röportaj, söyleşi, yorumlar, parça parça",
        "ru": "комментарий, комментарии, интервью, скит, разговор",
        "uk": "коментар, інтерв'ю",
        "el": "συνέντευξη, σχολιασμός",
        "ja": "インタビュー, コメンタリー, トーク, 全曲解説",
        "ko": "인터뷰, 코멘터리, 해설",
        "zh": "访谈, 訪談, 旁白, 口白, 解说",
    },
    Sense.INTRO: {
        "en": "intro, introduction, interlude, outro, intermission, entr'acte",
        "es": "introducción, interludio, intermedio",
        "pt": "introdução, interlúdio, vinheta",
        "fr": "intermède, interlude",
        "it": "introduzione, interludio, intermezzo",
        "de": "einleitung, zwischenspiel, vorspiel, nachspiel",
        "nl, sv, da, no, fi": "inleiding, tussenspel, mellanspel, mellomspill, mellemspil, välisoitto, förspel",
        "pl": "wstęp, przerywnik, zakończenie",
        "cs, sk": "úvod, mezihra, dohra, předehra",
        "hu": "bevezető, közjáték",
        "tr": "giriş, ara, çıkış",
        "ru": "вступление, интро, интерлюдия, аутро, интермедия",
        "uk": "вступ, інтро, інтерлюдія, аутро",
        "el": "εισαγωγή, ιντερλούδιο",
        "ja": "イントロ, インタールード, アウトロ, 序章, 間奏",
        "ko": "인트로, 아웃트로, 인터루드, 간주",
        "zh": "前奏, 间奏, 間奏, 尾奏, 序曲",
    },
    Sense.THEME: {
        "en": "theme tune, theme, jingle, trailer, teaser, prelude, overture, signature tune, ident",
        "es, pt, it, fr, de": "tema, sintonía, générique, sigla, preludio, vorspann",
    },
    Sense.COVER: {
        "en": "made famous by, as made famous by, in the style of, originally performed by, "
        "originally recorded by, tribute to, a tribute to, tribute version",
        "es": "tributo a, homenaje a, al estilo de, popularizado por",
        "pt": "tributo a, homenagem a, no estilo de",
        "fr": "hommage à, dans le style de, rendu célèbre par",
        "it": "tributo a, omaggio a, nello stile di, resa celebre da",
        "de": "im stil von, hommage an, tribut an, bekannt gemacht durch",
        "nl, sv": "in de stijl van, hyllning till, eerbetoon aan",
        "pl": "w stylu, hołd dla",
        "ru": "в стиле, трибьют",
        "tr": "tarzında, anısına",
    },
    Sense.REMASTER: {
        "en": "remaster, remasters, remastered, re master, re mastered, remastering, digitally remastered, "
        "digital remaster",
        "es, pt": "remasterizado, remasterizada, remasterización, remasterização",
        "fr": "remasterisé, remasterisée, remastérisé, remastérisée",
        "it": "rimasterizzato, rimasterizzata",
        "de, nl": "remastert, neu gemastert, geremasterd, geremastered",
        "sv, da, no": "remastrad, remastret",
        "pl, cs": "zremasterowany, zremasterowana, remasterovaná, remasterované",
        "hu": "remaszterelt",
        "ru, uk": "ремастер, ремастеринг, ремастированн*",
        "tr": "yeniden düzenlenmiş",
        "ja": "リマスター, リマスタリング",
        "ko": "리마스터, 리마스터링",
        "zh": "重制, 重製, 重新混音",
    },
    Sense.STUDIO: {
        "en": "studio, studio version, studio recording, studio take, new studio recording",
        "es": "estudio, de estudio, en estudio",
        "pt": "estúdio, de estúdio, em estúdio",
        "it": "in studio, da studio",
        "de": "studioversion, studiofassung, studioaufnahme",
        "nl, sv, da, no, fi": "studioversie, studioinspelning, studioversjon, studioversio",
        "pl": "studyjna, studyjny, wersja studyjna",
        "cs, sk": "studiová, studiová verze, štúdiová",
        "hu": "stúdió, stúdiófelvétel",
        "tr": "stüdyo, stüdyo kaydı",
        "ru, uk": "студийн*, студія, студійн*, студия",
        "ja": "スタジオ",
        "ko": "스튜디오",
        "zh": "录音室, 錄音室",
    },
    Sense.NOUN: {
        "en": "version, versions, ver, recording, recordings, take, performance, rendition, track, tracks, song, "
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
        "official video, official audio, lyric video, contains hidden track, contains hidden tracks, "
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
    Sense.GENRE: {
        "": "swing, disco, house, techno, trance, dubstep, drum and bass, jungle, lofi, lo fi, chillout, chill, "
        "8 bit, phonk, lullaby, bossa nova, hardstyle, eurodance",
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


def entries(sense: Sense) -> list[str]:
    """Return the entries of a sense in all languages, as they are written."""
    return [word.strip() for words in _TABLE.get(sense, {}).values() for word in words.split(",")]
