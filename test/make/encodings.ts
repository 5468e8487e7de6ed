// Owns the ways in which a text can be written so that a reader, or a model, still reads it.
import { deflateSync, gzipSync } from 'node:zlib'

const base64 = (text: string | Buffer) => Buffer.from(text as string).toString('base64')
const hex = (text: string | Buffer) => Buffer.from(text as string).toString('hex')
const each = (text: string, write: (character: string) => string) => [...text].map(write).join('')
const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
function base32(text: string): string {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => base32Alphabet[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
}
const codeOf = (character: string) => character.codePointAt(0) as number

export const encodings: Readonly<Record<string, (text: string) => string>> = {
  base64: (text) => base64(`It is ${text}.`),
  'base64 for URLs': (text) => Buffer.from(`It is ${text}.`).toString('base64url'),
  'base64 behind a prefix': (text) => `data_${base64(`It is ${text}.`)}`,
  'base64 as the end of a path': (text) => `/files/${base64(`It is ${text}.`)}`,
  'the end of a base64': (text) => base64(`Something else, and then ${text}.`).slice(3),
  'base64 of bytes that begin as none': (text) => base64(`\0\x01\x02\x03${text}`),
  'base64 of Latin-1': (text) => Buffer.from(`Für Sie: ${text}`, 'latin1').toString('base64'),
  'base64 of UTF-16': (text) => Buffer.from(`It is ${text}.`, 'utf16le').toString('base64'),
  'base64 of UTF-16, high byte first': (text) => Buffer.from(`It is ${text}.`, 'utf16le').swap16().toString('base64'),
  'base64 twice': (text) => base64(base64(`It is ${text}.`)),
  'base64 more often than anybody follows': (text) => base64(base64(base64(base64(base64(base64(`It is ${text}.`)))))),
  'base64 of gzip': (text) => base64(gzipSync(`It is ${text}.`)),
  'base64 of zlib': (text) => base64(deflateSync(`It is ${text}.`)),
  hexadecimal: (text) => hex(`It is ${text}.`),
  'hexadecimal with 0x': (text) => `0x${hex(`It is ${text}.`)}`,
  'hexadecimal behind a digit': (text) => `a${hex(`It is ${text}.`)}`,
  'hexadecimal in pairs': (text) => hex(text).replace(/../g, '$& '),
  'hexadecimal of gzip': (text) => hex(gzipSync(`It is ${text}.`)),
  'hexadecimal of base64': (text) => hex(base64(`It is ${text}.`)),
  'percent escapes': (text) => each(text, (character) => `%${hex(character)}`),
  'percent escapes twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'a query': (text) => `https://example.org/?q=${encodeURIComponent(text).replaceAll('%20', '+')}`,
  'entities of HTML': (text) => each(text, (character) => `&#${codeOf(character)};`),
  'hexadecimal entities of HTML': (text) => each(text, (character) => `&#x${codeOf(character).toString(16)};`),
  'escapes of JSON': (text) => each(text, (character) => `\\u00${hex(character)}`),
  'quoted-printable': (text) => each(text, (character) => `=${hex(character).toUpperCase()}`),
  'zero-width spaces': (text) => [...text].join('\u200b'),
  'soft hyphens': (text) => [...text].join('\u00ad'),
  'variation selectors': (text) => [...text].join('\ufe0f'),
  'tags of Unicode': (text) => [...text].join('\u{e0020}'),
  NUL: (text) => [...text].join('\0'),
  'lone surrogates': (text) => [...text].join('\ud800'),
  'replacement characters': (text) => [...text].join('\ufffd'),
  'full width': (text) => text.replace(/[!-~]/g, (character) => String.fromCharCode(codeOf(character) + 0xfee0)),
  'Arabic digits': (text) => text.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
  'mathematical digits': (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit))),
  keycaps: (text) => text.replace(/\d/g, '$&\ufe0f\u20e3'),
  'circled digits': (text) => text.replace(/[1-9]/g, (digit) => String.fromCharCode(0x277f + Number(digit))),
  'look-alike letters': (text) => text.replace(/a/g, 'а').replace(/e/g, 'е').replace(/o/g, 'о'),
  base32: (text) => base32(`It is ${text}.`),
  'base32 in small letters': (text) => base32(`It is ${text}.`).toLowerCase(),
  'combining accents': (text) => text.replace(/[a-z]/g, '$&\u0323'),
  'acute accents': (text) => text.replace(/[aeiou]/g, '$&\u0301'),
}

/** Only numbers can be written so; names and addresses stay as they are. */
export const digitDisguises: Readonly<Record<string, (text: string) => string>> = {
  'O for 0': (text) => text.replaceAll('0', 'O'),
  'l for 1': (text) => text.replaceAll('1', 'l'),
  'O and I': (text) => text.replaceAll('0', 'o').replaceAll('1', 'I'),
  'hearts between digits': (text) => text.replace(/\d(?= ?\d)/g, '$&\u2764\ufe0f'),
  'pictures between groups': (text) => text.replaceAll(' ', ' \u{1f600} '),
  'a digit a line': (text) => text.replace(/ /g, '').replace(/\d(?=\d)/g, '$&\n'),
  'a group a line': (text) => text.replaceAll(' ', '\n'),
}
