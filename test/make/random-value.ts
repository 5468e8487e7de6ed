// Owns values at random from a schema: such as fit it, such as nearly do, and such as nobody sends on purpose.
import { type Described, type OpenApi, schemaOf } from './described.ts'
import fc from './property.ts'

export const oddTexts = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\u202e',
  '😀',
  'ﷺ',
  '__proto__',
  'null',
  '-1',
  '../..',
  "'; --",
  '%',
  'a'.repeat(5000),
]
const oddNumbers = [0, -0, -1, 0.5, 1e21, 1e308, -1e308, 2 ** 53, 2 ** 31, 5e-324]
export const odd = fc.oneof(
  fc.constantFrom<unknown>(...oddTexts, ...oddNumbers, true, false, null, [], {}, [[]], { '': null }),
  fc.jsonValue({ maxDepth: 3 }),
)

/** Where a request has its content, in whichever dialect. */
const contentNames = new Set(['content', 'prompt', 'input', 'text', 'system', 'instructions'])

/** Any value that fits a schema; as content it is now and then the canary. */
export function fitting(
  document: OpenApi,
  described: Described,
  canary: string,
  depth = 0,
  name = '',
): fc.Arbitrary<unknown> {
  const schema = schemaOf(document, described)
  const inside = (one: Described, member = name) => fitting(document, one, canary, depth + 1, member)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.examples) return fc.constantFrom(...schema.examples)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => inside(one)))
  const types = [schema.type ?? 'string'].flat()
  if (types.length > 1) return fc.oneof(...types.map((type) => inside({ ...schema, type })))
  switch (types[0]) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return wholeNumbers(schema)
    case 'number':
      return fc.double({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000, noNaN: true })
    case 'array': {
      const size = { minLength: Math.min(schema.minItems ?? 0, 3), maxLength: depth > 4 ? (schema.minItems ?? 0) : 3 }
      return fc.array(inside(schema.items ?? {}), size)
    }
    case 'object':
      return membersOf(schema, inside, depth)
    default: {
      const long = { minLength: Math.min(schema.minLength ?? 0, 8), maxLength: Math.min(schema.maxLength ?? 24, 24) }
      const plain = fc.string({ ...long, unit: 'grapheme' })
      return contentNames.has(name) ? fc.oneof(plain, fc.constant(canary)) : plain
    }
  }
}

function wholeNumbers({ minimum = -1000, maximum = minimum + 2000 }: Described) {
  return fc.integer({ min: minimum, max: Math.min(maximum, 2 ** 31 - 1) })
}

type Inside = (one: Described, member: string) => fc.Arbitrary<unknown>

function membersOf(schema: Described, inside: Inside, depth: number) {
  const { properties = {}, required = [] } = schema
  const kept = Object.entries(properties).filter(([name]) => depth < 5 || required.includes(name))
  return fc.record(Object.fromEntries(kept.map(([name, one]) => [name, inside(one, name)])), {
    requiredKeys: [...required],
  })
}

type Container = Record<string, unknown> | unknown[]

function placesIn(value: unknown): { readonly container: Container; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [{ container: value as Container, key }, ...placesIn(inner)])
}

const wound = fc.record({ place: fc.nat(), kind: fc.constantFrom('set', 'drop', 'add'), value: odd, name: fc.string() })

/** The same with a member that is dropped, added, or another. */
export const woundedOf = (whole: fc.Arbitrary<unknown>) =>
  fc.tuple(whole, fc.array(wound, { minLength: 1, maxLength: 2 })).map(([value, wounds]) => {
    const copy: unknown = structuredClone(value)
    for (const { place, kind, value: put, name } of wounds) {
      const places = placesIn(copy)
      const target = places[place % Math.max(1, places.length)]
      if (!target) continue
      const { container, key } = target
      if (kind === 'drop' && !Array.isArray(container)) delete container[key]
      else {
        const at = kind === 'add' && !Array.isArray(container) ? name : key
        Object.defineProperty(container, at, {
          value: structuredClone(put),
          enumerable: true,
          configurable: true,
          writable: true,
        })
      }
    }
    return copy
  })

/** The example with the canary where the content stands. */
export function planted(value: unknown, canary: string, isContent = false): unknown {
  if (typeof value === 'string') return isContent ? `${canary} ${value}` : value
  if (Array.isArray(value)) return value.map((one) => planted(one, canary, isContent))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, planted(inner, canary, contentNames.has(name))]),
  )
}
