// Owns addresses of machines: IPv4, IPv6 and MAC.
import type { PatternDetector, TextDetector } from '../engine/detector.ts'
import { isLetter } from '../engine/digit-groups.ts'
import { separatedHex } from './separated-hex.ts'

const machine = { level: 'pii', category: 'pii' } as const
const facts = { ...machine, kind: 'pattern' } as const

/** Words that speak of an address as somebody's. */
const context =
  /(?:\b(?:my|your|his|her|their|the|client|server|source|user|public|private|local|remote) ip\b|\bips?\b(?: address| adresse| is| ist|:|=)|\bipv[46]\b|\bip-?adress|\b(?:src|dst) ?=|\bconnect(?:ing|ed)? (?:to|from)|\bgateway:|\bbroadcast|\bmapped:|\bnat64:|\btunnel to|\bprefix:|\bsubnet|\bmulticast|\bloopback|\blink-local|\bssh to|\bvisit\b|\bprivate\b)[^\n]{0,24}$/
const unless = /(?:version|release|build|section|chapter|kapitel|abschnitt|\bv|§|package|paket|firmware|rev)[ :.=v"']*$/

export const ipv4: PatternDetector = {
  ...facts,
  rule: 'ipv4',
  type: 'ip_address',
  source: 'RFC 791; without RFC 5737 documentation, loopback and unspecified addresses, unless spoken of',
  anchor: 'digit',
  pattern: /(?<![\w.-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:\/(?:3[0-2]|[12]?\d)(?!\d))?(?![\w]|\.\d|-\d)/g,
  score: 0.6,
  context,
  inContext: 0.7,
  isolated: 0.6,
  unless,
  check: (match, text) => {
    const octets = (match[0].split('/')[0] as string).split('.')
    if (!octets.every((octet) => Number(octet) <= 255 && (octet.length === 1 || octet[0] !== '0'))) return false
    if (text[match.index - 1] === ':' && /:[0-9a-f]*:$/i.test(text.slice(Math.max(0, match.index - 6), match.index)))
      return 0.6
    // 1.2.3.4 is more often a version than an address, and so is 10.29.53.1 with small numbers only.
    if (octets.every((octet) => Number(octet) < 20) && octets[0] !== '10') return 0.2
    return isNobodys(octets.map(Number)) ? 0.1 : true
  },
}

/** Documentation (RFC 5737), loopback, unspecified and masks: nobody's address. */
function isNobodys([first = 0, second = 0, third = 0]: readonly number[]): boolean {
  if (first === 127 || first === 0 || first === 255) return true
  return (
    (first === 192 && second === 0 && third === 2) ||
    (first === 198 && second === 51 && third === 100) ||
    (first === 203 && second === 0 && third === 113)
  )
}

/** Five parts: an address with something behind it, when it is all there is. */
export const ipv4Trailed: PatternDetector = {
  ...facts,
  rule: 'ipv4_trailed',
  type: 'ip_address',
  source: 'RFC 791',
  anchor: 'digit',
  pattern:
    /(?<![\w.-])(?<value>(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)(?=\.\d{1,3}(?![\w.]))/g,
  score: 0.1,
  isolated: 0.5,
}

export const ipv6: TextDetector = {
  ...machine,
  kind: 'text',
  rule: 'ipv6',
  type: 'ip_address',
  source: 'RFC 4291; without RFC 3849 documentation and loopback addresses, unless spoken of',
  context,
  inContext: 0.7,
  isolated: 0.6,
  *find({ text }) {
    for (const { start, end } of separatedHex(text, ':', '.')) {
      if (isJoined(text.charCodeAt(start - 1)) || text[start - 1] === '.') continue
      const match = /^([0-9a-f:]+(?:(?<=\d)(?:\.\d{1,3}){3})?)(?:%\w{1,16})?(?:\/\d{1,3}(?!\d))?(?![\w:])/i.exec(
        text.slice(start, end + 24),
      )
      const address = match?.[1]?.toLowerCase()
      if (!match || address === undefined || !isIpv6(address)) continue
      // `a::b` of a program has no digit; nobody's addresses count only where an address is spoken of.
      if (!/\d/.test(address) && address !== '::') continue
      const nobodys = address === '::' || address === '::1' || address.startsWith('2001:db8')
      const score = nobodys ? 0.1 : address.length > 6 ? 0.6 : 0.2
      yield { start, end: start + match[0].length, score }
    }
  },
}

function isIpv6(address: string): boolean {
  const halves = address.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const embedded = last.includes('.')
  if (embedded && !last.split('.').every((octet) => Number(octet) <= 255)) return false
  const count = groups.length + (embedded ? 1 : 0)
  const named = embedded ? groups.slice(0, -1) : groups
  if (!named.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return false
  return halves.length === 2 ? count < 8 : count === 8
}

export const mac: TextDetector = {
  ...machine,
  kind: 'text',
  rule: 'mac_address',
  type: 'mac_address',
  source: 'IEEE 802-2014, EUI-48',
  *find({ text }) {
    for (const separator of [':', '-', '.']) {
      for (const { start, end } of separatedHex(text, separator, '')) {
        if (
          end - start !== (separator === '.' ? 14 : 17) ||
          isJoined(text.charCodeAt(start - 1)) ||
          isJoined(text.charCodeAt(end))
        )
          continue
        const groups = text.slice(start, end).split(separator)
        const size = separator === '.' ? 4 : 2
        if (groups.length !== 12 / size || !groups.every((group) => group.length === size)) continue
        if (!/^(?:ff|00)+$/i.test(groups.join(''))) yield { start, end, score: 0.6 }
      }
    }
  },
}

/** A letter, a digit, an underscore, a hyphen or a colon. */
function isJoined(unit: number): boolean {
  return isLetter(unit) || (unit >= 48 && unit <= 58) || unit === 95 || unit === 45
}
