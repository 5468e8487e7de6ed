// Proves what is Cohere's own: documents, its tool choice, failures that end a stream, usage by tokens.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sentBody } from '../../../../test/make/sent-body.ts'
import { startService } from '../../../../test/make/service.ts'
import { Cancellation } from '../../../domain/cancellation.ts'

describe('Cohere', () => {
  test('is asked by version 2 of its API, with names of its own', async () => {
    await using service = await startService('cohere')
    await service.ask({ max_tokens: 9, top_p: 0.5, top_k: 3, stop: ['a', 'b'], seed: 1, frequency_penalty: 0.1 })
    const [request] = service.upstream.journal.requests
    assert.deepEqual([request?.path, request?.headers.authorization], ['/v2/chat', 'Bearer key'])
    assert.deepEqual(sentBody(service.upstream), {
      model: 'command-a-03-2025',
      messages: [{ role: 'user', content: 'Say hello.' }],
      ...{ max_tokens: 9, p: 0.5, k: 3, stop_sequences: ['a', 'b'], seed: 1, frequency_penalty: 0.1 },
    })
  })

  test('takes text files as documents and no other files', async () => {
    await using service = await startService('cohere')
    const file = (type: string) => [{ type: 'file', file: { filename: 'a', file_data: `data:${type};base64,SGk=` } }]
    await service.ask({ messages: [{ role: 'user', content: file('text/plain') }] })
    assert.deepEqual(sentBody(service.upstream).documents, [{ data: { text: 'Hi', title: 'a' } }])
    const pdf = service.ask({ messages: [{ role: 'user', content: file('application/pdf') }] })
    await assert.rejects(pdf, { kind: 'unsupported', dispatched: false })
  })

  test('thinks when it is asked to', async () => {
    await using service = await startService('cohere')
    service.upstream.always({ thinking: 'Let me see.', text: 'Yes.' })
    const { body } = await service.ask({ reasoning_effort: 'high' })
    assert.equal(body.choices[0].message.reasoning_content, 'Let me see.')
    assert.partialDeepStrictEqual(sentBody(service.upstream).thinking, { type: 'enabled' })
    const { reasoning, content } = await service.stream({ reasoning_effort: 'none' })
    assert.deepEqual([reasoning, content], ['Let me see.', 'Yes.'])
    assert.partialDeepStrictEqual(sentBody(service.upstream, 1).thinking, { type: 'disabled' })
  })

  test('that says at the end of a stream that it failed has failed', async () => {
    await using service = await startService('cohere')
    const tokens = { input_tokens: 1, output_tokens: 1 }
    const end = { type: 'message-end', delta: { finish_reason: 'ERROR', usage: { billed_units: tokens, tokens } } }
    service.upstream.next({ rawFrames: [`event: message-end\ndata: ${JSON.stringify(end)}\n\n`] })
    const { sink } = await service.stream()
    assert.equal(sink.ends[0]?.failure?.kind, 'in_band_error')
  })

  test('is charged by the tokens that its model has read, which are no fewer than those that it bills', async () => {
    await using service = await startService('cohere')
    service.upstream.always({ usage: { prompt_tokens: 500, completion_tokens: 9 } })
    const { usage } = await service.ask()
    assert.partialDeepStrictEqual(usage, { inputTokens: 500, outputTokens: 9 })
    const { sink } = await service.stream()
    assert.partialDeepStrictEqual(sink.ends[0]?.usage, { inputTokens: 500, outputTokens: 9 })
  })

  test('may leave its usage out, which is then not known, and the answer is whole', async () => {
    await using service = await startService('cohere')
    service.upstream.always({ text: 'Hello there.', usage: 'absent' })
    const { body, usage } = await service.ask()
    assert.deepEqual([body.choices[0].message.content, usage], ['Hello there.', undefined])
    const { sink, content } = await service.stream()
    assert.equal(content, 'Hello there.')
    assert.deepEqual([sink.ends[0]?.failure, sink.ends[0]?.usage], [undefined, undefined])
  })

  test('is probed by version 1 of its API, which lists models', async () => {
    await using service = await startService('cohere')
    assert.equal((await service.provider.probe(new Cancellation())).reachable, true)
    assert.equal(service.upstream.journal.requests[0]?.path, '/v1/models?page_size=1000')
  })
})
