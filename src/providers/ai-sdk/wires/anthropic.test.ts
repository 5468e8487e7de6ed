// Proves what is Anthropic's own: thinking, prompt caches, its errors, and the caps on its answers.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sentBody } from '../../../../test/make/sent-body.ts'
import { startService } from '../../../../test/make/service.ts'
import { Cancellation } from '../../../domain/cancellation.ts'
import type { ProviderFailure } from '../../../domain/provider-failure.ts'

const tool = { type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: {} } } }

async function refused(promise: Promise<unknown>): Promise<ProviderFailure> {
  return promise.then(
    () => assert.fail('it was not refused'),
    (error: ProviderFailure) => error,
  )
}

describe('a request to Anthropic', () => {
  test('has its version, its key in a header of its own, and nothing of OpenAI’s', async () => {
    await using service = await startService('anthropic')
    await service.ask({ max_tokens: 9, stream_options: null })
    const [request] = service.upstream.journal.requests
    assert.equal(request?.headers['anthropic-version'], '2023-06-01')
    assert.equal(request?.headers['x-api-key'], 'key')
    assert.equal(request?.headers.authorization, undefined)
    assert.equal(request?.path, '/v1/messages')
    assert.deepEqual(sentBody(service.upstream), {
      model: 'claude-haiku-4-5',
      max_tokens: 9,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Say hello.' }] }],
    })
  })

  test('puts system messages to the front, wherever they stood, and says so', async () => {
    await using service = await startService('anthropic')
    const { body } = await service.ask({
      messages: [
        { role: 'user', content: 'One' },
        { role: 'system', content: 'Two' },
      ],
    })
    assert.deepEqual(sentBody(service.upstream).system, [{ type: 'text', text: 'Two' }])
    assert.match(body.aegis?.warnings[0] ?? '', /moved to the front/)
  })

  test('marks what is to be cached, with the usual time to live, and reports what was read and written', async () => {
    await using service = await startService('anthropic')
    service.upstream.always({
      text: 'Hi.',
      usage: {
        prompt_tokens: 3000,
        completion_tokens: 3,
        prompt_tokens_details: { cached_tokens: 1024, cache_write_tokens: 1500 },
      },
    })
    const cache_control = { type: 'ephemeral', ttl: '1h' }
    const messages = [
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Long' },
          { type: 'text', text: 'Longer', cache_control },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'Question', cache_control }] },
    ]
    const { body, usage } = await service.ask({ messages })
    const short = { type: 'ephemeral' }
    assert.deepEqual(sentBody(service.upstream).system, [
      { type: 'text', text: 'Long' },
      { type: 'text', text: 'Longer', cache_control: short },
    ])
    assert.partialDeepStrictEqual(sentBody(service.upstream).messages, [{ content: [{ cache_control: short }] }])
    const counts = { inputTokens: 3000, outputTokens: 3, cachedInputTokens: 1024, cacheWriteTokens: 1500 }
    assert.deepEqual(usage, { ...counts, reasoningTokens: 0 })
    assert.partialDeepStrictEqual(body.usage, {
      prompt_tokens: 3000,
      prompt_tokens_details: { cached_tokens: 1024, cache_write_tokens: 1500 },
    })
    const { sink } = await service.stream({ messages })
    assert.deepEqual(sink.ends[0]?.usage, { ...counts, reasoningTokens: 0 })
  })

  test('says parallel_tool_calls: false in its words', async () => {
    await using service = await startService('anthropic')
    await service.ask({ tools: [tool], parallel_tool_calls: false })
    assert.partialDeepStrictEqual(sentBody(service.upstream).tool_choice, { disable_parallel_tool_use: true })
  })

  test('takes options of its own that leave price and place alone, and no others', async () => {
    await using service = await startService('anthropic')
    const anthropic = {
      thinking: { type: 'enabled', budgetTokens: 1024 },
      speed: 'fast',
      serviceTier: 'auto',
      mcpServers: [{ type: 'url', name: 'x', url: 'https://example.com' }],
    }
    const { body } = await service.ask({ aegis: { anthropic }, max_tokens: 4000 })
    const request = sentBody(service.upstream)
    assert.deepEqual(request.thinking, { type: 'enabled', budget_tokens: 1024 })
    for (const member of ['speed', 'service_tier', 'mcp_servers', 'aegis']) assert.equal(request[member], undefined)
    assert.equal(body.aegis?.warnings.filter((warning) => /not among the options/.test(warning)).length, 3)
  })

  test('takes an image by its address and a document as data', async () => {
    await using service = await startService('anthropic')
    const content = [
      { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
      { type: 'file', file: { filename: 'a.txt', file_data: 'data:text/plain;charset=utf-8;base64,SGk=' } },
    ]
    await service.ask({ messages: [{ role: 'user', content }] })
    assert.partialDeepStrictEqual(sentBody(service.upstream).messages, [
      {
        content: [
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
          { type: 'document', source: { type: 'text', data: 'Hi' } },
        ],
      },
    ])
    const sound = [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }]
    await assert.rejects(service.ask({ messages: [{ role: 'user', content: sound }] }), { kind: 'unsupported' })
    const upload = [{ type: 'file', file: { file_id: 'file-1' } }]
    await assert.rejects(service.ask({ messages: [{ role: 'user', content: upload }] }), { kind: 'unsupported' })
  })

  test('that its package cannot say is unsupported, and nothing is sent', async () => {
    await using service = await startService('anthropic')
    const call = (more: object) => ({ id: 'a', type: 'function', function: { name: 'f', arguments: '{' }, ...more })
    for (const messages of [
      [{ role: 'function', name: 'f', content: 'x' }],
      [{ role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } }],
      [{ role: 'assistant', content: null, tool_calls: [call({})] }],
      [{ role: 'assistant', content: null, tool_calls: [call({ function: { arguments: '{}' } })] }],
      [{ role: 'user', content: [{ type: 'of_tomorrow' }] }],
      [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }],
    ]) {
      await assert.rejects(
        service.ask({ messages }),
        { kind: 'unsupported', dispatched: false },
        JSON.stringify(messages),
      )
    }
    assert.equal(service.upstream.journal.connections.length, 0)
  })
})

describe('Anthropic’s reasoning', () => {
  test('comes as reasoning_content, and signed as thinking_blocks that can be sent back', async () => {
    await using service = await startService('anthropic')
    service.upstream.always({ thinking: 'Let me see.', text: 'Yes.' })
    const reasoning_effort = 'low'
    const { body, usage } = await service.ask({ reasoning_effort })
    const block = { type: 'thinking', thinking: 'Let me see.', signature: 'c2ltdWxhdGVkIHNpZ25hdHVyZQ==' }
    const { message } = body.choices[0]
    assert.deepEqual(
      [message.content, message.reasoning_content, message.thinking_blocks],
      ['Yes.', 'Let me see.', [block]],
    )
    assert.equal(usage?.reasoningTokens, 3)
    assert.partialDeepStrictEqual(body.usage, { completion_tokens_details: { reasoning_tokens: 3 } })

    const played = await service.stream({ reasoning_effort })
    assert.deepEqual([played.reasoning, played.content], ['Let me see.', 'Yes.'])
    const blocks = played.chunks.flatMap(({ choices }) => choices[0]?.delta.thinking_blocks ?? [])
    assert.deepEqual(blocks, [block])

    const redacted = { type: 'redacted_thinking', data: 'opaque' }
    const earlier = { role: 'assistant', content: 'Yes.', reasoning_content: 'x', thinking_blocks: [block, redacted] }
    await service.ask({
      reasoning_effort,
      messages: [{ role: 'user', content: 'A' }, earlier, { role: 'user', content: 'B' }],
    })
    assert.partialDeepStrictEqual(sentBody(service.upstream, 2).messages, [
      {},
      { role: 'assistant', content: [block, redacted, { type: 'text', text: 'Yes.' }] },
    ])
  })

  test('that is not signed is not sent back', async () => {
    await using service = await startService('anthropic')
    const earlier = { role: 'assistant', content: 'Yes.', reasoning_content: 'unsigned' }
    await service.ask({ messages: [{ role: 'user', content: 'A' }, earlier, { role: 'user', content: 'B' }] })
    assert.ok(!service.upstream.journal.requests[0]?.rawBody.includes('unsigned'))
  })

  test('has its budget within the cap, not on top of it', async () => {
    await using service = await startService('anthropic')
    const capped = async (body: object, outputTokenCap?: number) => {
      await service.ask(body, { outputTokenCap })
      const { max_tokens, thinking } = sentBody(service.upstream, service.upstream.journal.requests.length - 1)
      return { max_tokens, thinking }
    }
    const high = { reasoning_effort: 'high' }
    const free = await capped(high)
    assert.partialDeepStrictEqual(free.thinking, { type: 'enabled' })
    const ample = await capped({ ...high, max_completion_tokens: 60_000 })
    assert.equal(ample.max_tokens, 60_000)
    assert.partialDeepStrictEqual(ample.thinking, { type: 'enabled' })
    const tight = await capped({ ...high, max_completion_tokens: 6000 })
    assert.deepEqual(tight, { max_tokens: 6000, thinking: { type: 'enabled', budget_tokens: 3000 } })
    const own = { aegis: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } } }
    assert.deepEqual(await capped(own, 5000), { max_tokens: 5000, thinking: { type: 'enabled', budget_tokens: 2000 } })
  })

  test('is left out, with a word about it, when not even its budget fits into the cap', async () => {
    await using service = await startService('anthropic')
    const { body } = await service.ask({ reasoning_effort: 'high', max_tokens: 500 })
    const request = sentBody(service.upstream)
    assert.deepEqual([request.max_tokens, request.thinking], [500, undefined])
    assert.match(body.aegis?.warnings.join() ?? '', /reasoning was left out/)
    assert.equal(service.upstream.journal.requests.length, 1)
  })

  test('at an effort that nobody knows is noted and left out', async () => {
    await using service = await startService('anthropic')
    const { body } = await service.ask({ reasoning_effort: 'enormous' })
    assert.match(body.aegis?.warnings.join() ?? '', /reasoning_effort/)
  })
})

describe('Anthropic’s refusals', () => {
  test('pass through in OpenAI’s envelope', async () => {
    await using service = await startService('anthropic')
    const message = 'max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens'
    service.upstream.next({
      status: 400,
      errorBody: { type: 'error', error: { type: 'invalid_request_error', message } },
    })
    const { reply } = await refused(service.ask())
    assert.equal(reply?.status, 400)
    assert.equal(reply?.contentType, 'application/json')
    assert.deepEqual(JSON.parse(reply?.body.toString() ?? ''), {
      error: { message, type: 'invalid_request_error', param: null, code: 'invalid_request_error', source: 'provider' },
    })
  })

  test('do not repeat the prompt', async () => {
    await using service = await startService('anthropic')
    const content = 'the patient’s name is Hildegard von Muster'
    const message = `messages.0.content: "${content}" is not allowed`
    for (const errorBody of [{ type: 'error', error: { type: 'invalid_request_error', message } }, message]) {
      service.upstream.next({ status: 400, errorBody })
      const failure = await refused(service.ask({ messages: [{ role: 'user', content }] }))
      assert.ok(!failure.message.includes('Hildegard'))
      assert.ok(!failure.reply?.body.includes('Hildegard'))
      assert.match(failure.reply?.body.toString() ?? '', /does not accept this request/)
    }
  })

  test('are told apart by status and type: too large, overloaded, no model', async () => {
    await using service = await startService('anthropic')
    service.upstream.next({ status: 413 }, { status: 529 }, { status: 404 })
    assert.equal((await refused(service.ask())).kind, 'context_exceeded')
    assert.equal((await refused(service.ask())).kind, 'overloaded')
    const missing = await refused(service.ask())
    assert.equal(missing.kind, 'model_missing')
    assert.match(missing.reply?.body.toString() ?? '', /"code":"model_not_found"/)
  })

  test('of a proxy, in HTML, are ours to word', async () => {
    await using service = await startService('anthropic')
    service.upstream.next({ status: 400, errorBody: '<html>no</html>', contentType: 'text/html' })
    const { reply } = await refused(service.ask())
    assert.equal(reply?.contentType, 'application/json')
    assert.match(reply?.body.toString() ?? '', /anthropic does not accept this request \(HTTP 400\)/)
  })
})

describe('Anthropic’s usage', () => {
  test('of zero is passed on as it is, for the ledger to judge', async () => {
    await using service = await startService('anthropic')
    service.upstream.next({ usage: 'zero' })
    assert.partialDeepStrictEqual((await service.ask()).usage, { inputTokens: 0, outputTokens: 0 })
  })

  test('that an answer leaves out is not known, and the answer is whole', async () => {
    await using service = await startService('anthropic')
    service.upstream.always({ text: 'Hello there.', usage: 'absent' })
    const { body, usage } = await service.ask()
    assert.equal(body.choices[0].message.content, 'Hello there.')
    assert.deepEqual([usage, body.usage], [undefined, undefined])
    const { sink, content, chunks } = await service.stream({ stream_options: { include_usage: true } })
    assert.equal(content, 'Hello there.')
    assert.deepEqual([sink.ends[0]?.failure, sink.ends[0]?.usage], [undefined, undefined])
    assert.ok(chunks.every((chunk) => chunk.usage === undefined))
  })

  test('of a stream that broke off is not taken for the whole', async () => {
    await using service = await startService('anthropic')
    service.upstream.next({
      chunks: ['one ', 'two '],
      truncateAfter: 5,
      usage: { prompt_tokens: 9, completion_tokens: 50 },
    })
    const { sink } = await service.stream()
    const [end] = sink.ends
    assert.equal(end?.failure?.kind, 'truncated')
    assert.equal(end?.usage, undefined)
    assert.equal(end?.deliveredTokens, Buffer.byteLength('one two '))
  })
})

test('Anthropic is probed by its list of models, and nothing is asked of them', async () => {
  await using service = await startService('anthropic')
  const health = await service.provider.probe(new Cancellation())
  assert.deepEqual(health, { reachable: true, models: [], detail: '0 models' })
  const [request] = service.upstream.journal.requests
  assert.deepEqual([request?.method, request?.path], ['GET', '/v1/models?limit=1000'])
})
