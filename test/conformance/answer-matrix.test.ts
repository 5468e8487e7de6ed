// Proves for every dialect and every wire that an answer reaches its client whole: text, thoughts, calls, reason and counts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Behaviour, JsonObject } from '../../src/testing/index.ts'
import { parameters, type SpokenName, type SpokenWire, spokenNames, wireNames } from './matrix/arrival.ts'
import { type ReadAnswer, readAnswer } from './matrix/read-answer.ts'
import { startMatrixWire } from './matrix/start-wire.ts'

const messages = [{ role: 'user', content: 'Say hello.' }]
const description = 'The weather.'
const tool = { type: 'function', function: { name: 'weather', description, parameters } }

/** What a dialect calls the reasons for which an answer ends. */
interface Reasons {
  readonly stop: string
  readonly length: string
  readonly calls: string
}

interface Dialect {
  readonly path: string
  readonly reasons: Reasons
  readonly body: (stream: boolean, withTools: boolean) => JsonObject
}

const dialects: Readonly<Record<SpokenName, Dialect>> = {
  openai: {
    path: '/v1/chat/completions',
    reasons: { stop: 'stop', length: 'length', calls: 'tool_calls' },
    body: (stream, withTools) => ({
      ...{ model: 'auto', messages, max_tokens: 4096, stream },
      ...(stream ? { stream_options: { include_usage: true } } : {}),
      ...(withTools ? { tools: [tool] } : {}),
    }),
  },
  anthropic: {
    path: '/v1/messages',
    reasons: { stop: 'end_turn', length: 'max_tokens', calls: 'tool_use' },
    body: (stream, withTools) => ({
      ...{ model: 'auto', messages, max_tokens: 4096, stream },
      ...(withTools ? { tools: [{ name: 'weather', description, input_schema: parameters }] } : {}),
    }),
  },
  ollama: {
    path: '/api/chat',
    // Ollama has no reason of its own for calls.
    reasons: { stop: 'stop', length: 'length', calls: 'stop' },
    body: (stream, withTools) => ({
      ...{ model: 'auto', messages, stream, options: { num_predict: 4096 } },
      ...(withTools ? { tools: [tool] } : {}),
    }),
  },
  responses: {
    path: '/v1/responses',
    reasons: { stop: 'completed', length: 'max_output_tokens', calls: 'completed' },
    body: (stream, withTools) => ({
      ...{ model: 'auto', input: 'Say hello.', max_output_tokens: 4096, stream },
      ...(withTools ? { tools: [{ type: 'function', name: 'weather', description, parameters }] } : {}),
    }),
  },
}

async function answerOf(
  wire: SpokenWire,
  dialect: SpokenName,
  stream: boolean,
  behaviour: Behaviour,
): Promise<ReadAnswer & { readonly billed: { inputTokens: number; outputTokens: number } | undefined }> {
  await using world = await startMatrixWire(wire)
  world.upstream.next(behaviour)
  const { path, body } = dialects[dialect]
  const asked = JSON.stringify(body(stream, behaviour.toolCalls !== undefined))
  const reply = await fetch(world.gateway.url + path, { method: 'POST', body: asked })
  const text = await reply.text()
  assert.equal(reply.status, 200, text)
  const { billed } = world.upstream.journal.requests.findLast(({ method }) => method === 'POST') ?? {}
  return { ...readAnswer[dialect](text, stream), billed }
}

/** Those whose servers say how much of a prompt they had in a cache. */
const cachingWires: readonly SpokenWire[] = ['openai', 'responses', 'anthropic', 'google', 'bedrock']

const twoCalls = [
  { name: 'weather', arguments: { city: 'Bern' } },
  { name: 'weather', arguments: { city: 'Zürich "Stadt"' } },
]

for (const dialect of spokenNames) {
  const { reasons } = dialects[dialect]
  for (const wire of dialect === 'responses' ? ([...wireNames, 'responses'] as const) : wireNames) {
    describe(`${wire}’s answer to ${dialect}’s client`, () => {
      for (const stream of [false, true]) {
        const how = stream ? 'streamed' : 'whole'

        test(`is its text, its reason and its counts, ${how}`, async () => {
          const answer = await answerOf(wire, dialect, stream, { text: 'Hello "there",\n日本.' })
          assert.equal(answer.text, 'Hello "there",\n日本.')
          assert.deepEqual([answer.finish, answer.calls], [reasons.stop, []])
          // The local model of this test thinks before every answer.
          if (wire !== 'ollama') assert.equal(answer.reasoning, '')
          assert.deepEqual([answer.input, answer.output], [answer.billed?.inputTokens, answer.billed?.outputTokens])
        })

        test(`has its thoughts apart from its text, ${how}`, async () => {
          const answer = await answerOf(wire, dialect, stream, { thinking: 'Hm, well.', text: 'Blue.' })
          assert.deepEqual([answer.reasoning, answer.text], ['Hm, well.', 'Blue.'])
        })

        test(`has parallel calls in their order with whole arguments, ${how}`, async () => {
          const answer = await answerOf(wire, dialect, stream, { toolCalls: twoCalls })
          assert.deepEqual(
            answer.calls,
            twoCalls.map(({ name, arguments: input }) => ({ name, input })),
          )
          assert.equal(answer.finish, reasons.calls)
        })

        test(`says that it was cut at its cap, ${how}`, async () => {
          const answer = await answerOf(wire, dialect, stream, { text: 'One two', finishReason: 'length' })
          assert.deepEqual([answer.text, answer.finish], ['One two', reasons.length])
        })

        if (cachingWires.includes(wire) && dialect !== 'ollama') {
          test(`tells what was read from a cache, ${how}`, async () => {
            const usage = { prompt_tokens: 2000, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 1500 } }
            const answer = await answerOf(wire, dialect, stream, { text: 'Hello.', usage })
            assert.deepEqual([answer.input, answer.output, answer.cached], [2000, 50, 1500])
          })
        }
      }
    })
  }
}
