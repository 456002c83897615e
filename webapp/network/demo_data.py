"""The demo network as data: invented airlines with their networks, aircraft types with layouts.

The airports are real; airlines, flight numbers and tails are not.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoCabin:
    """One cabin of a layout, in the terms of `CabinLayout`."""

    cabin: str
    first_row: int
    last_row: int
    letters: str
    exit_rows: str = ""
    extra_legroom_rows: str = ""
    blocked_seats: str = ""


@dataclass(frozen=True)
class DemoType:
    """An aircraft type, how its seats are laid out, and how fast and how far it flies."""

    code: str
    name: str
    layout: str
    cabins: tuple[DemoCabin, ...]
    cruise_km_h: int
    range_km: int


@dataclass(frozen=True)
class DemoAirline:
    """An airline, its fleet and its network.

    `tails` is a pattern with one place for a number (#) or two letters (@@). `networks` has for
    each base the airports flown to and back: `CDG*4` is four times a day, `DCA*4@12345` four
    times on weekdays, `HNL/0005` leaves at five past midnight. `fare_percent` is how dear the
    airline is beside the others.
    """

    iata: str
    name: str
    ticketing_code: str
    tails: str
    types: tuple[str, ...]
    fare_percent: int
    networks: dict[str, str]


TYPES = (
    DemoType(
        "E190",
        "Embraer 190",
        "Embraer 190, 100 seats",
        (DemoCabin("economy", 1, 25, "AC DF", "12", "1,12"),),
        cruise_km_h=780,
        range_km=2_600,
    ),
    DemoType(
        "A320",
        "Airbus A320neo",
        "Airbus A320neo, 162 seats",
        (
            DemoCabin("business", 1, 3, "AC DF"),
            DemoCabin("economy", 4, 28, "ABC DEF", "12,13", "4,12,13"),
        ),
        cruise_km_h=820,
        range_km=4_500,
    ),
    DemoType(
        "A321",
        "Airbus A321neo",
        "Airbus A321neo, 196 seats",
        (
            DemoCabin("business", 1, 4, "AC DF"),
            DemoCabin("economy", 6, 35, "ABC DEF", "15,25", "6,15,25"),
        ),
        cruise_km_h=820,
        range_km=5_600,
    ),
    DemoType(
        "B789",
        "Boeing 787-9",
        "Boeing 787-9, 275 seats",
        (
            DemoCabin("business", 1, 8, "A DG K"),
            DemoCabin("premium_economy", 20, 22, "AC DEF HK", "", "20"),
            DemoCabin("economy", 30, 54, "ABC DEF HJK", "40", "30,40", "54A,54J,54K"),
        ),
        cruise_km_h=900,
        range_km=14_000,
    ),
    DemoType(
        "A359",
        "Airbus A350-900",
        "Airbus A350-900, 302 seats",
        (
            DemoCabin("business", 1, 10, "A DG K"),
            DemoCabin("premium_economy", 12, 14, "AC DEG HK", "", "12"),
            DemoCabin("economy", 20, 46, "ABC DEG HJK", "20,33", "20,33", "33D,33G"),
        ),
        cruise_km_h=905,
        range_km=15_000,
    ),
    DemoType(
        "B77W",
        "Boeing 777-300ER",
        "Boeing 777-300ER, 344 seats",
        (
            DemoCabin("first", 1, 2, "A EF K"),
            DemoCabin("business", 5, 15, "A DG K"),
            DemoCabin("premium_economy", 20, 23, "AC DEFG HK", "", "20"),
            DemoCabin("economy", 30, 55, "ABC DEFG HJK", "30,43", "30,43"),
        ),
        cruise_km_h=895,
        range_km=13_500,
    ),
)

AIRLINES = (
    DemoAirline(
        "L2",
        "Larkspur Airways",
        "901",
        "G-LK@@",
        ("E190", "A320", "A321", "B789", "A359"),
        104,
        {
            "LHR": """
                CDG*4 AMS*3 FRA*3 MUC*2 BER*2 ZRH*2 GVA*2 MAD*2 BCN*2 LIS*2 FCO*2 MXP*2@12345
                DUB*3 EDI*4 MAN*3 CPH*2 ARN*2 OSL HEL@12357 VIE WAW PRG@1356 BRU*2@12345 ATH IST
                JFK*3 EWR BOS IAD ORD MIA LAX SFO SEA@1357 YYZ GRU
                DXB*2 DEL BOM BLR@2467 SIN HKG HND JNB CPT CAI NBO@246 LOS ACC@1357
            """,
            "LGW": "ORY*2@12345 BCN*2 AGP*2 NCE*2 ATH@1467 GVA@67 EDI*2 CMN@3567 MCO CUN@2467",
        },
    ),
    DemoAirline(
        "K1",
        "Kestrel Atlantic",
        "902",
        "N#KA",
        ("E190", "A320", "A321", "B789"),
        98,
        {
            "JFK": """
                LHR*2 CDG*2 AMS FRA MAD FCO@12467 DUB LAX*4 SFO*3 SEA*2 MIA*3 MCO*2 LAS*2 DEN ATL*2
                BOS*2 MEX CUN BOG LIM@1357 GRU EZE HND
            """,
            "EWR": "LHR LIS@13567 SFO*2 LAX*2 ORD*3",
            "CDG": "LHR*2 DUB*2 LIS",
            "LGA": "BOS*4@12345 DCA*4@12345 ORD*3 ATL*2 MIA*2 YYZ*2@12345",
            "ORD": """
                LHR CDG FRA LAX*3 SFO*2 SEA DEN*2 DFW*2 ATL*2 MIA PHX LAS BOS*2 IAD*2@12345 YYZ*2
                YUL@12345 YVR HNL MEX HND
            """,
        },
    ),
    DemoAirline(
        "S1",
        "Sable Gulf",
        "903",
        "A6-S@@",
        ("A321", "B789", "B77W"),
        94,
        {
            "DXB": """
                LHR*3 LGW MAN CDG*2 AMS FRA MUC ZRH VIE MAD BCN FCO MXP ATH IST CPH WAW PRG@1357
                DUB JFK IAD LAX SFO@246 YYZ@1356 GRU JNB*2 CPT NBO ADD CAI*2 CMN LOS ACC@2467
                DEL*3 BOM*3 BLR*2 MAA HYD CCU COK CMB KTM BKK*2 SIN*2 KUL HKG PVG PEK NRT KIX ICN
                MNL CGK SYD MEL PER BNE@1357 RUH*3 DOH*2
            """,
        },
    ),
    DemoAirline(
        "M1",
        "Monsoon Air",
        "904",
        "VT-M@@",
        ("E190", "A320", "A321", "A359"),
        90,
        {
            "DEL": """
                BOM*6 BLR*4 MAA*2 CCU*3 HYD*3 GOI*2 COK AMD*2 JAI*2@12345 KTM CMB@2467 DXB*2 DOH
                LHR CDG FRA JFK SFO@1357 SIN BKK HND@12467 SYD@246
            """,
            "BOM": "BLR*3 MAA*2 GOI*3 HYD*2 CCU AMD*2 COK JAI DXB*2 LHR SIN@13567 BKK NBO@357",
            "BLR": "MAA*2 HYD*2 COK GOI SIN CCU",
        },
    ),
    DemoAirline(
        "H3",
        "Hinode Pacific",
        "905",
        "JA#H",
        ("A320", "A321", "A359", "B77W"),
        108,
        {
            "HND": """
                CTS*4 FUK*4 ITM*4 OKA*3 KIX*2 GMP*2 SHA TPE*2 PEK HKG SIN BKK LHR CDG FRA LAX SFO
                JFK DEL@1356 HNL/0005 SYD
            """,
            "NRT": """
                ICN PVG HKG TPE BKK SIN KUL MNL HAN SGN CGK LAX SFO ORD SEA@13567 YVR HNL MEL@2467
                BNE@1357 AKL@246
            """,
            "KIX": "ICN*2 TPE PVG@12345 HKG BKK HNL@1357 OKA*2 CTS*2",
            "FUK": "ICN TPE OKA*2 ITM*2",
            "SYD": "MEL*4 BNE*3 PER*2 AKL*2 SIN LAX",
            "MEL": "BNE*2 PER AKL",
        },
    ),
    DemoAirline(
        "T4",
        "Tucano Austral",
        "906",
        "PR-T@@",
        ("E190", "A320", "B789"),
        92,
        {
            "GRU": """
                GIG*3 BSB*3 SSA*2 REC*2 POA*2 CWB*2 FOR*2 CNF*2 EZE*2 SCL*2 LIM BOG MVD MEX@1357
                JFK MIA MCO@2467 LIS MAD CDG@13567 LHR@246 FRA JNB@357
            """,
            "CGH": "SDU*6@12345 BSB*2 CNF*2 CWB*2@12345 POA",
            "GIG": "EZE SSA LIS@1457 POA",
            "SCL": "EZE*2 LIM*2 BOG GIG MVD AEP*2 MIA MAD@246 AKL@37",
            "LIM": "BOG UIO*2@12345 EZE MIA LAX@1357 CUN@26",
            "BOG": "MIA UIO*2 MEX CUN@67 MAD",
            "AEP": "MVD*3@12345",
            "EZE": "MIA MAD",
        },
    ),
)

# By day, by night, far away, and twice with a connection; codes are of airports or of cities.
_SHOWCASE = (
    ("LON", "PAR"),
    ("NYC", "LON"),
    ("DEL", "BOM"),
    ("TYO", "SYD"),
    ("EDI", "DEL"),
    ("CPT", "NYC"),
)


def showcase(known: set[str]) -> list[tuple[str, str]]:
    """Return the searches that are worth a look, of those whose ends are all in `known`."""
    return [ends for ends in _SHOWCASE if known.issuperset(ends)]
