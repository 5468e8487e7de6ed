// Proves that a program gets from the library what the gateway gives over HTTP: routed, counted, and refused by name.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { AegisError, type LLMTask } from '../../src/index.ts'
import { at } from '../../src/testing/raw-http.ts'
import { patienceMs, startWorld } from './world.ts'

const prompt = 'Why is the sky blue?'

test('an answer says what, who, why, how much and after which attempts', async () => {
  await using world = await startWorld()
  const answer = await world.aegis.generate({ prompt })
  assert.match(answer.text, /^\[simulated local llama3\.2:8b\] You asked about 5 words/)
  assert.deepEqual([answer.provider, answer.model, answer.location], ['local_ollama', 'llama3.2:8b', 'local'])
  assert.deepEqual([answer.reason, answer.classification, answer.finishReason], ['default_local', 'internal', 'stop'])
  assert.equal(answer.usage?.inputTokens, 5)
  assert.equal(answer.costUsd, 0)
  assert.deepEqual(
    answer.attempts.map(({ provider, result }) => [provider, result]),
    [['local_ollama', 'answered']],
  )
  assert.match(answer.requestId, /^req_/)
  assert.equal(answer.simulated, false, 'the configuration does not say that the provider is simulated')
})

test('the task chooses the provider by its fields, and a paid answer has its price', async () => {
  await using world = await startWorld()
  const cases: readonly (readonly [LLMTask, string, string])[] = [
    [{ qualityRequirement: 'critical', complexity: 'high' }, 'openai', 'critical_quality'],
    [{ batchSize: 20 }, 'ollama_cloud', 'scale_or_quality'],
    [{ complexity: 'very_high' }, 'ollama_cloud', 'scale_or_quality'],
    [{ dataClassification: 'pii', batchSize: 20 }, 'local_ollama', 'sensitive_data_local_only'],
    [{ dataClassification: 'public' }, 'local_ollama', 'default_local'],
    [{ model: 'gpt-4o-mini' }, 'openai', 'explicit_model'],
    [{ model: 'openai/gpt-4o', dataClassification: 'hipaa' }, 'local_ollama', 'sensitive_data_local_only'],
    [{ model: 'auto:cloud' }, 'ollama_cloud', 'explicit_model'],
  ]
  for (const [task, provider, reason] of cases) {
    const answer = await world.aegis.generate({ prompt, maxTokens: 50, ...task })
    assert.deepEqual([answer.provider, answer.reason], [provider, reason], JSON.stringify(task))
    assert.equal(answer.costUsd > 0, provider !== 'local_ollama')
  }
  const spent = (await world.aegis.budgets()).map(({ subject, spent }) => [subject, spent > 0])
  assert.deepEqual(Object.fromEntries(spent), { ollama_cloud: true, openai: true })
})

test('model_local, model_cloud and model_openai name the model where the task goes', async () => {
  await using world = await startWorld()
  const models = { modelLocal: 'qwen3:8b', modelCloud: 'deepseek', modelOpenai: 'gpt-4o-mini' }
  assert.equal((await world.aegis.generate({ prompt, ...models })).model, 'qwen3:8b')
  assert.equal((await world.aegis.generate({ prompt, ...models, batchSize: 20 })).model, 'deepseek')
  const critical = { qualityRequirement: 'critical', complexity: 'high' } as const
  assert.equal((await world.aegis.generate({ prompt, ...models, ...critical })).model, 'gpt-4o-mini')
})

test('messages, tools, formats and settings reach the model', async () => {
  await using world = await startWorld()
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }]
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: prompt },
  ] as const
  const called = await world.aegis.generate({
    messages,
    tools,
    model: 'gpt-4o',
    temperature: 0.5,
    stop: ['x'],
    user: 'u1',
  })
  assert.deepEqual(
    called.toolCalls.map(({ name, arguments: text }) => [name, JSON.parse(text)]),
    [['get_weather', { city: 'simulated' }]],
  )
  assert.deepEqual([called.finishReason, called.text], ['tool_calls', ''])
  const sent = world.openai.journal.requests.at(-1)?.json
  assert.deepEqual(sent, { model: 'gpt-4o', messages, tools, temperature: 0.5, stop: ['x'], user: 'u1' })

  const json_schema = { name: 'weather', schema: parameters }
  const shaped = await world.aegis.generate({ prompt, responseFormat: { type: 'json_schema', json_schema } })
  assert.deepEqual(JSON.parse(shaped.text), { city: 'simulated' })
  const cut = await world.aegis.generate({ prompt, maxTokens: 2 })
  assert.deepEqual([cut.finishReason, cut.usage?.outputTokens], ['length', 2])
  assert.equal(at(world.local.journal.requests.at(-1)?.json, 'options.num_predict'), 2)
  world.local.next({ thinking: 'Hm.', text: 'Blue.' })
  const thought = await world.aegis.generate({ prompt })
  assert.deepEqual([thought.reasoning, thought.text], ['Hm.', 'Blue.'])
})

const mistakes: readonly (readonly [string, object])[] = [
  ['dataClasification', { prompt, dataClasification: 'pii' }],
  ['data_classification', { prompt, data_classification: 'pii' }],
  ['max_tokens', { prompt, max_tokens: 5 }],
  ['aegis', { prompt, aegis: {} }],
  ['prompt', {}],
  ['prompt', { prompt, messages: [] }],
  ['prompt', { prompt: ['a'] }],
  ['messages', { messages: [] }],
  ['messages[0].role', { messages: [{ role: 'bot', content: 'a' }] }],
  ['dataClassification', { prompt, dataClassification: 'PII' }],
  ['dataClassification', { prompt, dataClassification: null }],
  ['qualityRequirement', { prompt, qualityRequirement: 'best' }],
  ['complexity', { prompt, complexity: 3 }],
  ['batchSize', { prompt, batchSize: 0 }],
  ['maxTokens', { prompt, maxTokens: 0 }],
  ['maxTokens', { prompt, maxTokens: '5' }],
  ['temperature', { prompt, temperature: 5 }],
  ['tools', { prompt, tools: {} }],
  ['timeoutMs', { prompt, timeoutMs: 0 }],
  ['timeoutMs', { prompt, timeoutMs: '5' }],
  ['timeoutMs', { prompt, timeoutMs: Number.POSITIVE_INFINITY }],
  ['modelLocal', { prompt, modelLocal: 5 }],
  ['modelLocal', { prompt, modelLocal: '' }],
  ['session', { prompt, session: {} }],
  ['user', { prompt, user: 5 }],
  ['tags', { prompt, tags: 'urgent' }],
  ['signal', { prompt, signal: 'now' }],
  ['model', { prompt, model: 5 }],
]
test('a mistake in a task is refused by the name of the member, before anybody is asked', async () => {
  await using world = await startWorld()
  for (const [param, task] of mistakes) {
    const calls = [
      () => world.aegis.generate(task),
      async () => world.aegis.explain(task),
      () => world.aegis.stream(task).next(),
    ]
    for (const call of calls) {
      await assert.rejects(call, (error: unknown) => {
        assert.ok(error instanceof AegisError, `${JSON.stringify(task)}: ${String(error)}`)
        assert.deepEqual([error.code, error.param, error.status], ['invalid_request', param, 400], JSON.stringify(task))
        return true
      })
    }
  }
  for (const upstream of [world.local, world.cloud, world.openai]) assert.equal(upstream.journal.connections.length, 0)
})

test('what goes wrong is an AegisError with a code', async () => {
  await using world = await startWorld()
  const { aegis, local, cloud, openai } = world
  await assert.rejects(aegis.generate({ prompt, model: 'gpt-99' }), { name: 'AegisError', code: 'unknown_model' })
  openai.next({ status: 400, errorBody: { error: { message: 'No.', type: 'invalid_request_error' } } })
  await assert.rejects(aegis.generate({ prompt, model: 'gpt-4o' }), { code: 'invalid_request', source: 'provider' })
  await Promise.all([local.stopListening(), cloud.stopListening(), openai.stopListening()])
  await assert.rejects(aegis.generate({ prompt }), { code: 'upstream_unreachable', status: 502 })
  const restricted = aegis.generate({ prompt, dataClassification: 'confidential' })
  await assert.rejects(restricted, { code: 'local_unavailable_for_restricted_data', retryAfterSeconds: 10 })
})

test('an explanation says where a task would go, and calls nobody', async () => {
  await using world = await startWorld()
  const explained = world.aegis.explain({ prompt, batchSize: 20 })
  assert.equal(explained.reason, 'scale_or_quality')
  assert.equal(explained.candidates[0]?.provider, 'ollama_cloud')
  const restricted = world.aegis.explain({ prompt, dataClassification: 'pii', model: 'gpt-4o' })
  assert.deepEqual(restricted.classification, { level: 'pii', restricted: true, source: 'declared' })
  assert.deepEqual(new Set(restricted.excluded.map(({ cause }) => cause)), new Set(['restricted_data']))
  for (const upstream of [world.local, world.cloud, world.openai]) assert.equal(upstream.journal.connections.length, 0)
  assert.ok((await world.aegis.budgets()).every(({ reserved }) => reserved === 0))
})

test('a signal that is aborted ends the request here and at the provider', async () => {
  await using world = await startWorld()
  const controller = new AbortController()
  world.local.next({ hang: 'before_headers' })
  const asked = world.aegis.generate({ prompt, signal: controller.signal })
  const refused = assert.rejects(asked, { code: 'client_closed' })
  await world.local.journal.waitFor(({ rawBody }) => rawBody.length > 0, patienceMs)
  controller.abort()
  await refused
  await world.local.journal.waitFor(({ ended }) => ended === 'client_closed', patienceMs)
})

test('a signal that was aborted before asks nobody, whatever the data', async () => {
  await using world = await startWorld()
  const signal = AbortSignal.abort()
  for (const dataClassification of ['public', 'pii'] as const) {
    await assert.rejects(world.aegis.generate({ prompt, dataClassification, signal }), { code: 'client_closed' })
    await assert.rejects(world.aegis.stream({ prompt, dataClassification, signal }).next(), { code: 'client_closed' })
  }
  assert.equal(world.local.journal.requests.length, 0)
})

test('a signal that lives long is not left with listeners', async () => {
  await using world = await startWorld()
  const { signal } = new AbortController()
  await world.aegis.generate({ prompt, signal })
  await world.aegis.generate({ prompt, signal, model: 'gpt-99' }).catch(() => {})
  for await (const _ of world.aegis.stream({ prompt, signal })) break
  for await (const _ of world.aegis.stream({ prompt, signal }));
  await world.aegis.generateBatch([{ prompt }, { prompt }], { signal })
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('a task that has a deadline ends by it', async () => {
  await using world = await startWorld()
  world.local.always({ hang: 'before_headers' })
  const asked = world.aegis.generate({ prompt, timeoutMs: 50, dataClassification: 'internal' })
  await assert.rejects(asked, { code: 'upstream_timeout', status: 504 })
  await world.local.journal.waitFor(({ ended }) => ended === 'client_closed', patienceMs)
})
