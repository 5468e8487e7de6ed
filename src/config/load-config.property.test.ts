// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these tests are about
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { ConfigError } from './config-error.ts'
import { parseConfig } from './load-config.ts'
import type { ConfigInput } from './schema.ts'

/** Some seconds in all; FAST_CHECK_RUNS asks for more. */
const runs = Number(process.env.FAST_CHECK_RUNS ?? 300)

const SECRET = 'S3CR3Tvalue0123456789'
const env = { KEY: SECRET, HOST: '127.0.0.1' }

/** Parses, expects nothing but a ConfigError, and returns everything that was said. */
function said(input: unknown): string {
  try {
    const config = parseConfig(input as string | ConfigInput, { source: 'a.yml', env })
    return JSON.stringify(config.notices)
  } catch (error) {
    assert.ok(error instanceof ConfigError, `${error instanceof Error ? error.stack : error}`)
    assert.ok(error.problems.length > 0)
    return error.message
  }
}

const sound = `providers:
  gpu: { base_url: "http://\${HOST}:11434", models: [m], api_key: \${KEY} }
  openai:
    api_key: ${SECRET}
    models: [gpt-4o, gpt-4o-mini]
budgets: { monthly_limits: { openai: 80.0 } }
routing:
  rules:
    - { when: { any: [{ tags: [a] }, { batch_size_over: 3 }] }, use: gpu }
auth: { master_key: ${SECRET} }
server: { port: 1 }
`

const yamlPieces = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ': ',
    ',',
    '- ',
    '\n',
    '\n  ',
    '\n    ',
    '\t',
    '"',
    "'",
    '#',
    '&a ',
    '*a',
    '!!str ',
    '|',
    '>',
    '? ',
    '%',
    '---',
    '...',
  ],
  ...[
    '${KEY}',
    '${',
    '$$',
    '${X:-',
    'providers',
    'openai',
    'models',
    'api_key',
    'routing',
    'rules',
    'when',
    'any',
    'pricing',
    'null',
    '1',
    '.nan',
    'x',
  ],
  ...['<<', '__proto__', 'constructor', '\uFEFF', '\uFDD0', '\u0000', '\r', '0x1', '1e999', '~', '@', '`'],
)

test('the sound file of these tests is sound', () => {
  assert.ok(said(sound).startsWith('['))
})

test('any text is a configuration or a ConfigError', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void said(text)),
    { numRuns: runs },
  )
})

test('any sequence of YAML pieces is a configuration or a ConfigError', () => {
  const texts = fc.array(yamlPieces, { maxLength: 60 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(texts, (text) => void said(text)),
    { numRuns: runs },
  )
})

test('a sound file with an edit anywhere is a configuration or a ConfigError, and no key is ever printed', () => {
  const edits = fc.tuple(fc.nat(sound.length), fc.nat(12), fc.oneof(yamlPieces, fc.string({ maxLength: 6 })))
  fc.assert(
    fc.property(edits, ([at, removed, inserted]) => {
      // An edit within a key's own text would make another key of it; one around it must not print it.
      const text = sound.slice(0, at) + inserted + sound.slice(at + removed)
      if (text.split(SECRET).length < 3) return
      assert.ok(!said(text).includes(SECRET), text)
    }),
    { numRuns: runs },
  )
})

test('any JSON value is a configuration or a ConfigError, as text and as an object', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      said(value === null ? 'null' : value)
      said(JSON.stringify(value))
    }),
    { numRuns: runs },
  )
})

test('any value at any setting is a configuration or a ConfigError', () => {
  const sections = ['providers', 'budgets', 'routing', 'pricing', 'privacy', 'ledger', 'auth', 'server']
  const settings = fc.constantFrom(
    ...[
      'base_url',
      'api_key',
      'kind',
      'models',
      'headers',
      'keep_alive',
      'monthly_limits',
      'time_zone',
      'rules',
      'fallback',
    ],
    ...['default_provider', 'local_networks', 'master_key', 'host', 'port', 'gpu', 'free', 'location', 'organization'],
  )
  const trees = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue({ maxDepth: 1 }),
      yamlPieces,
      fc.array(tie('tree')),
      tie('mapping'),
    ),
    mapping: fc.dictionary(settings, tie('tree'), { maxKeys: 5 }),
  }))
  fc.assert(
    fc.property(fc.constantFrom(...sections), trees.mapping, (section, mapping) => {
      const base = { providers: { gpu: { base_url: 'http://127.0.0.1:1', models: ['m'] } } }
      said({ ...base, [section]: section === 'providers' ? { ...base.providers, x: mapping } : mapping })
    }),
    { numRuns: runs },
  )
})
