// Proves, against a real server, what counts as an answer of an OpenAI-wire upstream and what as which failure.
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import { fundedAttempt } from '../../../test/make/attempt.ts'
import { chatBody } from '../../../test/make/chat-body.ts'
import { startServer } from '../../../test/make/http-server.ts'
import { openaiProvider } from '../../../test/make/provider.ts'
import { RecordingSink } from '../../../test/make/recording-sink.ts'
import { task } from '../../../test/make/task.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import { usage } from '../../../test/make/usage.ts'
import { openAIPreset } from '../../config/presets/presets.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import { nanoUsd } from '../../domain/money.ts'
import type { FailureKind } from '../../domain/provider-failure.ts'
import { OpenAIProvider } from './openai-provider.ts'

const traits = openAIPreset.traits
const counts = { prompt_tokens: 9, completion_tokens: 5 }
const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }]

type Reply = (response: ServerResponse) => void
const json =
  (value: unknown, status = 200): Reply =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))

/** Asks a provider whose upstream replies so. */
async function ask(reply: Reply, more: { stream?: boolean; amount?: number } = {}) {
  await using server = await startServer((_, response) => reply(response))
  await using connection = connectTo(server.url)
  const provider = new OpenAIProvider(openaiProvider(), connection.upstream, traits)
  const body = chatBody({ stream: more.stream ?? false })
  const attempt = fundedAttempt({ task: task({ body }), amount: nanoUsd(more.amount ?? 0) })
  const answer = await provider.execute(attempt, new Cancellation())
  if (answer.kind === 'completion') return { completion: answer, sink: undefined }
  const sink = new RecordingSink()
  const ended = new Promise<void>((resolve) => {
    const end = sink.end.bind(sink)
    sink.end = (how) => {
      end(how)
      resolve()
    }
  })
  answer.start(sink)
  await ended
  return { completion: undefined, sink }
}

const failsWith = async (kind: FailureKind, reply: Reply, stream = false) => {
  await assert.rejects(ask(reply, { stream }), { kind, provider: 'openai', dispatched: true })
}

describe('a completion', () => {
  test('is the very bytes of the upstream, with its usage read', async () => {
    const text = `{ "choices":${JSON.stringify(choices)},"usage" : ${JSON.stringify(counts)},"of_tomorrow":1.0 }\n`
    const { completion } = await ask((response) => response.end(text))
    assert.equal(completion?.body.toString(), text)
    assert.deepEqual(completion?.usage, usage(9, 5))
  })

  test('without a usage has none', async () => {
    assert.equal((await ask(json({ choices }))).completion?.usage, undefined)
    assert.equal((await ask(json({ choices, usage: null }))).completion?.usage, undefined)
  })

  test('that is no completion is malformed', async () => {
    await failsWith('malformed', (response) => response.end('<html>'))
    await failsWith('malformed', (response) => response.end(''))
    await failsWith('malformed', (response) => response.end('{"choices":[{'))
    await failsWith('malformed', json(null))
    await failsWith('malformed', json([]))
    await failsWith('malformed', json({}))
    await failsWith('malformed', json({ choices: {} }))
    await failsWith('malformed', json({ choices }, 201))
  })

  test('that reports an error is one', async () => {
    await failsWith('in_band_error', json({ error: { message: 'x' } }))
    await failsWith('in_band_error', json({ error: { message: 'x' }, choices: [] }))
    await failsWith('in_band_error', json({ object: 'error', message: 'x' }))
    assert.ok((await ask(json({ error: null, choices }))).completion)
  })
})

describe('a streaming request', () => {
  const events = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] })}\n\n`

  test('is answered by an event stream, however its type is written', async () => {
    for (const type of ['text/event-stream', 'Text/Event-Stream; charset=utf-8']) {
      const { sink } = await ask(
        (response) => response.setHeader('content-type', type).end(`${events}data: [DONE]\n\n`),
        {
          stream: true,
        },
      )
      assert.equal(sink?.text, events)
      assert.deepEqual(
        sink?.ends.map(({ failure }) => failure),
        [undefined],
      )
    }
  })

  test('answered by something else is malformed', async () => {
    await failsWith('malformed', json({ choices }), true)
    await failsWith('malformed', (response) => response.end(events), true)
  })

  test('counts what it delivers when its attempt costs money', async () => {
    const stream = (response: ServerResponse) => response.setHeader('content-type', 'text/event-stream').end(events)
    assert.equal((await ask(stream, { stream: true, amount: 1 })).sink?.ends[0]?.deliveredTokens, 2)
    assert.equal((await ask(stream, { stream: true })).sink?.ends[0]?.deliveredTokens, 0)
  })
})

describe('a probe', () => {
  const probe = async (reply: Reply) => {
    await using server = await startServer((_, response) => reply(response))
    await using connection = connectTo(server.url)
    return await new OpenAIProvider(openaiProvider(), connection.upstream, traits).probe(new Cancellation())
  }

  test('lists the models', async () => {
    const found = await probe(json({ data: [{ id: 'a' }, { id: 'b' }, { id: 7 }, null] }))
    assert.deepEqual(found, { reachable: true, models: ['a', 'b'], detail: '2 models' })
  })

  test('never throws and says what is wrong', async () => {
    assert.match((await probe(json({}, 401))).detail, /does not accept our key/)
    assert.match((await probe((response) => response.end('<html>'))).detail, /not with a list of models/)
    assert.match((await probe((response) => response.destroy())).detail, /could not be reached/)
  })
})
