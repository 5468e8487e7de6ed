// Proves what is Gemini's own: thought signatures, waits and keys in its errors, usage in every chunk.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sentBody } from '../../../../test/make/sent-body.ts'
import { startService } from '../../../../test/make/service.ts'
import { Cancellation } from '../../../domain/cancellation.ts'

const tool = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}

describe('a request to Gemini', () => {
  test('has its model in the path and its key in a header of its own', async () => {
    await using service = await startService('google')
    await service.ask({ max_tokens: 9, seed: 4, top_k: 5 })
    await service.stream()
    const [whole, stream] = service.upstream.journal.requests
    assert.equal(whole?.path, '/v1beta/models/gemini-3.5-flash-lite:generateContent')
    assert.equal(stream?.path, '/v1beta/models/gemini-3.5-flash-lite:streamGenerateContent?alt=sse')
    assert.deepEqual([whole?.headers['x-goog-api-key'], whole?.headers.authorization], ['key', undefined])
    assert.deepEqual(sentBody(service.upstream), {
      generationConfig: { maxOutputTokens: 9, seed: 4, topK: 5 },
      contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }],
    })
  })

  test('asks for JSON in its own mode, with a schema and without', async () => {
    await using service = await startService('google')
    const { body } = await service.ask({ response_format: { type: 'json_object' } })
    assert.equal(typeof JSON.parse(body.choices[0].message.content ?? ''), 'object')
    assert.deepEqual(sentBody(service.upstream).generationConfig, { responseMimeType: 'application/json' })
    assert.equal(body.aegis, undefined)
  })

  test('takes sounds and documents as data', async () => {
    await using service = await startService('google')
    const content = [
      { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'mp3' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=' } },
    ]
    await service.ask({ messages: [{ role: 'user', content }] })
    assert.partialDeepStrictEqual(sentBody(service.upstream).contents, [
      {
        parts: [
          { inlineData: { mimeType: 'audio/mpeg', data: 'UklGRg==' } },
          { inlineData: { mimeType: 'application/pdf', data: 'JVBERi0=' } },
        ],
      },
    ])
  })
})

describe('Gemini’s thoughts', () => {
  test('sign the first of its tool calls, and the signature goes back with it', async () => {
    await using service = await startService('google')
    service.upstream.always({
      toolCalls: [
        { name: 'get_weather', arguments: { city: 'Bern' } },
        { name: 'get_weather', arguments: { city: 'Basel' } },
      ],
    })
    const signed = { google: { thought_signature: 'c2ltdWxhdGVkIHRob3VnaHQ=' } }
    const { body } = await service.ask({ tools: [tool] })
    const calls = body.choices[0].message.tool_calls ?? []
    assert.deepEqual(
      calls.map(({ extra_content }) => extra_content),
      [signed, undefined],
    )
    const { chunks } = await service.stream({ tools: [tool] })
    const streamed = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
    assert.deepEqual(
      streamed.flatMap(({ extra_content }) => extra_content ?? []),
      [signed],
    )
    service.upstream.always({ text: 'Sunny.' })
    const answers = calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'Sunny' }))
    const messages = [{ role: 'user', content: 'Weather?' }, body.choices[0].message, ...answers]
    const last = await service.ask({ tools: [tool], messages })
    assert.equal(last.body.aegis, undefined)
    assert.partialDeepStrictEqual(sentBody(service.upstream, 2).contents, [
      {},
      {
        role: 'model',
        parts: [
          {
            functionCall: { name: 'get_weather', args: { city: 'Bern' } },
            thoughtSignature: 'c2ltdWxhdGVkIHRob3VnaHQ=',
          },
          { functionCall: { name: 'get_weather', args: { city: 'Basel' } } },
        ],
      },
    ])
  })

  test('come as reasoning and count as output', async () => {
    await using service = await startService('google')
    const usage = { prompt_tokens: 20, completion_tokens: 12, completion_tokens_details: { reasoning_tokens: 7 } }
    service.upstream.always({ thinking: 'Let me see.', text: 'Yes.', usage })
    const asked = { reasoning_effort: 'low' }
    const { body, usage: reported } = await service.ask(asked)
    assert.deepEqual(
      [body.choices[0].message.reasoning_content, body.choices[0].message.content],
      ['Let me see.', 'Yes.'],
    )
    assert.partialDeepStrictEqual(reported, { inputTokens: 20, outputTokens: 12, reasoningTokens: 7 })
    const played = await service.stream(asked)
    assert.deepEqual([played.reasoning, played.content], ['Let me see.', 'Yes.'])
    assert.partialDeepStrictEqual(sentBody(service.upstream).generationConfig, {
      thinkingConfig: { includeThoughts: true, thinkingLevel: 'low' },
    })
  })
})

describe('Gemini’s usage', () => {
  test('counts cached tokens, and may come late, in a chunk of its own', async () => {
    await using service = await startService('google')
    const usage = { prompt_tokens: 900, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 512 } }
    service.upstream.next({ usage }, { usage: 'late' })
    const { usage: reported } = await service.ask()
    assert.partialDeepStrictEqual(reported, { inputTokens: 900, cachedInputTokens: 512 })
    const { sink } = await service.stream()
    assert.ok((sink.ends[0]?.usage?.outputTokens ?? 0) > 1)
  })

  test('that never comes is absent and not zero', async () => {
    await using service = await startService('google')
    service.upstream.always({ usage: 'absent' })
    const { body, usage } = await service.ask()
    assert.deepEqual([usage, body.usage], [undefined, undefined])
    const { sink, chunks } = await service.stream({ stream_options: { include_usage: true } })
    assert.equal(sink.ends[0]?.usage, undefined)
    assert.ok(chunks.every(({ usage: one }) => one === undefined))
  })
})

describe('Gemini’s refusals', () => {
  test('say in their details how long to wait', async () => {
    await using service = await startService('google')
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.07s' }]
    const error = { code: 429, message: 'You exceeded your current quota.', status: 'RESOURCE_EXHAUSTED', details }
    service.upstream.next({ status: 429, errorBody: { error } })
    await assert.rejects(service.ask(), { kind: 'rate_limited', retryAfterSeconds: 35 })
  })

  test('of a key are a matter of our account, though they come as a 400', async () => {
    await using service = await startService('google', { apiKey: 'another' })
    await assert.rejects(service.ask(), { kind: 'account', upstreamStatus: 400, reply: undefined })
  })

  test('of a prompt, inside a 200, end with content_filter', async () => {
    await using service = await startService('google')
    const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 4 } }
    service.upstream.next({ rawBody: JSON.stringify(blocked) }, { rawFrames: [`data: ${JSON.stringify(blocked)}\n\n`] })
    assert.equal((await service.ask()).body.choices[0].finish_reason, 'content_filter')
    assert.equal((await service.stream()).finish, 'content_filter')
  })
})

test('a package that would go on with a second call for one attempt is stopped', async () => {
  await using service = await startService('google')
  const content = { parts: [{ text: 'First part' }], role: 'model' }
  const candidate = { content, finishReason: 'CONTINUATION', continuationToken: 'more' }
  const body = { candidates: [candidate], usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 2 } }
  service.upstream.always({ rawBody: JSON.stringify(body) })
  await assert.rejects(service.ask(), { kind: 'truncated', dispatched: true })
  assert.equal(service.upstream.journal.requests.length, 1)
})

test('Gemini is probed by its list of models', async () => {
  await using service = await startService('google')
  assert.deepEqual(await service.provider.probe(new Cancellation()), {
    reachable: true,
    models: [],
    detail: '0 models',
  })
  assert.equal(service.upstream.journal.requests[0]?.path, '/v1beta/models?pageSize=1000')
})
