// Proves that what a caller says about a request is obeyed or refused, never ignored, and that callers can only tighten.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, startGateway } from '../make/gateway.ts'
import { post } from './http-client.ts'

const openai = await startOpenAIUpstream()
const ollama = await startOllamaUpstream()
const gateway = await startGateway({ providers: { local: localOllama(ollama), openai: openAIProvider(openai) } })
const good = { model: 'auto', messages: [{ role: 'user', content: 'Hi' }] }
const routes = ['/v1/chat/completions', '/chat/completions', '/v1/explain', '/api/chat'] as const

after(async () => {
  await gateway.close()
  await Promise.all([openai.close(), ollama.close()])
})

/** The outcome of one request, on any route. */
async function ask(route: string, change: object, headers: Record<string, string | string[]> = {}) {
  const reply = await post(gateway.url + route, { ...good, stream: false, ...change }, headers)
  const error = route.startsWith('/api') ? reply.json : reply.error
  return { ...reply, param: error.param, code: error.code, header: (name: string) => reply.headers[`x-aegis-${name}`] }
}

const unknownValues = [
  'PII',
  'Pii',
  'secret',
  '',
  ' pii',
  'pii ',
  'pii,public',
  'public\n',
  null,
  ['pii'],
  [],
  {},
  0,
  true,
  'hípaa',
]
for (const value of unknownValues) {
  test(`the classification ${JSON.stringify(value)} in the body is refused on every route`, async () => {
    for (const route of routes) {
      const reply = await ask(route, { aegis: { data_classification: value } })
      assert.deepEqual([reply.status, reply.code, reply.param], [400, 'invalid_request', 'aegis.data_classification'])
      assert.match(reply.text, /must be one of public, internal, confidential, pii, hipaa/)
    }
  })
}

for (const value of ['PII', 'secret', 'pii, public', 'pii;q=1', '"pii"', 'p ii', '']) {
  test(`the classification header "${value}" is refused on every route`, async () => {
    for (const route of routes) {
      const reply = await ask(route, {}, { 'x-aegis-data-classification': value })
      assert.deepEqual([reply.status, reply.code, reply.param], [400, 'invalid_request', 'x-aegis-data-classification'])
    }
  })
}

test('two headers or two sources that disagree take the more restrictive classification', async () => {
  const levels = ['public', 'internal', 'confidential', 'pii', 'hipaa']
  const strictest = (...given: readonly string[]) => levels[Math.max(...given.map((one) => levels.indexOf(one)))]
  for (const inBody of levels) {
    for (const inHeader of levels) {
      const hints = { aegis: { data_classification: inBody } }
      const reply = await ask('/v1/chat/completions', hints, { 'X-Aegis-Data-Classification': inHeader })
      const expected = strictest(inBody, inHeader)
      assert.equal(reply.header('classification'), expected, `${inBody} in the body, ${inHeader} in the header`)
      const restricted = ['confidential', 'pii', 'hipaa'].includes(expected ?? '')
      assert.equal(reply.header('reason'), restricted ? 'sensitive_data_local_only' : 'default_local')
      const repeated = await ask('/api/chat', {}, { 'x-aegis-data-classification': [inBody, inHeader] })
      assert.equal(repeated.header('classification'), expected)
    }
  }
})

test('a repeated header with one unknown value is refused, whichever comes first', async () => {
  for (const values of [
    ['pii', 'x'],
    ['x', 'pii'],
  ]) {
    const reply = await ask('/v1/chat/completions', {}, { 'x-aegis-data-classification': values })
    assert.equal(reply.status, 400)
  }
})

test('restricted data that names a cloud model is answered here, and the cloud hears nothing', async () => {
  openai.journal.clear()
  for (const model of ['gpt-4o', 'openai/gpt-4o', 'openai:gpt-4o', 'auto:cloud']) {
    for (const route of ['/v1/chat/completions', '/api/chat']) {
      const reply = await ask(route, { model }, { 'x-aegis-data-classification': 'confidential' })
      assert.equal(reply.status, 200, reply.text)
      assert.deepEqual([reply.header('provider'), reply.header('location')], ['local', 'local'])
      assert.equal(reply.header('reason'), 'sensitive_data_local_only')
    }
  }
  assert.equal(openai.journal.requests.length, 0)
})

const misspelt: readonly object[] = [
  { aegis: { dataClassification: 'pii' } },
  { aegis: { data_clasification: 'pii' } },
  { aegis: { 'data-classification': 'pii' } },
  { aegis: { DATA_CLASSIFICATION: 'pii' } },
  { aegis: { __proto__: null, constructor: 'pii' } },
  { aegis: { ollama: { options: {} } } },
]
for (const change of misspelt) {
  test(`a misspelt member is refused by its name: ${JSON.stringify(change)}`, async () => {
    for (const route of routes) {
      const reply = await ask(route, change)
      assert.deepEqual([reply.status, reply.code], [400, 'invalid_request'])
      const [key] = Object.keys(Object.values(change)[0])
      assert.equal(reply.param, `aegis.${key}`)
      assert.match(reply.text, /Known are data_classification/)
    }
  })
}

for (const aegis of [null, [], 'pii', 5, true]) {
  test(`aegis must be an object: ${JSON.stringify(aegis)}`, async () => {
    const reply = await ask('/v1/chat/completions', { aegis })
    assert.deepEqual([reply.status, reply.param], [400, 'aegis'])
  })
}

for (const name of ['data_classification', 'dataClassification', 'quality_requirement', 'batch_size']) {
  test(`${name} at the top of the body is refused with the place where it belongs`, async () => {
    const reply = await ask('/v1/chat/completions', { [name]: 'pii' })
    assert.deepEqual([reply.status, reply.param], [400, name])
    assert.match(String(reply.error.message), /belongs into the object aegis/)
  })
}

test('an unknown x-aegis header is refused, in any case, on every route with a body', async () => {
  for (const header of ['X-AEGIS-Data-Clasification', 'x-aegis-classification', 'x-aegis-', 'x-aegis-request-id']) {
    for (const route of routes) {
      const reply = await ask(route, {}, { [header]: 'pii' })
      assert.deepEqual([reply.status, reply.code, reply.param], [400, 'invalid_request', header.toLowerCase()])
    }
  }
  assert.equal((await ask('/v1/chat/completions', {}, { 'x-aegisx': 'a', 'x-other-aegis-thing': 'b' })).status, 200)
})

const outOfRange: readonly (readonly [string, object])[] = [
  ['aegis.quality_requirement', { quality_requirement: 'best' }],
  ['aegis.complexity', { complexity: 'veryhigh' }],
  ['aegis.complexity', { complexity: null }],
  ['aegis.batch_size', { batch_size: 0 }],
  ['aegis.batch_size', { batch_size: -3 }],
  ['aegis.batch_size', { batch_size: 1.5 }],
  ['aegis.batch_size', { batch_size: 1e9 }],
  ['aegis.batch_size', { batch_size: 'twenty' }],
  ['aegis.batch_size', { batch_size: [20] }],
  ['aegis.session', { session: '' }],
  ['aegis.session', { session: 'x'.repeat(257) }],
  ['aegis.model_local', { model_local: 5 }],
]
for (const [param, aegis] of outOfRange) {
  test(`${param} is refused when it is out of range: ${JSON.stringify(aegis).slice(0, 40)}`, async () => {
    const reply = await ask('/v1/chat/completions', { aegis })
    assert.deepEqual([reply.status, reply.code, reply.param], [400, 'invalid_request', param])
  })
}

test('the hints route as the rules say, from the body as from headers', async () => {
  const critical = { quality_requirement: 'critical', complexity: 'high' }
  const cases: readonly (readonly [Record<string, string | number>, string])[] = [
    [critical, 'critical_quality'],
    [{ batch_size: 11 }, 'scale_or_quality'],
    [{ batch_size: 10 }, 'default_local'],
    [{ complexity: 'very_high' }, 'scale_or_quality'],
    [{ quality_requirement: 'critical' }, 'default_local'],
    [{ ...critical, data_classification: 'pii' }, 'sensitive_data_local_only'],
  ]
  for (const [aegis, reason] of cases) {
    const headers = Object.entries(aegis).map(([name, value]) => [
      `x-aegis-${name.replaceAll('_', '-')}`,
      String(value),
    ])
    assert.equal((await ask('/v1/chat/completions', { aegis })).header('reason'), reason)
    assert.equal((await ask('/api/chat', {}, Object.fromEntries(headers))).header('reason'), reason)
  }
})

test('hints never reach a provider', async () => {
  openai.journal.clear()
  ollama.journal.clear()
  const aegis = { session: 'hint-canary', data_classification: 'public' }
  for (const model of ['gpt-4o', 'llama3.2:8b']) {
    const reply = await ask('/v1/chat/completions', { model, aegis }, { 'x-aegis-complexity': 'low' })
    assert.equal(reply.status, 200)
  }
  assert.ok(openai.journal.requests.length > 0 && ollama.journal.requests.length > 0)
  for (const upstream of [openai, ollama]) {
    assert.doesNotMatch(upstream.journal.allBytes().toString('latin1'), /aegis|hint-canary|data_classification/i)
  }
})
