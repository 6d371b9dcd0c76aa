"""Endings of internet names that turn a bare word with dots into a link.

Countries: https://www.iana.org/domains/root/db. Of the others only those in wide use; an ending
that is missing here counts as plain text, which X may count as a link.
"""

from __future__ import annotations

_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv
bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es
et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu
id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt
lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no
np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si
sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk
us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""

_OTHERS = """
academy accountant adult aero africa agency amsterdam apartments app arpa art asia associates
auction audio auto baby band bank bar bcn beauty beer berlin best bet bible bid bike bingo bio biz
black blog blue boats book boston boutique broker build builders business buzz cab cafe call cam
camera camp capital car cards care career careers cars casa cash casino cat center charity chat
cheap church city claims cleaning click clinic clothing cloud club coach codes coffee college com
community company computer condos construction consulting contact contractors cooking cool coop
country coupons courses credit creditcard cricket cruises dance date dating day deals degree
delivery democrat dental desi design dev diamonds diet digital direct directory discount doctor
dog domains earth eco edu education email energy engineer engineering enterprises equipment estate
events exchange expert exposed express fail faith family fan fans farm fashion film finance
financial fish fishing fit fitness flights florist flowers food football forex forsale forum
foundation fun fund furniture futbol fyi gallery game games garden gay gift gifts gives giving
glass global gold golf gov graphics gratis green gripe group guide guitars guru hair hamburg haus
health healthcare help hiphop hockey holdings holiday homes horse hospital host hosting house how
icu immo immobilien inc industries info ink institute insurance insure int international
investments istanbul jetzt jewelry jobs kaufen kim kitchen kiwi koeln land law lawyer lease legal
lgbt life lighting limited limo link live llc loan loans lol london love ltd luxury maison makeup
management market marketing mba media memorial men menu mil mobi mobile moda moe moi mom money
monster mortgage moscow motorcycles mov movie museum nagoya name net network new news ngo ninja
now nyc one ong onl online ooo open org organic page paris partners parts party pet pharmacy phone
photo photography photos physio pics pictures pink pizza place plumbing plus poker post press pro
productions promo properties property protection pub qpon quebec quest racing realestate recipes
red rehab reise reisen rent rentals repair report republican rest restaurant review reviews rich
rip rocks rodeo rugby run sale salon sarl save school schule science security services shiksha
shoes shop shopping show singles site ski skin soccer social software solar solutions soy space
sport store stream studio study style sucks supplies supply support surf surgery sydney systems
tattoo tax taxi team tech technology tel tennis theater tickets tienda tips tires tirol today
tokyo tools top tours town toys trade trading training travel tube university uno vacations vegas
ventures vet viajes video villas vin vip vision vodka vote voting voyage wales watch weather
webcam website wedding wien wiki win wine work works world wtf xyz yachts yoga yokohama you zip
zone
"""

ENDINGS = frozenset(_COUNTRIES.split()) | frozenset(_OTHERS.split())
