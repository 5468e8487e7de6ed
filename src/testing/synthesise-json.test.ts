// Proves that synthesised values satisfy their schemas, by parsing them with the schemas they came from.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { isObject, parseJson } from './json-value.ts'
import { synthesiseJson } from './synthesise-json.ts'

function accepts(schema: z.ZodType): void {
  const published = parseJson(JSON.stringify(z.toJSONSchema(schema)))
  assert.ok(isObject(published))
  const value = synthesiseJson(published)
  assert.ok(schema.safeParse(value).success, `${JSON.stringify(value)} for ${JSON.stringify(published)}`)
}

test('a value satisfies types, enums, constants, ranges and formats', () => {
  accepts(z.object({ a: z.string(), b: z.int(), c: z.number().min(7).max(8), d: z.boolean(), e: z.null() }))
  accepts(z.object({ kind: z.literal('weather'), unit: z.enum(['celsius', 'fahrenheit']) }))
  accepts(z.object({ at: z.iso.datetime(), day: z.iso.date(), mail: z.email(), id: z.uuid(), link: z.url() }))
  accepts(z.object({ long: z.string().min(40), short: z.string().max(3), step: z.int().multipleOf(5).min(11) }))
  accepts(z.object({ below: z.number().lt(0), above: z.number().gt(100) }))
})

test('a value satisfies nested objects, arrays with a least length, tuples, unions and intersections', () => {
  accepts(z.object({ people: z.array(z.object({ name: z.string(), tags: z.array(z.string()).min(3) })).min(2) }))
  accepts(z.tuple([z.string(), z.number(), z.boolean()]))
  accepts(z.object({ either: z.union([z.object({ a: z.string() }), z.number()]), maybe: z.string().nullable() }))
  accepts(z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() })))
  accepts(z.array(z.string()).max(0))
})

test('a schema that refers to itself gives a finite value', () => {
  const tree: z.ZodType = z.object({
    name: z.string(),
    get children() {
      return z.array(tree)
    },
    get parent() {
      return z.union([tree, z.null()])
    },
  })
  accepts(tree)
})

test('a schema that nothing finite satisfies gives null, and an empty one a string', () => {
  const endless = {
    $ref: '#/$defs/a',
    $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, required: ['a'] } },
  }
  assert.equal(synthesiseJson(endless), null)
  assert.equal(synthesiseJson({}), 'simulated')
  assert.deepEqual(synthesiseJson({ type: ['integer', 'null'], minimum: 3 }), 3)
})
