// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these tests are about
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './config-error.ts'
import { parseConfig } from './load-config.ts'
import type { ConfigInput } from './schema.ts'

function problemsOf(input: string | object): readonly string[] {
  try {
    parseConfig(input as string | ConfigInput, { source: 'a.yml', env: { SECRET: 'sk-do-not-print', WORD: 'lots' } })
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    assert.equal(error.problems.length, error.message.split('\n').length)
    assert.doesNotMatch(error.message, /do-not-print/)
    return error.message.split('\n')
  }
  return []
}

const gpu = '  gpu: { base_url: http://127.0.0.1:8000, models: [m] }\n'

/** Each of these, as a provider in line 2, is one problem. */
const providerProblems: readonly (readonly [entry: string, problem: RegExp])[] = [
  ['x: { models: [m] }', /^a\.yml:2:3 providers\.x\.base_url: is missing: add base_url/],
  ['x: { base_url: http://h, models: [{ nam: m }] }', /models\[0\]\.nam: unknown key, did you mean name\?$/],
  ['x: { base_url: http://h, models: [{ name: m, context_tokens: many }] }', /context_tokens: must be a whole number/],
  [
    'x: { base_url: http://h, models: [{ name: m, capabilities: [visions] }] }',
    /capabilities\[0\]: .* did you mean vision\?/,
  ],
  ['x: { base_url: http://h, models: [m, { name: m }] }', /models: names a model twice/],
  ['x: { base_ur: http://h, models: [m] }', /^a\.yml:2:8 providers\.x\.base_ur: unknown key, did you mean base_url\?$/],
  ['x: { zzz: 1, base_url: http://h, models: [m] }', /zzz: unknown key; known here: base_url, api_key/],
  [
    'x: { api_key:sk-do-not-print, base_url: http://h, models: [m] }',
    /providers\.x\.api_key: put a space after "api_key:"/,
  ],
  ['x: { base_url: http://h }', /^a\.yml:2:3 providers\.x\.models: name at least one model/],
  ['x: { base_url: http://h, models: [] }', /models: name at least one model/],
  ['x: { base_url: http://h, models: m }', /models: must be a list/],
  ['x: { base_url: http://h, models: [m, 1] }', /models\[1\]: must be text: put it in quotes/],
  ['x: { base_url: http://h, models: [m, ""] }', /models\[1\]: must be text of one line/],
  ['x: { base_url: http://h, models: [m, m] }', /models: names a model twice/],
  ['x: { base_url: http://h, models: ["a\\nb"] }', /models\[0\]: must be text of one line/],
  ['x: { base_url: , models: [m] }', /base_url: has no value/],
  [
    'x: { base_url: "${NOPE}", models: [m] }',
    /^a\.yml:2:18 providers\.x\.base_url: NOPE is not set: export NOPE=\.\.\., or give a default with \$\{NOPE:-\.\.\.\}$/,
  ],
  ['x: { base_url: "${SECRET}", models: [m] }', /base_url: must start with http/],
  [
    'x: { base_url: http://h, kind: olama, models: [m] }',
    /kind: must be one of ollama, openai, openai_compatible, .*, did you mean ollama\?/,
  ],
  ['x: { base_url: http://h, location: here, models: [m] }', /location: must be one of local, cloud/],
  ['x: { base_url: http://h, role: boss, models: [m] }', /role: must be one of local, cloud, openai/],
  ['x: { base_url: http://h, simulated: maybe, models: [m] }', /simulated: must be true or false/],
  [
    'x: { base_url: http://h, api_key: sk-do-not-print with-space, models: [m] }',
    /api_key: must have 1 to 4096 characters, without spaces/,
  ],
  ['x: { base_url: http://h, api_key: 12345, models: [m] }', /api_key: must be text: put it in quotes/],
  ['x: { base_url: http://h, api_key: "${SECRET", models: [m] }', /api_key: a reference must be \$\{NAME\}/],
  ['x: { base_url: http://h, headers: { X-A: "${NOPE}" }, models: [m] }', /headers\.X-A: NOPE is not set/],
  ['x: { base_url: http://h, headers: { "a b": c }, models: [m] }', /headers\["a b"\]: is not a header name/],
  ['x: { base_url: http://h, headers: { Host: c }, models: [m] }', /headers: cannot set host/],
  ['x: { base_url: http://h, headers: { A: "b\\r\\nC: d" }, models: [m] }', /headers\.A: must be one line of ASCII/],
  [
    'x: { base_url: http://h, connect_timeout_ms: 0, models: [m] }',
    /connect_timeout_ms: must be a whole number from 1 to 120000/,
  ],
  ['x: { base_url: http://h, idle_timeout_ms: 1.5, models: [m] }', /idle_timeout_ms: must be a whole number/],
  ['x: { base_url: http://h, max_connections: "${WORD}", models: [m] }', /max_connections: must be a whole number/],
  ['x: { base_url: http://h, max_queue: 5, models: [m] }', /max_queue: does nothing without max_concurrent/],
  ['x: { base_url: http://h, weight: 5, models: [m] }', /weight: does nothing: name the provider in a group/],
  ['x: { base_url: http://h, api_keys: ["a"], models: [m] }', /api_keys: must have at least/],
  ['x: { base_url: http://h, api_keys: ["a", "a"], models: [m] }', /api_keys: has a key twice/],
  ['x: { base_url: http://h, api_keys: ["a", "b"], api_key: c, models: [m] }', /api_keys: stands beside api_key/],
  ['x: { base_url: http://h, keep_alive: 5m, models: [m] }', /keep_alive: is for Ollama only/],
  ['x: { base_url: http://h, max_context_tokens: 4096, models: [m] }', /max_context_tokens: is for Ollama only/],
  ['ollama: { base_url: http://h, keep_alive: soon, models: [m] }', /keep_alive: must be a duration/],
  [
    'ollama: { base_url: http://127.0.0.1, models: [m, "gpt-oss:120b-cloud"] }',
    /models\[1\]: a model that ends with cloud does not run here/,
  ],
  ['ollama: { base_url: http://127.0.0.1, models: ["kimi:cloud"] }', /models\[0\]: a model that ends with cloud/],
  ['x: { base_url: http://203.0.113.1, location: local, models: [m] }', /location: cannot be local/],
  ['x: just text', /^a\.yml:2:6 providers\.x: must be a mapping/],
  ['x:', /^a\.yml:2:\d+ providers\.x: has no value/],
  ['a/b: { base_url: http://h, models: [m] }', /^a\.yml:2:3 providers\["a\/b"\]: a provider name has letters/],
  ['9: { base_url: http://h, models: [m] }', /a provider name has letters/],
  ['auto: { base_url: http://h, models: [m] }', /providers\.auto: this name is taken/],
  ['Aegis: { base_url: http://h, models: [m] }', /providers\.Aegis: this name is taken/],
]

for (const [entry, problem] of providerProblems) {
  test(`one problem is found in ${entry.replaceAll('\n', ' ')}`, () => {
    const found = problemsOf(`providers:\n  ${entry}\n${gpu}`)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', problem)
  })
}
