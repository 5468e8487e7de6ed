import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { configJsonSchema } from './schema.ts'

test('config.schema.json is what the code says', () => {
  const file = readFileSync(new URL('../../config.schema.json', import.meta.url), 'utf8')
  assert.equal(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`, 'run node scripts/generate-config-schema.ts')
})

/** Every schema in the document, with its path. */
function visit(node: unknown, path: string, seen: (schema: Record<string, unknown>, path: string) => void): void {
  if (typeof node !== 'object' || node === null) return
  if (!Array.isArray(node)) seen(Object.fromEntries(Object.entries(node)), path)
  for (const [key, inner] of Object.entries(node)) visit(inner, `${path}/${key}`, seen)
}

test('every setting has a description', () => {
  const silent: string[] = []
  visit(configJsonSchema(), '', (schema, path) => {
    if (/\/properties\/[^/]+$/.test(path) && schema.description === undefined) silent.push(path)
  })
  assert.deepEqual(silent, [])
})

test('every mapping refuses unknown keys', () => {
  const loose: string[] = []
  visit(configJsonSchema(), '', (schema, path) => {
    if (schema.type === 'object' && schema.additionalProperties === undefined) loose.push(path)
  })
  assert.deepEqual(loose, [])
})

test('numbers, switches and choices may be environment references', () => {
  const bare: string[] = []
  visit(configJsonSchema(), '', (schema, path) => {
    const isFixed = ['integer', 'number', 'boolean'].includes(String(schema.type)) || schema.enum !== undefined
    if (isFixed && !path.includes('/anyOf/')) bare.push(path)
  })
  assert.deepEqual(bare, [])
})

test('defaults are told to editors', () => {
  const defaults: Record<string, unknown> = {}
  visit(configJsonSchema(), '', (schema, path) => {
    if (schema.default !== undefined) defaults[path.split('/').at(-1) ?? ''] = schema.default
  })
  assert.equal(defaults.port, 8080)
  assert.equal(defaults.max_attempts, 4)
  assert.equal(defaults.default_classification, 'internal')
  assert.equal(defaults.exceeded_status, 402)
  assert.equal(defaults.url, 'sqlite:./aegis.db')
})
