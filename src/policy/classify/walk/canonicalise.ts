// Owns the plain form of a text: what hides an identifier from a pattern but not from a reader is undone.
import { type MappedText, replaceMapped } from './mapped-text.ts'

/** Anything but printable ASCII and line ends. Most texts in English end here. */
const unusual = /[^\t\n\r\x20-\x7e]/

/**
 * What is changed: control and format characters, spaces of other widths, marks that combine, dashes before digits,
 * compatibility forms (full width, mathematical, circled, super- and subscript), digits of other scripts, and letters of
 * other scripts that touch Latin ones or digits.
 */
/**
 * Controls but for white space, format characters, what Unicode says to ignore when it is not supported, enclosing marks
 * such as that of a keycap, and what stands for bytes that are no text: half a pair of surrogates, U+FFFD.
 */
const unseen = '(?:(?![\\t\\n\\r])[\\p{Cc}\\p{Cf}\\p{Cs}\\p{DI}\\p{Me}\\ufffd])'
const hiding = new RegExp(
  [
    '(?<=\\d)\\s?(?:\\p{Extended_Pictographic}[\\ufe0f\\u200d]{0,2}){1,8}\\s?(?=\\d)',
    `${unseen}{1,64}`,
    '[\\xa0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000\\u2028\\u2029]',
    '[A-Za-z]?\\p{Mn}{1,32}',
    '[\\u2010-\\u2015\\u2212\\ufe58\\ufe63](?=\\s?\\d)|(?<=[\\dA-Za-z])[\\u2010-\\u2015\\u2212\\ufe58\\ufe63](?=[\\dA-Za-z])',
    '[\\xaa\\xb2\\xb3\\xb9\\xba\\u2070-\\u209c\\u2100-\\u214f\\u2460-\\u24ff\\u2776-\\u2793\\ufb00-\\ufb06\\uff01-\\uff5e\\uffe0-\\uffe6\\u{1d400}-\\u{1d7ff}\\u{1f100}-\\u{1f189}]',
    '(?![0-9])\\p{Nd}',
    '[\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Script=Armenian}\\p{Script=Cherokee}]{1,64}',
  ].join('|'),
  'gu',
)
const hidingOrEscaped = new RegExp(`\\\\{1,8}[nrt"'/]|${hiding.source}`, 'gu')

/** Escaped line ends and quotes, as in JSON inside a string. */
const escaped = /\\[nrt"'/]/

/** @returns undefined when the text is plain already. */
export function canonicalise(text: string): MappedText | undefined {
  const isEscaped = text.includes('\\') && escaped.test(text)
  if (!isEscaped && !unusual.test(text)) return undefined
  return replaceMapped(text, isEscaped ? hidingOrEscaped : hiding, (match) => plainFormOf(match[0], text, match.index))
}

const pictureBetweenDigits = /^\s?(?:\p{Extended_Pictographic}[\ufe0f\u200d]{0,2})+\s?$/u
/** Between groups there is a space as well; between single digits nothing but the picture. */
const pictureGap = (found: string) => (/\s/.test(found) ? ' ' : '')
const unseenOnly = new RegExp(`^${unseen}+$`, 'u')
const lookAlikeScripts = /^[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u

function plainFormOf(found: string, text: string, at: number): string | undefined {
  if (found[0] === '\\') return 'nrt'.includes(found.at(-1) as string) ? '\n' : found.at(-1)
  if (unseenOnly.test(found)) return ''
  if (/\p{Extended_Pictographic}/u.test(found))
    return pictureBetweenDigits.test(found) ? pictureGap(found) : found.normalize('NFKC')
  if (/^[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/.test(found)) return ' '
  if (/^[\u2028\u2029]/.test(found)) return '\n'
  if (/^[\u2010-\u2015\u2212\ufe58\ufe63]/.test(found)) return '-'
  if (lookAlikeScripts.test(found))
    return touchesLatin(text, at, at + found.length) ? withLatinLetters(found) : undefined
  if (/\p{Mn}$/u.test(found)) return found.normalize('NFC').replace(/\p{Mn}/gu, '')
  if (/^[\u2776-\u2793]$/.test(found)) return String(((found.charCodeAt(0) - 0x2776) % 10) + 1)
  const composed = found.normalize('NFKC')
  return /^\p{Nd}$/u.test(composed) ? asciiDigitOf(composed) : composed
}

/** Decimal digits of every script stand in order, zero first (Unicode, chapter 4.6). */
function asciiDigitOf(digit: string): string {
  const code = digit.codePointAt(0) as number
  if (code >= 48 && code <= 57) return digit
  let zero = code
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1
  return String(code - zero)
}

function touchesLatin(text: string, start: number, end: number): boolean {
  return /[A-Za-z0-9@._-]/.test(text[start - 1] ?? '') || /[A-Za-z0-9@._-]/.test(text[end] ?? '')
}

/** Letters that look like Latin ones: Unicode, confusables.txt, the whole-letter ones of Cyrillic and Greek. */
const lookAlikes = new Map(
  Object.entries({
    а: 'a',
    в: 'b',
    с: 'c',
    ԁ: 'd',
    е: 'e',
    ё: 'e',
    ғ: 'f',
    ɡ: 'g',
    һ: 'h',
    і: 'i',
    ї: 'i',
    ј: 'j',
    к: 'k',
    ӏ: 'l',
    м: 'm',
    п: 'n',
    о: 'o',
    р: 'p',
    ԛ: 'q',
    г: 'r',
    ѕ: 's',
    т: 't',
    ц: 'u',
    ѵ: 'v',
    ԝ: 'w',
    х: 'x',
    у: 'y',
    ү: 'y',
    А: 'A',
    В: 'B',
    С: 'C',
    Е: 'E',
    Ё: 'E',
    Н: 'H',
    І: 'I',
    Ї: 'I',
    Ј: 'J',
    К: 'K',
    М: 'M',
    О: 'O',
    Р: 'P',
    Ѕ: 'S',
    Т: 'T',
    Ѵ: 'V',
    Х: 'X',
    У: 'Y',
    Ү: 'Y',
    З: '3',
    з: '3',
    б: '6',
    Б: '6',
    α: 'a',
    β: 'b',
    ε: 'e',
    η: 'n',
    ι: 'i',
    κ: 'k',
    ν: 'v',
    ο: 'o',
    ρ: 'p',
    σ: 'o',
    τ: 't',
    υ: 'u',
    χ: 'x',
    γ: 'y',
    ω: 'w',
    ϲ: 'c',
    ϳ: 'j',
    Α: 'A',
    Β: 'B',
    Ε: 'E',
    Ζ: 'Z',
    Η: 'H',
    Ι: 'I',
    Κ: 'K',
    Μ: 'M',
    Ν: 'N',
    Ο: 'O',
    Ρ: 'P',
    Τ: 'T',
    Υ: 'Y',
    Χ: 'X',
    Ϲ: 'C',
    ս: 'u',
    օ: 'o',
    հ: 'h',
    ո: 'n',
    ց: 'g',
    Տ: 'S',
    Օ: 'O',
  }),
)

function withLatinLetters(word: string): string {
  let latin = ''
  for (const letter of word) latin += lookAlikes.get(letter) ?? letter
  return latin
}
