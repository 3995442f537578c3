"""The cities of the synthetic world: real ones, with GeoNames' ids and coordinates.

The two concert providers spell them differently: Ticketmaster writes local names, districts and stray blanks.
"""

import attrs


@attrs.frozen
class City:
    """A city. `tm_name` is its name at Ticketmaster, `name` at setlist.fm."""

    name: str
    tm_name: str
    country_code: str
    country: str
    state_code: str
    state: str
    latitude: float
    longitude: float
    timezone: str
    geonames_id: str


_COUNTRIES = {
    "GB": "United Kingdom",
    "IE": "Ireland",
    "FR": "France",
    "DE": "Germany",
    "NL": "Netherlands",
    "BE": "Belgium",
    "AT": "Austria",
    "CZ": "Czechia",
    "PL": "Poland",
    "DK": "Denmark",
    "SE": "Sweden",
    "NO": "Norway",
    "PT": "Portugal",
    "ES": "Spain",
    "IT": "Italy",
    "US": "United States",
    "CA": "Canada",
    "MX": "Mexico",
    "AU": "Australia",
}
_TABLE = """\
London|London|GB|ENG|England|51.5085|-0.1257|Europe/London|2643743
Manchester|Manchester|GB|ENG|England|53.4809|-2.2374|Europe/London|2643123
Glasgow|Glasgow|GB|SCT|Scotland|55.8652|-4.2576|Europe/London|2648579
Belfast|Belfast |GB|NIR|Northern Ireland|54.5968|-5.9254|Europe/London|2655984
Dublin|Dublin 1|IE|L|Leinster|53.3331|-6.2489|Europe/Dublin|2964574
Paris|Paris|FR|A8|Île-de-France|48.8534|2.3488|Europe/Paris|2988507
Berlin|Berlin|DE|16|Berlin|52.5244|13.4105|Europe/Berlin|2950159
Cologne|Köln|DE|07|North Rhine-Westphalia|50.9333|6.95|Europe/Berlin|2886242
Munich|München|DE|02|Bavaria|48.1374|11.5755|Europe/Berlin|2867714
Amsterdam|Amsterdam|NL|07|North Holland|52.374|4.8897|Europe/Amsterdam|2759794
Brussels|Bruxelles|BE|BRU|Brussels Capital|50.8505|4.3488|Europe/Brussels|2800866
Vienna|Wien|AT|09|Vienna|48.2085|16.3721|Europe/Vienna|2761369
Prague|Praha 9|CZ|52|Hlavní město Praha|50.088|14.4208|Europe/Prague|3067696
Warsaw|Warszawa|PL|78|Mazovia|52.2298|21.0118|Europe/Warsaw|756135
Copenhagen|København|DK|17|Capital Region|55.6759|12.5655|Europe/Copenhagen|2618425
Stockholm|Stockholm|SE|26|Stockholm|59.3294|18.0687|Europe/Stockholm|2673730
Oslo|Oslo|NO|12|Oslo|59.9127|10.7461|Europe/Oslo|3143244
Lisbon|Lisboa|PT|14|Lisbon|38.7167|-9.1333|Europe/Lisbon|2267057
Madrid|Madrid|ES|29|Madrid|40.4165|-3.7026|Europe/Madrid|3117735
Barcelona|Barcelona|ES|56|Catalonia|41.3888|2.159|Europe/Madrid|3128760
Rome|Roma|IT|07|Lazio|41.8919|12.5113|Europe/Rome|3169070
New York|New York|US|NY|New York|40.7143|-74.006|America/New_York|5128581
Brooklyn|Brooklyn|US|NY|New York|40.6501|-73.9496|America/New_York|5110302
Boston|Boston|US|MA|Massachusetts|42.3584|-71.0598|America/New_York|4930956
Chicago|Chicago|US|IL|Illinois|41.85|-87.65|America/Chicago|4887398
Nashville|Nashville|US|TN|Tennessee|36.1659|-86.7844|America/Chicago|4644585
Austin|Austin|US|TX|Texas|30.2672|-97.7431|America/Chicago|4671654
Denver|Denver|US|CO|Colorado|39.7392|-104.9847|America/Denver|5419384
Los Angeles|Los Angeles|US|CA|California|34.0522|-118.2437|America/Los_Angeles|5368361
Long Beach| Long Beach|US|CA|California|33.767|-118.1892|America/Los_Angeles|5367929
Seattle|Seattle|US|WA|Washington|47.6062|-122.3321|America/Los_Angeles|5809844
Toronto|Toronto|CA|08|Ontario|43.7001|-79.4163|America/Toronto|6167865
Montreal|Montréal|CA|10|Quebec|45.5088|-73.5878|America/Toronto|6077243
Mexico City|Ciudad de México|MX|09|Mexico City|19.4285|-99.1277|America/Mexico_City|3530597
Sydney|Sydney|AU|02|New South Wales|-33.8678|151.2073|Australia/Sydney|2147714
Melbourne|Melbourne|AU|07|Victoria|-37.814|144.9633|Australia/Melbourne|2158177
"""


def _city(line: str) -> City:
    name, tm_name, country, state_code, state, latitude, longitude, timezone, geonames_id = line.split("|")
    place = float(latitude), float(longitude)
    return City(name, tm_name, country, _COUNTRIES[country], state_code, state, *place, timezone, geonames_id)


CITIES = tuple(map(_city, _TABLE.splitlines()))
