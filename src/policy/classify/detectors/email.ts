// Owns e-mail addresses, found from their @ outwards: a pattern that begins at the name costs ten times as much.
import type { RawMatch, TextDetector } from '../engine/detector.ts'

/** Country codes: IANA, Root Zone Database. `js`, `ts` and `go` are none. */
const countries = new Set(
  'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw'.split(
    ' ',
  ),
)

/** Other top-level domains: the common ones of IANA's list, RFC 2606 and names of private networks. */
const topLevel = new Set(
  'com net org edu gov mil int info biz name pro aero coop museum jobs mobi travel tel asia post cat xxx app dev page web site online store shop blog cloud email tech digital agency studio design media news live life world group team work company business services solutions systems software network consulting finance bank insurance legal law health care clinic dental hospital doctor academy school university education foundation church club social community family house home homes estate properties cafe restaurant bar pub hotel tours travel events wedding photography photos pictures video film music art gallery fashion style beauty fitness run bike auto cars taxi energy solar green eco bio farm garden kitchen tools supply parts trade market markets exchange money cash credit fund capital ventures investments holdings partners associates support help center zone space website host hosting domains xyz top vip win fun icu one best guru expert ninja rocks cool today link click wiki berlin hamburg koeln cologne bayern nrw saarland ruhr wien tirol swiss london paris nyc tokyo amsterdam vlaanderen brussels scot wales eus gal bzh corsica africa lat inc ltd llc gmbh ag example test invalid localhost local lan internal corp intranet home arpa'.split(
    ' ',
  ),
)

export const email: TextDetector = {
  kind: 'text',
  rule: 'email',
  type: 'email_address',
  level: 'pii',
  category: 'pii',
  source: 'RFC 5321, RFC 1035',
  find: findEmails,
}

const MAX_LOCAL = 64
const MAX_DOMAIN = 253

function* findEmails({ text }: { readonly text: string }): Iterable<RawMatch> {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at
    while (start > 0 && at - start < MAX_LOCAL && isLocalUnit(text.charCodeAt(start - 1))) start -= 1
    while (start < at && /[.'-]/.test(text[start] as string)) start += 1
    let end = at + 1
    while (end < text.length && end - at <= MAX_DOMAIN && isDomainUnit(text.charCodeAt(end))) end += 1
    while (end > at + 1 && /[.-]/.test(text[end - 1] as string)) end -= 1
    if (start === at || end === at + 1) continue
    // `git@host:group/project` names a server, and a call such as `a@b.to(c)` is code.
    const next = text[end]
    const local = text.slice(start, at)
    if ((local === 'git' && (next === ':' || next === '/')) || next === '(') continue
    const domain = domainIn(text.slice(at + 1, end))
    if (domain !== undefined) yield { start, end: at + 1 + domain.length, score: 0.95 }
  }
}

/** What is left of `acme.com.pdf` without the names behind the top-level domain. */
function domainIn(written: string): string | undefined {
  const names = written.split('.')
  if (names.includes('')) return undefined
  for (let count = names.length; count >= 2; count -= 1) {
    if (isTopLevel((names[count - 1] as string).toLowerCase())) return names.slice(0, count).join('.')
  }
  return undefined
}

function isTopLevel(name: string): boolean {
  return topLevel.has(name) || countries.has(name) || /^xn--[a-z0-9-]+$/.test(name) || /^[^\0-\x7f]{2,}$/.test(name)
}

/** Letters, digits and .!#$%&'*+-/=?^_`{|}~ without those that more often stand around an address. */
function isLocalUnit(unit: number): boolean {
  if (unit >= 0xc0) return unit < 0x2000
  return isNameUnit(unit) || unit === 46 || unit === 95 || unit === 43 || unit === 37 || unit === 39 || unit === 38
}

function isDomainUnit(unit: number): boolean {
  if (unit >= 0xc0) return unit < 0x2000 || unit > 0x2fff
  return isNameUnit(unit) || unit === 46
}

function isNameUnit(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || unit === 45
}
