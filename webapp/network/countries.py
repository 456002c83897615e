"""Countries by their ISO 3166 code and their English name."""

from __future__ import annotations

from functools import cache

from babel import Locale

from webapp.network.matching import plain_words

# What Unicode files as a territory, though no passport is from there.
_NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}

# ISO 3166: each code of two letters, and the one of three that passports print.
_LETTERS = (
    "AFAFG AXALA ALALB DZDZA ASASM ADAND AOAGO AIAIA AQATA AGATG ARARG AMARM AWABW AUAUS "
    "ATAUT AZAZE BSBHS BHBHR BDBGD BBBRB BYBLR BEBEL BZBLZ BJBEN BMBMU BTBTN BOBOL BQBES "
    "BABIH BWBWA BVBVT BRBRA IOIOT BNBRN BGBGR BFBFA BIBDI CVCPV KHKHM CMCMR CACAN KYCYM "
    "CFCAF TDTCD CLCHL CNCHN CXCXR CCCCK COCOL KMCOM CGCOG CDCOD CKCOK CRCRI CICIV HRHRV "
    "CUCUB CWCUW CYCYP CZCZE DKDNK DJDJI DMDMA DODOM ECECU EGEGY SVSLV GQGNQ ERERI EEEST "
    "SZSWZ ETETH FKFLK FOFRO FJFJI FIFIN FRFRA GFGUF PFPYF TFATF GAGAB GMGMB GEGEO DEDEU "
    "GHGHA GIGIB GRGRC GLGRL GDGRD GPGLP GUGUM GTGTM GGGGY GNGIN GWGNB GYGUY HTHTI HMHMD "
    "VAVAT HNHND HKHKG HUHUN ISISL ININD IDIDN IRIRN IQIRQ IEIRL IMIMN ILISR ITITA JMJAM "
    "JPJPN JEJEY JOJOR KZKAZ KEKEN KIKIR KPPRK KRKOR KWKWT KGKGZ LALAO LVLVA LBLBN LSLSO "
    "LRLBR LYLBY LILIE LTLTU LULUX MOMAC MGMDG MWMWI MYMYS MVMDV MLMLI MTMLT MHMHL MQMTQ "
    "MRMRT MUMUS YTMYT MXMEX FMFSM MDMDA MCMCO MNMNG MEMNE MSMSR MAMAR MZMOZ MMMMR NANAM "
    "NRNRU NPNPL NLNLD NCNCL NZNZL NINIC NENER NGNGA NUNIU NFNFK MKMKD MPMNP NONOR OMOMN "
    "PKPAK PWPLW PSPSE PAPAN PGPNG PYPRY PEPER PHPHL PNPCN PLPOL PTPRT PRPRI QAQAT REREU "
    "ROROU RURUS RWRWA BLBLM SHSHN KNKNA LCLCA MFMAF PMSPM VCVCT WSWSM SMSMR STSTP SASAU "
    "SNSEN RSSRB SCSYC SLSLE SGSGP SXSXM SKSVK SISVN SBSLB SOSOM ZAZAF GSSGS SSSSD ESESP "
    "LKLKA SDSDN SRSUR SJSJM SESWE CHCHE SYSYR TWTWN TJTJK TZTZA THTHA TLTLS TGTGO TKTKL "
    "TOTON TTTTO TNTUN TRTUR TMTKM TCTCA TVTUV UGUGA UAUKR AEARE GBGBR USUSA UMUMI UYURY "
    "UZUZB VUVUT VEVEN VNVNM VGVGB VIVIR WFWLF EHESH YEYEM ZMZMB ZWZWE XKXKX "
)
_SHORT_NAMES = {
    "BRITAIN": "GB", "D": "DE", "ENGLAND": "GB", "GREAT BRITAIN": "GB", "HOLLAND": "NL",
    "UAE": "AE", "UK": "GB",
}  # fmt: skip


@cache
def countries() -> dict[str, str]:
    """Return every country's name by its code, in the order of the names."""
    territories = Locale("en").territories
    found = {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    }
    return dict(sorted(found.items(), key=lambda each: plain_words(each[1])))


def country_code(text: str) -> str | None:
    """Return the code of the country that a text names, or that it is a code of.

    Passports print three letters; and people have short names for some.
    """
    typed = text.strip().upper()
    if typed in countries():
        return typed
    return _codes_by_letters().get(typed) or _codes_by_name().get(plain_words(typed))


@cache
def _codes_by_name() -> dict[str, str]:
    return {plain_words(name): code for code, name in countries().items()}


@cache
def _codes_by_letters() -> dict[str, str]:
    return {each[2:]: each[:2] for each in _LETTERS.split()} | _SHORT_NAMES
