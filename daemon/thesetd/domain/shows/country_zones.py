"""Knows in which time zone a country is, for halls whose provider says the country alone."""

import re

# The zone that is furthest behind, of countries with several (tz database 2025, zone1970.tab; a test compares them).
_SEVERAL = {
    "AU": "Australia/Perth",
    "BR": "America/Rio_Branco",
    "CA": "America/Vancouver",
    "CL": "Pacific/Easter",
    "ES": "Atlantic/Canary",
    "ID": "Asia/Jakarta",
    "MX": "America/Tijuana",
    "NZ": "Pacific/Auckland",
    "PT": "Atlantic/Azores",
    "RU": "Europe/Kaliningrad",
    "US": "Pacific/Honolulu",
}
# All others, by zone; of several zones the one that is furthest behind. Source: the same table.
_BY_ZONE = (
    "Africa/Abidjan=BF,CI,GH,GM,GN,IS,ML,MR,SH,SL,SN,TG Africa/Algiers=DZ Africa/Bissau=GW Africa/Cairo=EG "
    "Africa/Casablanca=MA Africa/El_Aaiun=EH Africa/Johannesburg=LS,SZ,ZA Africa/Juba=SS Africa/Khartoum=SD "
    "Africa/Lagos=AO,BJ,CD,CF,CG,CM,GA,GQ,NE,NG Africa/Maputo=BI,BW,MW,MZ,RW,ZM,ZW Africa/Monrovia=LR "
    "Africa/Nairobi=DJ,ER,ET,KE,KM,MG,SO,TZ,UG,YT Africa/Ndjamena=TD Africa/Sao_Tome=ST Africa/Tripoli=LY "
    "Africa/Tunis=TN Africa/Windhoek=NA America/Argentina/Buenos_Aires=AR America/Asuncion=PY "
    "America/Barbados=BB America/Belize=BZ America/Bogota=CO America/Caracas=VE America/Cayenne=GF "
    "America/Costa_Rica=CR America/El_Salvador=SV America/Grand_Turk=TC America/Guatemala=GT America/Guyana=GY "
    "America/Havana=CU America/Jamaica=JM America/La_Paz=BO America/Lima=PE America/Managua=NI "
    "America/Martinique=MQ America/Miquelon=PM America/Montevideo=UY America/Panama=KY,PA "
    "America/Paramaribo=SR America/Port-au-Prince=HT "
    "America/Puerto_Rico=AG,AI,AW,BL,BQ,CW,DM,GD,GP,KN,LC,MF,MS,PR,SX,TT,VC,VG,VI America/Santo_Domingo=DO "
    "America/Tegucigalpa=HN America/Thule=GL America/Toronto=BS Asia/Almaty=KZ Asia/Amman=JO Asia/Ashgabat=TM "
    "Asia/Baghdad=IQ Asia/Baku=AZ Asia/Bangkok=CX,KH,LA,TH,VN Asia/Beirut=LB Asia/Bishkek=KG Asia/Colombo=LK "
    "Asia/Damascus=SY Asia/Dhaka=BD Asia/Dili=TL Asia/Dubai=AE,OM,RE,SC,TF Asia/Dushanbe=TJ Asia/Gaza=PS "
    "Asia/Hong_Kong=HK Asia/Hovd=MN Asia/Jerusalem=IL Asia/Kabul=AF Asia/Karachi=PK Asia/Kathmandu=NP "
    "Asia/Kolkata=IN Asia/Kuching=BN,MY Asia/Macau=MO Asia/Manila=PH Asia/Nicosia=CY Asia/Pyongyang=KP "
    "Asia/Qatar=BH,QA Asia/Riyadh=KW,SA,YE Asia/Samarkand=UZ Asia/Seoul=KR Asia/Singapore=SG Asia/Taipei=TW "
    "Asia/Tbilisi=GE Asia/Tehran=IR Asia/Thimphu=BT Asia/Tokyo=JP Asia/Urumqi=CN Asia/Yangon=CC,MM "
    "Asia/Yerevan=AM Atlantic/Bermuda=BM Atlantic/Cape_Verde=CV Atlantic/Faroe=FO Atlantic/South_Georgia=GS "
    "Atlantic/Stanley=FK Europe/Andorra=AD Europe/Athens=GR Europe/Belgrade=BA,HR,ME,MK,RS,SI "
    "Europe/Berlin=DK,NO,SE,SJ Europe/Brussels=BE,LU,NL Europe/Bucharest=RO Europe/Budapest=HU "
    "Europe/Chisinau=MD Europe/Dublin=IE Europe/Gibraltar=GI Europe/Helsinki=AX,FI Europe/Istanbul=TR "
    "Europe/Kyiv=UA Europe/London=GB,GG,IM,JE Europe/Malta=MT Europe/Minsk=BY Europe/Paris=FR,MC "
    "Europe/Prague=CZ,SK Europe/Riga=LV Europe/Rome=IT,SM,VA Europe/Sofia=BG Europe/Tallinn=EE "
    "Europe/Tirane=AL Europe/Vienna=AT Europe/Vilnius=LT Europe/Warsaw=PL Europe/Zurich=CH,DE,LI "
    "Indian/Chagos=IO Indian/Maldives=MV Indian/Mauritius=MU Pacific/Apia=WS Pacific/Efate=VU "
    "Pacific/Fakaofo=TK Pacific/Fiji=FJ Pacific/Galapagos=EC Pacific/Guadalcanal=SB Pacific/Guam=GU,MP "
    "Pacific/Nauru=NR Pacific/Niue=NU Pacific/Norfolk=NF Pacific/Noumea=NC Pacific/Pago_Pago=AS "
    "Pacific/Palau=PW Pacific/Pitcairn=PN Pacific/Port_Moresby=FM,PG Pacific/Rarotonga=CK Pacific/Tahiti=PF "
    "Pacific/Tarawa=KI,MH,TV,WF Pacific/Tongatapu=TO "
)
_ZONES = {code: zone for zone, codes in re.findall(r"(\S+)=(\S+)", _BY_ZONE) for code in codes.split(",")} | _SEVERAL


def westernmost_zone(country: str | None) -> str | None:
    """Return the name of the zone of a country (ISO 3166-1, two letters) in which a day ends last."""
    return _ZONES.get(country or "")
