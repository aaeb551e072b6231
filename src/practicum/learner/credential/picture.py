"""A badge to share: a picture with the credential inside, and a page around it.

The picture is SVG, baked as Open Badges 3.0 says (section 5.3.2.1): whoever has the picture has
the whole credential. The page is one file that loads nothing.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from practicum.learner.credential.badge import SELF_ASSERTED
from practicum.learner.strict_json import read_object

NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
COLOURS = {1: "#3b7a57", 2: "#2a6f97", 3: "#5a4fa3", 4: "#a4433f", 5: "#2b2b2b"}
_BAKED = re.compile(
    r"<openbadges:credential\b[^>]*>\s*<!\[CDATA\[(.*?)\]\]>\s*</openbadges:credential>", re.DOTALL
)
Document = dict[str, Any]


def badge_svg(document: Document, level: int) -> str:
    """The picture of a signed badge."""
    subject = document["credentialSubject"]
    title = subject["achievement"]["name"]
    name = subject["identifier"][0]["identityHash"]
    colour = COLOURS.get(level, "#444444")
    words = title.split()
    lines = [" ".join(words[:2]), " ".join(words[2:])]
    stars = "".join(
        f'<circle cx="{200 + 26 * (place - 3)}" cy="262" r="7" fill="#ffffff" '
        f'fill-opacity="{1 if place <= level else 0.25}"/>'
        for place in range(1, 6)
    )
    foot = f"{SELF_ASSERTED.lower()}, " if _is_self_asserted(document) else ""
    # A "]]>" inside would end the section: JSON can spell its last sign otherwise.
    baked = json.dumps(document, ensure_ascii=False).replace("]]>", "]]\\u003e")
    return f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="{NAMESPACE}"
 viewBox="0 0 400 460" role="img" aria-label="{escape(f"{title}: {name}")}">
<openbadges:credential><![CDATA[{baked}]]></openbadges:credential>
<g font-family="Georgia, 'DejaVu Serif', serif" text-anchor="middle">
<path d="M200 18 369 115V309L200 406 31 309V115Z" fill="{colour}"/>
<path d="M200 34 355 123V301L200 390 45 301V123Z" fill="none" stroke="#ffffff"
 stroke-opacity="0.5" stroke-width="2"/>
<text x="200" y="152" font-size="92" fill="#ffffff">{level}</text>
<text x="200" y="198" font-size="21" fill="#ffffff">{escape(lines[0])}</text>
<text x="200" y="226" font-size="21" fill="#ffffff">{escape(lines[1])}</text>
{stars}
<text x="200" y="312" font-size="19" fill="#ffffff" {_fit(name)}>{escape(name)}</text>
<text x="200" y="340" font-size="14" fill="#ffffff">{escape(document["validFrom"][:10])}</text>
<text x="200" y="436" font-size="14" fill="#444444">{escape(foot)}Practicum</text>
</g>
</svg>
"""


def _fit(name: str) -> str:
    """Long names are pressed together, so that none leaves the badge."""
    return 'textLength="260" lengthAdjust="spacingAndGlyphs"' if len(name) > 28 else ""


def baked_in(svg: str) -> Document:
    """The credential inside a picture; ValueError if there is none, or several."""
    found = _BAKED.findall(svg)
    if len(found) != 1:
        count = "no credential" if not found else f"{len(found)} credentials"
        raise ValueError(f"the picture holds {count}")
    return read_object(found[0])


def badge_page(document: Document, level: int) -> str:
    """A page that shows the badge, what it rests on and how anybody can check it."""
    subject = document["credentialSubject"]
    title = escape(document["name"])
    rows = "\n".join(
        f"<tr><td>{escape(each['name'])}</td><td>{escape(each['narrative'])}</td></tr>"
        for each in document["evidence"]
    )
    name = escape(subject["identifier"][0]["identityHash"])
    issuer = document["issuer"]
    by = f"{escape(issuer['name'])} <code>{escape(issuer['id'])}</code>"
    note = (
        "<p class=note>Self-asserted: whoever holds this badge has signed it with her own key. "
        "It proves that the evidence below belongs together, not that a school vouches for it.</p>"
        if _is_self_asserted(document)
        else ""
    )
    text = escape(json.dumps(document, indent=2, ensure_ascii=False))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}: {name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 17px/1.5 Georgia, serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
 color: #1d1d1d; background: #fff; }}
svg {{ display: block; width: 15rem; margin: 0 auto; }}
table {{ border-collapse: collapse; width: 100%; }}
td {{ border-top: 1px solid #ddd; padding: .4rem .6rem .4rem 0; vertical-align: top; }}
code, pre {{ font-size: 13px; overflow-wrap: anywhere; white-space: pre-wrap; }}
.note {{ border-left: 4px solid #a4433f; padding-left: .8rem; }}
</style></head><body>
{badge_svg(document, level)}
<h1>{title}</h1>
<p><strong>{name}</strong>, {escape(document["validFrom"][:10])}</p>
{note}
<p>{escape(subject["achievement"]["criteria"]["narrative"])}</p>
<h2>What it rests on</h2>
<table>{rows}</table>
<h2>Check it</h2>
<p>Issued by {by}. Save the credential below as <code>badge.json</code> (the picture holds it, too)
and run <code>practicum credential verify badge.json</code>, or give it to any verifier of Open
Badges 3.0 with the cryptosuite <code>eddsa-rdfc-2022</code>. Nothing has to be asked of us, but
whether it was revoked stands in the issuer's status list.</p>
<details><summary>The credential</summary><pre>{text}</pre></details>
</body></html>
"""


def _is_self_asserted(document: Document) -> bool:
    subject: Document = document["credentialSubject"]
    issuer: Document = document["issuer"]
    return bool(subject.get("id") == issuer["id"])
