// Proves what a simulated model that reads makes of a prompt: structured replies, quotes, and vectors that compare.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { simulatedEmbedding } from './embedding.ts'
import { isObject, parseJson } from './json-value.ts'
import { startOllamaUpstream } from './ollama/start-ollama-upstream.ts'
import { quoteFrom, readPrompt } from './read-prompt.ts'
import { synthesiseJson } from './synthesise-json.ts'

const text =
  'The Aurora Pump is made by Northwind Devices. It uses the Helix Valve. When the Helix Valve fails, call Northwind Devices.'
const graph = z.object({
  entities: z.array(z.object({ name: z.string(), type: z.enum(['organisation', 'device']) })),
  relations: z.array(z.object({ source: z.string(), relation: z.enum(['supplies', 'uses']), target: z.string() })),
})
const cosine = (left: readonly number[], right: readonly number[]) =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)

test('names are phrases of capitalised words, without words that only begin a sentence', () => {
  assert.deepEqual(readPrompt(text).names, ['Aurora Pump', 'Northwind Devices', 'Helix Valve'])
  assert.deepEqual(readPrompt('Nothing here. Only words.').names, [])
})

test('a structured reply has the names of the prompt, and satisfies its schema', () => {
  const schema = parseJson(JSON.stringify(z.toJSONSchema(graph)))
  assert.ok(isObject(schema))
  const value = graph.parse(synthesiseJson(schema, readPrompt(text)))
  assert.deepEqual(
    value.entities.map(({ name }) => name),
    ['Aurora Pump', 'Northwind Devices', 'Helix Valve'],
  )
  assert.deepEqual(value.relations[0], { source: 'Aurora Pump', relation: 'uses', target: 'Northwind Devices' })
})

test('a prompt without names gives what a model that does not read gives', () => {
  const schema = parseJson(JSON.stringify(z.toJSONSchema(graph)))
  assert.ok(isObject(schema))
  assert.deepEqual(synthesiseJson(schema, readPrompt('no names')), synthesiseJson(schema))
})

test('limits of a list hold for a reply that was read', () => {
  const schema = { type: 'array', items: { type: 'string' }, maxItems: 2 }
  assert.deepEqual(synthesiseJson(schema, readPrompt(text)), ['Aurora Pump', 'Northwind Devices'])
  assert.equal((synthesiseJson({ ...schema, minItems: 5, maxItems: 9 }, readPrompt(text)) as unknown[]).length, 5)
})

test('a question with numbered sources is answered by their sentences, with their numbers', () => {
  const prompt =
    '[1] Pumps: The pump runs. It has a valve of steel.\n[2] Other: Nothing here.\n\nQuestion: Which valve is it?'
  assert.equal(quoteFrom(prompt), 'It has a valve of steel. [1]')
  assert.equal(quoteFrom('[1] Nothing.\n\nQuestion: Which valve?'), 'The sources do not say.')
  assert.equal(quoteFrom('Which valve?'), undefined)
})

test('only an upstream that was told to read gives a word of the prompt back', async () => {
  const ask = async (reads: boolean) => {
    await using upstream = await startOllamaUpstream({ models: ['llama3.2'], reads })
    const messages = [{ role: 'user', content: text }]
    const body = JSON.stringify({ model: 'llama3.2', messages, stream: false, format: z.toJSONSchema(graph) })
    return (await fetch(`${upstream.url}/api/chat`, { method: 'POST', body })).text()
  }
  assert.match(await ask(true), /Aurora Pump/)
  assert.doesNotMatch(await ask(false), /Aurora/)
})

test('texts that share words are near, others are not, and no two are the same', () => {
  const [question, near, far] = [
    'Which valve has the pump?',
    'The pump has a valve of steel.',
    'Invoices are due in thirty days.',
  ].map((one) => simulatedEmbedding(one, 768))
  assert.ok(question && near && far)
  assert.ok(cosine(question, near) > 0.4)
  assert.ok(Math.abs(cosine(question, far)) < 0.2)
  assert.ok(Math.abs(Math.hypot(...near) - 1) < 1e-5)
  assert.notDeepEqual(simulatedEmbedding('a b', 8), simulatedEmbedding('b a', 8))
  assert.deepEqual(simulatedEmbedding('the same', 8), simulatedEmbedding('the same', 8))
})
