// Owns random JSON objects, written in random formatting: odd spaces, any escapes, keys of all kinds.

import type { JsonObject, JsonValue } from '../../src/domain/chat-body.ts'
import fc from './property.ts'

export interface JsonText {
  readonly value: JsonObject
  readonly text: string
}

/**
 * No key holds a backslash: once V8 has parsed such a one it misreads others (https://github.com/nodejs/node/issues/63785),
 * and what is compared here with `JSON.parse` would fail by chance.
 */
export const jsonKeys = fc.oneof(
  fc.constantFrom('model', 'messages', 'stream', 'aegis', 'usage', '', '"', 'a.b', 'ключ', '😀', '\u0000', '\ud800'),
  fc.string({ unit: 'binary', maxLength: 8 }).map((key) => key.replaceAll('\\', '/')),
)

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('"', '\\', '\\"', '{"a":1}', '},{', '","model":"x', 'é漢😀', '\ud83d', '\u2028', '[DONE]'),
)

/** JSON has no negative zero: it is written as 0 and would not come back as it was. */
const doubles = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0))

export const { value: jsonValues } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(texts, fc.integer(), doubles, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(jsonKeys, tie('value'), { maxKeys: 5, noNullPrototype: true }),
}))

/** An object, and one of the many ways to write it. */
export function jsonTexts(): fc.Arbitrary<JsonText> {
  const objects = fc.dictionary(jsonKeys, jsonValues, { maxKeys: 6, noNullPrototype: true })
  return fc.tuple(objects, fc.infiniteStream(fc.nat(99))).map(([drawn, dice]) => {
    // Through JSON once: minus zero and what dictionaries may hold beside own members are gone then.
    const value = JSON.parse(JSON.stringify(drawn)) as JsonObject
    const roll = () => Number(dice.next().value)
    return { value, text: `${space(roll)}${written(value, roll)}${space(roll)}` }
  })
}

function written(value: JsonValue, roll: () => number): string {
  if (typeof value === 'string') return writtenText(value, roll)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const comma = () => `${space(roll)},${space(roll)}`
  const inside = Array.isArray(value)
    ? value.map((item) => written(item, roll))
    : Object.entries(value).map(
        ([key, item]) => `${writtenText(key, roll)}${space(roll)}:${space(roll)}${written(item, roll)}`,
      )
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  let text = `${open}${space(roll)}`
  for (const [index, item] of inside.entries()) text += `${index === 0 ? '' : comma()}${item}`
  return `${text}${space(roll)}${close}`
}

/** Sometimes with characters escaped that need not be. */
function writtenText(value: string, roll: () => number): string {
  const plain = JSON.stringify(value)
  if (roll() < 70) return plain
  let text = ''
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index).toString(16).padStart(4, '0')
    text += roll() < 50 ? `\\u${unit}` : JSON.stringify(value.charAt(index)).slice(1, -1)
  }
  return `"${text}"`
}

function space(roll: () => number): string {
  const roughly = roll()
  if (roughly < 60) return ''
  return [' ', '\n', '\t', '\r\n', '  ', ' \n\t '][roughly % 6] ?? ''
}
