// Owns escapes that stand for single characters: percent, HTML entities, backslashes, quoted-printable.
import { type MappedText, replaceMapped } from './mapped-text.ts'

interface Escape {
  /** Occurs in every text that has such escapes. */
  readonly mark: string
  /** Where such escapes are used, the mark itself is written as one: more of it than escapes is something else. */
  readonly escapesItself?: boolean
  readonly pattern: RegExp
  readonly decode: (match: RegExpExecArray) => string | undefined
}

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

const escapes: readonly Escape[] = [
  {
    mark: '%',
    pattern: /(?:%[0-9a-f]{2})+/gi,
    decode: (match) => textOf(match[0].replaceAll('%', '')),
  },
  {
    mark: '&',
    pattern: /&(?:#(?<decimal>\d{1,7})|#x(?<hex>[0-9a-f]{1,6})|(?<name>[A-Za-z]{2,8}));?/gi,
    decode: ({ groups = {} }) => {
      if (groups.name !== undefined) return Object.hasOwn(named, groups.name) ? named[groups.name] : undefined
      return characterOf(groups.decimal === undefined ? Number.parseInt(groups.hex ?? '', 16) : Number(groups.decimal))
    },
  },
  {
    mark: '\\',
    pattern:
      /\\(?:u\{(?<point>[0-9a-f]{1,6})\}|u(?<unit>[0-9a-f]{4})|U(?<long>[0-9a-f]{8})|x(?<byte>[0-9a-f]{2})|(?<octal>[0-3][0-7]{2}))/gi,
    decode: ({ groups = {} }) => {
      const hex = groups.point ?? groups.unit ?? groups.long ?? groups.byte
      // Units, not code points: a pair of surrogates is written as two escapes.
      if (hex !== undefined)
        return hex.length === 4 ? String.fromCharCode(Number.parseInt(hex, 16)) : characterOf(Number.parseInt(hex, 16))
      return groups.octal === undefined ? undefined : characterOf(Number.parseInt(groups.octal, 8))
    },
  },
  {
    mark: '=',
    escapesItself: true,
    // A line that ends in two is base64; after another sign it is an operator.
    pattern: /(?<![<>=!:+*/-])(?:=[0-9A-F]{2})+|(?<![<>=!:])=\r?\n/g,
    decode: (match) => {
      if (match[0].endsWith('\n')) return ''
      const decoded = textOf(match[0].replaceAll('=', ''))
      // A single letter or digit needs no escape, a control has none: `rows=45 width=12`.
      return decoded.length < 3 && /^(?:[A-Za-z0-9]|\p{Cc})+$/u.test(decoded) ? undefined : decoded
    },
  },
]

function characterOf(codePoint: number): string | undefined {
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : undefined
}

/** Each way to read the text's escapes that changes it, usually none. */
export function readEscapes(text: string): MappedText[] {
  const readings: MappedText[] = []
  for (const { mark, escapesItself, pattern, decode } of escapes) {
    if (!text.includes(mark)) continue
    const reading = replaceMapped(text, pattern, decode)
    if (reading === undefined) continue
    if (escapesItself && text.split(mark).length - 1 > reading.changes * 3) continue
    readings.push(reading)
  }
  return readings
}
