// Proves what is Bedrock's own: signatures, the event stream in pieces of any size, thinking and caches of Claude there.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sentBody } from '../../../../test/make/sent-body.ts'
import { startService } from '../../../../test/make/service.ts'
import { Cancellation } from '../../../domain/cancellation.ts'
import { eventMessage, exceptionMessage } from '../../../testing/bedrock/event-stream.ts'
import { startBedrockUpstream } from '../../../testing/bedrock/start-bedrock-upstream.ts'

const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret/with+signs', sessionToken: 'temporary' }
const text = (contentBlockIndex: number, words: string) =>
  eventMessage('contentBlockDelta', { contentBlockIndex, delta: { text: words } })
const ending = [
  eventMessage('contentBlockStop', { contentBlockIndex: 0 }),
  eventMessage('messageStop', { stopReason: 'end_turn' }),
  eventMessage('metadata', { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } }),
]

describe('a request to Bedrock', () => {
  test('is signed with the keys of an account, for the host and the body that are sent', async () => {
    await using upstream = await startBedrockUpstream({ keys })
    await using service = await startService('bedrock', { at: upstream.url, keys, region: 'eu-central-1' })
    await service.ask({ messages: [{ role: 'user', content: 'Grüße an alle!' }] })
    await service.stream()
    const [request] = upstream.journal.requests
    assert.match(
      request?.headers.authorization ?? '',
      /Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request/,
    )
    assert.equal(request?.path, '/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse')
    assert.ok(!upstream.journal.allBytes().includes(keys.secretAccessKey))

    for (const wrong of [{ secretAccessKey: 'x' }, { sessionToken: 'x' }, { sessionToken: undefined }]) {
      await using other = await startService('bedrock', { at: upstream.url, keys: { ...keys, ...wrong } })
      await assert.rejects(other.ask(), { kind: 'account', upstreamStatus: 403 })
    }
  })

  test('with an API key carries it as a bearer', async () => {
    await using service = await startService('bedrock')
    await service.ask({ max_tokens: 7 })
    assert.equal(service.upstream.journal.requests[0]?.headers.authorization, 'Bearer key')
    assert.deepEqual(sentBody(service.upstream), {
      system: [],
      messages: [{ role: 'user', content: [{ text: 'Say hello.' }] }],
      inferenceConfig: { maxTokens: 7 },
      additionalModelResponseFieldPaths: ['/delta/stop_sequence'],
    })
  })

  test('marks what is to be cached and reports what was read and written', async () => {
    await using service = await startService('bedrock')
    const prompt_tokens_details = { cached_tokens: 100, cache_write_tokens: 50 }
    service.upstream.always({ usage: { prompt_tokens: 400, completion_tokens: 3, prompt_tokens_details } })
    const content = [{ type: 'text', text: 'Long', cache_control: { type: 'ephemeral' } }]
    const { usage } = await service.ask({ messages: [{ role: 'user', content }] })
    assert.deepEqual(sentBody(service.upstream).messages, [
      { role: 'user', content: [{ text: 'Long' }, { cachePoint: { type: 'default' } }] },
    ])
    const counts = { inputTokens: 400, outputTokens: 3, cachedInputTokens: 100, cacheWriteTokens: 50 }
    assert.partialDeepStrictEqual(usage, counts)
    assert.partialDeepStrictEqual((await service.stream()).sink.ends[0]?.usage, counts)
  })
})

describe('Bedrock’s event stream', () => {
  test('is read in pieces of any size', async () => {
    const whole = Buffer.concat([
      eventMessage('messageStart', { role: 'assistant' }),
      text(0, 'Grüße '),
      text(0, '漢字 😀'),
      ...ending,
    ])
    for (const size of [1, 3, 7, 64, whole.length]) {
      await using service = await startService('bedrock')
      const rawFrames = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
        whole.subarray(at * size, (at + 1) * size),
      )
      service.upstream.next({ rawFrames })
      const { content, finish, sink } = await service.stream()
      assert.deepEqual([content, finish], ['Grüße 漢字 😀', 'stop'])
      assert.partialDeepStrictEqual(sink.ends[0]?.usage, { inputTokens: 3, outputTokens: 2 })
    }
  })

  test('whose checksum is wrong is malformed', async () => {
    await using service = await startService('bedrock')
    const broken = Buffer.from(text(0, 'Hello'))
    broken.writeUInt8((broken.at(-6) ?? 0) ^ 1, broken.length - 6)
    service.upstream.next({ rawFrames: [broken, ...ending] })
    const { sink, content } = await service.stream()
    assert.deepEqual([sink.ends[0]?.failure?.kind, content], ['malformed', ''])
  })

  test('that ends within a message is not complete', async () => {
    await using service = await startService('bedrock')
    service.upstream.next({ rawFrames: [text(0, 'Hello'), text(0, ' there').subarray(0, 40)] })
    const { sink, content } = await service.stream()
    assert.equal(content, 'Hello')
    assert.ok(['malformed', 'truncated'].includes(sink.ends[0]?.failure?.kind ?? ''))
  })

  for (const name of [
    'throttlingException',
    'internalServerException',
    'serviceUnavailableException',
    'validationException',
  ]) {
    test(`tells of a ${name}`, async () => {
      await using service = await startService('bedrock')
      service.upstream.next({ rawFrames: [text(0, 'Hello'), exceptionMessage(name, { message: 'no more' })] })
      const { sink } = await service.stream()
      assert.equal(sink.ends[0]?.failure?.kind, 'in_band_error')
    })
  }

  test('without usage has none', async () => {
    await using service = await startService('bedrock')
    service.upstream.next({ usage: 'absent' })
    const { sink, finish } = await service.stream()
    assert.deepEqual([finish, sink.ends[0]?.usage, sink.ends[0]?.failure], ['stop', undefined, undefined])
  })
})

describe('Claude’s reasoning at Bedrock', () => {
  test('is signed and goes back', async () => {
    await using service = await startService('bedrock')
    service.upstream.always({ thinking: 'Let me see.', text: 'Yes.' })
    const asked = { reasoning_effort: 'low' }
    const { body } = await service.ask(asked)
    const { message } = body.choices[0]
    const signature = 'c2ltdWxhdGVkIHNpZ25hdHVyZQ=='
    assert.deepEqual(message.thinking_blocks, [{ type: 'thinking', thinking: 'Let me see.', signature }])
    const played = await service.stream(asked)
    assert.deepEqual([played.reasoning, played.content], ['Let me see.', 'Yes.'])
    await service.ask({ ...asked, messages: [{ role: 'user', content: 'A' }, message, { role: 'user', content: 'B' }] })
    assert.partialDeepStrictEqual(sentBody(service.upstream, 2).messages, [
      {},
      { content: [{ reasoningContent: { reasoningText: { text: 'Let me see.', signature } } }, { text: 'Yes.' }] },
    ])
  })

  test('has its budget within the cap, though the request is signed', async () => {
    await using upstream = await startBedrockUpstream({ keys })
    await using service = await startService('bedrock', { at: upstream.url, keys })
    await service.ask({ reasoning_effort: 'high', max_tokens: 6000 })
    await service.ask({ reasoning_effort: 'high', max_tokens: 500 })
    assert.partialDeepStrictEqual(sentBody(upstream), {
      inferenceConfig: { maxTokens: 6000 },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 3000 } },
    })
    assert.partialDeepStrictEqual(sentBody(upstream, 1), { inferenceConfig: { maxTokens: 500 } })
    assert.equal(sentBody(upstream, 1).additionalModelRequestFields, undefined)
    assert.equal(upstream.journal.requests.length, 2)
  })

  test('can be set by an option of its own, others cannot', async () => {
    await using service = await startService('bedrock')
    const bedrock = { reasoningConfig: { type: 'enabled', budgetTokens: 1500 }, serviceTier: 'priority' }
    const { body } = await service.ask({ aegis: { bedrock }, max_tokens: 4000 })
    assert.partialDeepStrictEqual(sentBody(service.upstream), { inferenceConfig: { maxTokens: 4000 } })
    assert.equal(sentBody(service.upstream).serviceTier, undefined)
    assert.match(body.aegis?.warnings.join() ?? '', /aegis\.bedrock\.serviceTier/)
  })
})

test('Bedrock is probed without a request that could cost anything', async () => {
  await using service = await startService('bedrock')
  assert.partialDeepStrictEqual(await service.provider.probe(new Cancellation()), { reachable: true, models: [] })
  assert.deepEqual(
    service.upstream.journal.requests.map(({ method, path }) => [method, path]),
    [['GET', '/']],
  )
})
