// Owns e-mail addresses, found from their @ outwards: a pattern that begins at the name costs ten times as much.
import type { RawMatch, TextDetector } from '../engine/detector.ts'

/** Top-level domains beside the two-letter ones: the common ones of IANA's list, RFC 2606 and names of private networks. */
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
    if (isDomain(text.slice(at + 1, end))) yield { start, end, score: 0.95 }
  }
}

function isDomain(domain: string): boolean {
  const names = domain.toLowerCase().split('.')
  const last = names.at(-1) ?? ''
  if (names.length < 2 || names.includes('')) return false
  return /^(?:[a-z]{2}|xn--[a-z0-9-]+)$/.test(last) || topLevel.has(last) || /^[^\0-\x7f]{2,}$/.test(last)
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
