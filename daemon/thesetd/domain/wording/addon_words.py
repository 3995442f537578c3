"""Words for add-ons sold with a concert, in the languages of Ticketmaster's countries: folded, one language a row.

Five kinds: *things* that are sold (a place to park, a ride, a meal, a bed, a better seat, a locker, a cover);
*qualities* that describe them or the way they are sold; *links* between the two; words of a quicker way in (*haste* and
*ways*), and of a visit to the house (*visits* and *houses*). Plurals and compounds of these
("Parkhausticket") need no entry of their own.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A part that begins or ends with one of these is an add-on, whatever its other words.
SURE = _words("""
parking carpark parkplatz parkticket aparcamiento estacionamiento parqueadero stationnement estacionamento parcheggio
parkeren parkeerticket parkeerplaats parkovani parkoviste otopark parkering parkeringsplats pysakointi parkolas
cloakroom coatcheck luggage baggage garderobe vestiaire guardarropa guardaroba szatnia satna uschovna vestiyer
schliessfach schliessfacher narikka parkovaci parkingowy insurance versicherung ticketversicherung verzekering
assurance seguro
assicurazione pojisteni ubezpieczenie sigorta forsakring forsikring upgrade shuttlebus busreise busfahrt busreis navette
refund refundable tiefgarage tiefgaragenstellplatz parkeerkaart garderob parkeringsbiljett
parkingplatz kadeau parkolo translado parkovne cancellation
gepack gepackaufbewahrung bagage bagageopslag bustransfer bagagerie bagagli bagaz zavazadla bagaj bagagem equipaje
""")

THINGS = _words("""
balcony mezzanine table suite skybox terrace loge box skybox dining dinner lunch brunch breakfast meal buffet hotel
camping glamping
campsite shuttle coach bus transfer transport locker pass package pack bundle lounge hospitality meet greet
merch merchandise drinks food beer wine tasting donation membership voucher accommodation room tent caravan restaurant
terrace deck garden
balkon tisch parkhaus paket arrangement essen abendessen menu ubernachtung zimmer zelt wohnmobil bahn anreise fahrt
ruckfahrt hinfahrt logen empore rang speise gutschein spende mitgliedschaft hotelzimmer
balcon table loge repas diner dejeuner cocktail hebergement chambre forfait pass car bus consigne salon carre traiteur
balcon mesa palco cena comida almuerzo desayuno alojamiento hospedaje habitacion paquete abono autobus lanzadera
consigna taquilla guardarropa sala bono pulsera
balcao mesa camarote jantar almoco hospedagem hotel pacote passaporte onibus excursao traslado armario pulseira
balcone tavolo palco cena pranzo aperitivo alloggio pernottamento camera pacchetto abbonamento navetta pullman
deposito
balkon tafel loge diner overnachting kamer arrangement kluis kluisje bus pendelbus kampeerplek camping
balkon stul loze vecere obed ubytovani pokoj balicek autobus doprava jizdenka skrinka kemp permanentka
balkon stolik loza kolacja obiad nocleg pokoj pakiet autokar autobus przejazd skrytka kemping karnet
balkon masa loca yemek konaklama oda paket servis otobus ulasim dolap kamp kombine
balkong bord loge middag lunch frukost logi rum paket buss bussresa skap camping busstur
balkong bord losje middag overnatting overnatning rom pakke buss bussreise busrejse skab
parveke poyta aitio illallinen majoitus huone paketti bussi kuljetus sailytys
erkely asztal paholy vacsora szallas szoba csomag busz csomagmegorzo berlet
garage garaje parkschein stellplatz parkeer hotell formule posto poster print shirt hoodie tee programme soundcheck
protection getrank getranke boissons bebidas bevande dranken napoje auto bagagli
pakket listek cabana booth bar picnic afterparty preparty kaart pausenbuffet sektempfang brotzeit jause
velo fahrrad bike valet posteggio ristorante restaurante ristoro albergo hostel pousada cafe kahve aksam yemegi yemek
jantar vagn tag zug
train tren trem treno vlak pociag trein tog juna vonat
rideshare tailgate photo blanket poncho umbrella drink reception boat ferry charging charger dine
rental companion chair travel rail cushion deposit gift card vaga dojazd dojezd vylet wyjazd
verleih miete sitzkissen kissen anzahlung geschenk
coussin acompte cadeau voyage rencontre couverture
alquiler cojin deposito regalo viaje
aluguel almofada viagem guarda volumes
noleggio cuscin acconto regalo viaggio
verhuur kussen reis
wynajem poduszka zaliczka pronajem polstar zaloha
otel kiralama minder hediye
uthyrning dyna udlejning pude utleie pute
""")

QUALITIES = _words("""
vip premium platinum gold silver bronze diamond deluxe luxury executive private super club golden circle plus extra
exclusive official early late front row access experience ticket booking reservation storage check entry area
sky opera rooftop champagne deal camper opslag aufbewahrung sefer seferi carro coche voiture macchina samochod
level floor section seat seating standing lounge only addon add on option offer special
fan ev opportunity experience party arrival zone day weekend night nights
person
persons people package enhanced reserved lawn upper lower lane fast preferred return underground covered level
buchung reservierung bereich ebene platz platze sitzplatz nur tag tage tages wochenende nacht nachte personen
eintrittskarte eintritt zugang zusatz tiefgarage unter uber gold silber
billet place acces jour jours nuit nuits personne personnes seulement reserve souterrain entree zone carre
entrada acceso dia dias noche noches persona personas solo reserva boleto subterraneo zona preferente
ingresso acesso dia dias noite noites pessoa pessoas somente apenas reserva pista subterraneo coberto
biglietto ingresso accesso giorno giorni notte notti persona persone solo prenotazione coperto sotterraneo
kaartje toegang dag dagen nacht nachten personen alleen reservering
vstupenka vstup den dny noc noci osoba osob rezervace podzemni hlidane
bilet wstep dzien dni noc nocy osoba osob rezerwacja podziemny strzezony
bilet giris gun gunluk gece kisi kapali
biljett entre dag dagar natt natter personer
billett adgang dage nat
lippu paiva paivaa yo
jegy nap napos ejszaka foldalatti
show event concert konzert concierto concerto spectacle konsert konserten konserti koncert koncertem predstaveni
ingressos included inkl inklusive incluido incluso inclus inclusief
pre post open plaza aller retour oncesi konser riservato riservata posti wheelchair accessible behinderten
rollstuhl pmr handicap movilidad reducida disabili ida vuelta volta andata ritorno heen terug zpatecni retur family
all you can eat bottle red carpet host hosted buyout t two three four five six
posto
""")

# A part of one word of haste and one of a way in, or a compound of them: "Fast Lane", "Coupe-file", "Schnelleinlass".
HASTE = _words("""
fast express priority early quick skip jump vip premium advance
schnell vorrang vorab fruher fruhzeitiger bevorzugter
prioritaire anticipe anticipee rapide coupe
prioritario prioritaria anticipado anticipada rapido rapida preferente
antecipado antecipada preferencial fura
preferenziale anticipato salta
voorrang snelle vroege voorrangs
priorytetowe priorytetowy wczesniejsze szybkie prednostni rychly drivejsi hizli erken oncelikli
fortur snabb tidig hurtig tidlig prioriteret prioritert
""")
WAYS = _words("""
lane lanes track entry entrance admission access line queue check in
einlass zugang eingang einlasses
acces entree file
acceso entrada fila ingreso
acesso
ingresso accesso corsia entrata
toegang ingang
wejscie wstep kolejka vstup vchod giris sira
inslapp ingang indgang inngang adgang ko
""")
# Words that say both.
WAYS_IN = _words("fastlane fasttrack coupefile saltafila vorrang voorrang fortur queuejump")

# A part of one word of a visit and one of the house, or its name: "Backstage Tour", "Visite des coulisses". Some
# words for a visit can mean nothing else.
VISITS = _words("tour tours visit visite visita visning turu tur omvisning rundvisning rundgang")
SURE_VISITS = _words("fuhrung hausfuhrung theaterfuhrung stadionfuhrung rondleiding zwiedzanie prohlidka")
HOUSES = _words("""
backstage venue guided behind scenes dressing rooms hinter kulissen gefuhrt gefuhrte gefuhrter guidee coulisses
bastidores guiada guidata camerini quinte guidad guidet zakulisi kulis sahne arkasi
""")

LINKS = _words("""
the a an and or with without of for at in by before after incl plus per not no
der die das den dem ein eine und mit ohne durch von vom zum zur fur vor nach am im inkl pro nicht
le la les l un une et avec sans du de des pour avant apres au aux en d par non
el la los las un una y con sin de del para antes despues en por no al
o a os as um uma aos e com sem de do da dos das para antes depois em por nao
il lo la i gli le un una e con senza di del della per prima dopo in non dello
de het een en met zonder van voor na op per niet bij
a s se bez z ze pro pred po v na k u
i z ze bez dla przed po w na do u
ve ile icin once sonra
och med utan av till fore efter pa i per
og med uten uden til for etter pa i
ja ilman ennen jalkeen
es a az nelkul elott utan
""")

JOINING = _words(
    "and with incl inkl plus mit avec con com met s z ze ve och og med y et e und en a i ja es"
)  # words that join an add-on to an act
ORIGINS = _words(
    "ab von aus from ex vanuit depuis desde da dall z ze od fran fra saindo saliendo partenza depart"
)  # words before the name of a town

# A part that contains one of these is a title.
PRODUCTIONS = _words("""
tour tournee tourne turne turnee gira live plays play spielt joue toca suona speelt hraje performs presents
prasentiert
presenta album band orchestra orchester orchestre orquesta orquestra choir chor choeur coro trio quartet quintet
ensemble sessions festival fest concerts unplugged acoustic akustik symphony sinfonie reunion anniversary
""")
ARTICLES = _words("the der die das le la les l el los las il lo o de het")
