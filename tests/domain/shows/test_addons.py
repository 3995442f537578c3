"""What is sold beside a concert."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.shows.addons import sells_beside

ADDONS = """
Otterwick Lane - Balcony Tables
Otterwick Lane - Gepäckaufbewahrung
Otterwick Lane - Bustransfer Hamburg
Otterwick Lane - Bagageopslag
Otterwick Lane - Otobüs Seferi
Otterwick Lane - Camper Stellplatz
Cancellation Protection
Otterwick Lane - Opera Box
Otterwick Lane - Sky Box
Otterwick Lane - Rooftop Bar Access
Otterwick Lane - Champagne Table
Otterwick Lane - Dojazd autokarem
Otterwick Lane - Vaga de Carro
Otterwick Lane Package Deal
Otterwick Lane - Mezzanine Table Booking
Otterwick Lane Hotel & Ticket Bundle
Otterwick Lane - Premium Dining
Otterwick Lane - Loge Box
Ticket Insurance
Otterwick Lane - Gold Circle Upgrade
Otterwick Lane - Shuttlebus ab Zürich
Otterwick Lane Busreise
Otterwick Lane - Parkhaus
Otterwick Lane - Aparcamiento
Navette - Nadine Loriol
Otterwick Lane - Schließfach
Otterwick Lane Locker
Otterwick Lane - Camping Plus
Lía Montaner - Pack Hotel
Harbour Fest - Forfait 3 jours
Suites Only: Otterwick Lane
Otterwick Lane - Busfahrt inkl. Rückfahrt
Hafenlicht - VIP-Loge mit Buffet
Nadine Loriol - Stationnement
Nadine Loriol - Repas avant spectacle
Lía Montaner - Paquete de Hospedaje
Trio Vidraça - Estacionamento
Trio Vidraça - Pacote VIP (sem ingresso)
Silvio Bremani - Parcheggio
Silvio Bremani - Cena prima del concerto
Zilvermaan - Parkeren
Zilvermaan - Busreis vanuit Utrecht
Modrý Most - Parkování
Srebrna Pora - Parking podziemny
Kuzey Limanı - Otopark
Kall Hamn - Middag före konserten
Otterwick Lane - Parkhausticket
Otterwick Lane: Hotelpaket
Otterwick Lane | Executive Suite
Hotel + Ticket - Otterwick Lane
Otterwick Lane (Dinner & Drinks Table)
Modrý Most - Balíček s ubytováním
Srebrna Pora - Nocleg i transfer
Kuzey Limanı - VIP Masa
Zilvermaan - Dinerarrangement
Kall Hamn - Bussresa från Göteborg
Otterwick Lane - Harbour Arena Parking
Parking: Otterwick Lane
Otterwick Lane + Hotel
Hafenlicht inkl. Hotel
Hafenlicht – Tiefgaragenstellplatz
Lía Montaner - Autobús desde Toledo
Nadine Loriol - Formule dîner
Kall Hamn - Hotellpaket
Kuzey Limanı - Konser öncesi akşam yemeği
Zilvermaan - Parkeerkaart
Refund Protection
Otterwick Lane - Pre-Show Dinner
Otterwick Lane (Coach Travel from Leeds)
Otterwick Lane: Rail & Concert
Otterwick Lane - Wheelchair Companion
Otterwick Lane - Lawn Chair Rental
Otterwick Lane - Noleggio cuscini
Otterwick Lane - Otel Paketi
Otterwick Lane - VIP Box Seats Deposit
Otterwick Lane - Gift Card
Otterwick Lane - Seat Cushion
Otterwick Lane - Blanket Rental
Otterwick Lane - Drink Voucher
Otterwick Lane - Pre-Concert Reception
Otterwick Lane - Ferry Transfer
Otterwick Lane - EV Charging
Nadine Loriol - Rencontre VIP
Trio Vidraça - Guarda-volumes
Modrý Most - Parkovné
Otterwick Lane - Fast Lane
Otterwick Lane: Fastlane
Otterwick Lane - VIP Lane
Otterwick Lane - Priority Entry
Otterwick Lane - Skip the Line
Hafenlicht - Schnelleinlass
Hafenlicht - Fanbus ab Köln
Nadine Loriol - Accès prioritaire
Nadine Loriol - Coupe-file
Lía Montaner - Entrada anticipada
Trio Vidraça - Acesso antecipado
Silvio Bremani - Corsia preferenziale
Zilvermaan - Snelle toegang
Srebrna Pora - Wejście priorytetowe
Modrý Most - Přednostní vstup
Kuzey Limanı - Hızlı Giriş
Kall Hamn - Förtur
Otterwick Lane - Backstage Tour
Backstage Tour: Otterwick Lane
Otterwick Lane - Behind the Scenes Tour
Otterwick Lane - Harbour Arena Tour
Hafenlicht - Backstageführung
Hafenlicht - Führung durch die Arena
Nadine Loriol - Visite des coulisses
Lía Montaner - Visita guiada
Trio Vidraça - Visita aos bastidores
Silvio Bremani - Tour del backstage
Zilvermaan - Rondleiding
Srebrna Pora - Zwiedzanie kulis
Modrý Most - Prohlídka zákulisí
Kall Hamn - Guidad visning
Kuzey Limanı - Sahne Arkası Turu
""".strip().splitlines()
CONCERTS = """
Otterwick Lane - Champagne Supernova
Otterwick Lane - Night at the Opera
Otterwick Lane: Rooftop Sessions
Camper Van Beethoven
Otterwick Lane - Big Deal
Otterwick Lane - Baggage Claim Tour
Excess Baggage
Otterwick Lane - The Balcony Tour
Mezzanine
Hotel Marea
Premium Blend
Music Box Orchestra
The Insurance Men
Gold Circle
Shuttle to Mars
Busreise nach Süden
Live im Parkhaus: Hafenlicht
Los Faroles del Sur: Gira Aparcamiento
Nadine Loriol: La Navette, tournée 2027
Locker Room Choir
Camping with Wolves
Otterwick Lane plays the Harbour Suites
Kall Hamn: Sista Middagen
Otterwick Lane
Otterwick Lane: Gold Tour
Otterwick Lane - Parking Lot Sessions
Otterwick Lane - Lounge Lizards
Nadine Loriol: La Navette
Otterwick Lane & Hotel Marea
Silvio Bremani - Cena con gli amici
Otterwick Lane: Dinner at Eight, Songs at Nine
Otterwick Lane - Acoustic Brunch
Hafenlicht - Das letzte Abendmahl
Otterwick Lane: Room Service
The Bus Drivers
Otterwick Lane: Tables Turned
Otterwick Lane at the Terrace
Otterwick Lane & The Lounge
Silvio Bremani: Parcheggio Vietato
Srebrna Pora - Nocny autobus
Otterwick Lane - The Parking Lot Tour
Otterwick Lane: Songs from the Balcony
Otterwick Lane - Table Manners Tour
Otterwick Lane - Zug der Zeit
Otterwick Lane - Travel Light
Otterwick Lane: The Gift
Otterwick Lane - Rain or Shine
Otterwick Lane - The Ferry Tour
Otterwick Lane - Charged Up
Otterwick Lane - Early Show
Otterwick Lane - Golden Circle of Friends
Otterwick Lane - The Fast Lane Tour
Otterwick Lane: Life in the Fast Lane
Otterwick Lane - Priority
Otterwick Lane - Skip a Beat
Silvio Bremani - Corsia Sud
Otterwick Lane - The Backstage Tour
Otterwick Lane: Backstage Blues
Otterwick Lane - Arena Tour
Otterwick Lane - Stadium Tour 2027
Otterwick Lane - House Tour
Otterwick Lane - Behind the Scenes
Hafenlicht - Führung ins Licht
Hafenlicht - Aufführung
Nadine Loriol - Visite nocturne
Nadine Loriol: Tour de France
Otterwick Lane: Guided by Stars
""".strip().splitlines()
HEADS = [
    *("Otterwick Lane", "Nadine Loriol", "Lía Montaner", "Harbour Fest", "Hafenlicht", "Trio Vidraça", "Zilvermaan"),
    *("Silvio Bremani", "Modrý Most", "Srebrna Pora", "Kuzey Limanı", "Kall Hamn", "Los Faroles del Sur"),
]
NAMESAKES = [
    *("Mezzanine", "Hotel Marea", "Premium Blend", "Gold Circle", "Busreise nach Süden", "Camping with Wolves"),
    *("Music Box Orchestra", "The Insurance Men", "Shuttle to Mars", "Locker Room Choir", "The Bus Drivers"),
]


def acts_of(name: str) -> list[str]:
    """Return the attractions of an event of that name."""
    return [act for act in (*HEADS, *NAMESAKES) if act in name]


@pytest.mark.parametrize("name", ADDONS)
def test_what_is_sold_beside_a_concert(name: str) -> None:
    """Each stands beside its concert: the words for sale fill a part of their own."""
    assert sells_beside(name, acts_of(name), ["Harbour Arena"])


@pytest.mark.parametrize("name", CONCERTS)
def test_a_concert_may_have_such_words(name: str) -> None:
    """In the name of an act, a tour, a place or an evening the same words sell nothing; neither without attractions."""
    assert not sells_beside(name, acts_of(name), ["Harbour Arena"])
    assert name.startswith(tuple(HEADS)) or not sells_beside(name, [one for one in HEADS if one in name])


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_judged(name: str, acts: list[str]) -> None:
    """No name is too odd, and an act's own name alone is its concert."""
    sells_beside(name, acts)
    assert not sells_beside(name, [name])
