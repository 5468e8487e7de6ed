// Owns escapes that stand for single characters: percent, HTML entities, backslashes, quoted-printable.
import { type MappedText, replaceMapped } from './mapped-text.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })
const latin1 = new TextDecoder('latin1')

function textOf(hexDigits: string): string {
  const bytes = Uint8Array.from({ length: hexDigits.length / 2 }, (_, index) =>
    Number.parseInt(hexDigits.slice(index * 2, index * 2 + 2), 16),
  )
  try {
    return utf8.decode(bytes)
  } catch {
    return latin1.decode(bytes)
  }
}

/** HTML's names of characters that could part or make up an identifier; others do not matter here. */
const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  commat: '@',
  period: '.',
  comma: ',',
  colon: ':',
  semi: ';',
  num: '#',
  lowbar: '_',
  hyphen: '-',
  dash: '-',
  ndash: '-',
  minus: '-',
  plus: '+',
  sol: '/',
  equals: '=',
  lpar: '(',
  rpar: ')',
  percnt: '%',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
}

const percent = '(?:%[0-9a-f]{2})+'
const entity = '&(?:#(?<decimal>\\d{1,7})|#x(?<hex>[0-9a-f]{1,6})|(?<entity>[a-z]{2,8}));?'
const backslash =
  '\\\\{1,8}(?:u\\{(?<point>[0-9a-f]{1,6})\\}|u(?<unit>[0-9a-f]{4})|U(?<long>[0-9a-f]{8})|x(?<byte>[0-9a-f]{2})|(?<octal>[0-3][0-7]{2}))'
// A line that ends in two is base64; after another sign it is an operator.
const quotedPrintable = '(?<![<>=!:+*/-])(?:=[0-9a-f]{2})+|(?<![<>=!:])=\\r?\\n'

// HTML, application/x-www-form-urlencoded: a space in a query.
const plus = '(?<=\\w)\\+(?=\\w)'
const query = /[?&][\w.[\]-]{1,64}=[^\s&]*\+/

const escapes = new RegExp([percent, entity, backslash].join('|'), 'gi')
const escapesOfQuery = new RegExp([percent, entity, backslash, plus].join('|'), 'gi')
const escapesOfMail = new RegExp([percent, entity, backslash, quotedPrintable].join('|'), 'gi')

/** The text with all its escapes read once, or undefined when it has none. */
export function readEscapes(text: string): MappedText | undefined {
  return readingsOf(text).next().value ?? undefined
}

/** Every way to read the escapes once: `q=DE89%20` is a query, and could be a mail in which `=DE` is a letter. */
export function* readingsOf(text: string): Generator<MappedText, undefined> {
  const readings = [
    couldBeMail(text) && escapesOfMail,
    query.test(text) ? escapesOfQuery : /[%&\\]/.test(text) && escapes,
  ]
  for (const pattern of readings) {
    const reading = pattern && replaceMapped(text, pattern, decode)
    if (reading) yield reading
  }
}

/** Quoted-printable writes its own sign as an escape too: a text with many others of it is something else. */
function couldBeMail(text: string): boolean {
  if (!text.includes('=')) return false
  const signs = text.split('=').length - 1
  const escaped = text.match(/=[0-9A-F]{2}|=\r?\n/g)?.length ?? 0
  return escaped > 0 && escaped * 2 >= signs
}

function decode({ 0: written, groups = {} }: RegExpExecArray): string | undefined {
  if (written === '+') return ' '
  if (written[0] === '%') return textOf(written.replaceAll('%', ''))
  if (written[0] === '=') return decodeOfMail(written)
  if (groups.entity !== undefined) return Object.hasOwn(named, groups.entity) ? named[groups.entity] : undefined
  if (groups.decimal !== undefined) return characterOf(Number(groups.decimal))
  if (groups.octal !== undefined) return characterOf(Number.parseInt(groups.octal, 8))
  // A unit, not a character: a pair of surrogates is written as two escapes.
  if (groups.unit !== undefined) return String.fromCharCode(Number.parseInt(groups.unit, 16))
  return characterOf(Number.parseInt(groups.hex ?? groups.point ?? groups.long ?? groups.byte ?? '', 16))
}

function decodeOfMail(written: string): string | undefined {
  if (written.endsWith('\n')) return ''
  const decoded = textOf(written.replaceAll('=', ''))
  // A single letter or digit needs no escape, a control has none: `rows=45 width=12`.
  return decoded.length < 3 && /^(?:[A-Za-z0-9]|\p{Cc})+$/u.test(decoded) ? undefined : decoded
}

function characterOf(codePoint: number): string | undefined {
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : undefined
}
