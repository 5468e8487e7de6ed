// Proves of every service, against its simulated upstream, what all of them have in common: OpenAI's wire out.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makings, serviceKinds, startService } from '../../../test/make/service.ts'

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const time = { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } }
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

for (const kind of serviceKinds) {
  describe(kind, () => {
    test('answers a chat with a completion of OpenAI’s wire', async () => {
      await using service = await startService(kind)
      service.upstream.next({ text: 'Hello there.', usage: { prompt_tokens: 12, completion_tokens: 3 } })
      const { body, usage } = await service.ask({
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'developer', content: 'Be kind.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Say ' },
              { type: 'text', text: 'hello.' },
            ],
          },
        ],
        ...{ temperature: 0.5, top_p: 0.9, stop: 'END', max_tokens: 64 },
      })
      assert.equal(body.id, 'chatcmpl-req_0123456789abcdef')
      assert.deepEqual([body.object, body.choices.length], ['chat.completion', 1])
      assert.deepEqual(body.choices[0], {
        index: 0,
        message: { role: 'assistant', content: 'Hello there.' },
        finish_reason: 'stop',
      })
      assert.partialDeepStrictEqual(body.usage, { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 })
      assert.partialDeepStrictEqual(usage, { inputTokens: 12, outputTokens: 3, cachedInputTokens: 0 })
      const [request] = service.upstream.journal.requests
      const sent = request?.rawBody.toString() ?? ''
      for (const text of ['Be brief.', 'Be kind.', 'Say ', 'hello.', 'END', '64']) assert.ok(sent.includes(text), text)
      assert.equal(service.upstream.journal.requests.length, 1)
    })

    test('streams: the role first, then the text in its pieces, the finish reason, and no usage unasked', async () => {
      await using service = await startService(kind)
      service.upstream.next({ chunks: ['Hel', 'lo ', 'there.'], usage: { prompt_tokens: 12, completion_tokens: 3 } })
      const { chunks, content, finish, sink } = await service.stream()
      assert.deepEqual(chunks[0]?.choices[0], {
        index: 0,
        delta: { role: 'assistant', content: '' },
        finish_reason: null,
      })
      assert.ok(chunks.every(({ object }) => object === 'chat.completion.chunk'))
      assert.equal(chunks.filter(({ choices }) => choices[0]?.delta.content).length, 3)
      assert.deepEqual([content, finish], ['Hello there.', 'stop'])
      assert.deepEqual(sink.usages, [])
      assert.equal(sink.ends.length, 1)
      assert.equal(sink.ends[0]?.failure, undefined)
      assert.partialDeepStrictEqual(sink.ends[0]?.usage, { inputTokens: 12, outputTokens: 3 })
    })

    test('gives the usage chunk of a stream when it is asked for', async () => {
      await using service = await startService(kind)
      service.upstream.next({ text: 'Hi.', usage: { prompt_tokens: 12, completion_tokens: 3 } })
      const { chunks, sink } = await service.stream({ stream_options: { include_usage: true } })
      const last = chunks.at(-1)
      assert.deepEqual(last?.choices, [])
      assert.partialDeepStrictEqual(last?.usage, { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 })
      assert.equal(sink.usages.length, 1)
    })

    test('calls tools in parallel, streamed, each with an index of its own', async () => {
      await using service = await startService(kind)
      const toolCalls = [
        { name: 'get_weather', arguments: { city: 'Bern' } },
        { name: 'get_weather', arguments: { city: 'Zürich, Kreis 4' } },
        { name: 'get_time', arguments: {} },
      ]
      service.upstream.always({ toolCalls })
      const tools = [weather, time]
      const { body } = await service.ask({ tools })
      const [{ message, finish_reason }] = body.choices
      assert.deepEqual([message.content, finish_reason], [null, 'tool_calls'])
      const inputs = message.tool_calls?.map(({ function: called }) => [called.name, JSON.parse(called.arguments)])
      const expected = toolCalls.map((call) => [call.name, call.arguments])
      assert.deepEqual(inputs, expected)
      const played = await service.stream({ tools })
      assert.equal(played.finish, 'tool_calls')
      assert.deepEqual(
        played.calls.map((call) => [call.name, JSON.parse(call.arguments)]),
        expected,
      )
      assert.equal(new Set(played.calls.map(({ id }) => id)).size, 3)
    })

    test('takes tool calls and their answers back', async () => {
      await using service = await startService(kind)
      const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Bern"}' } }
      await service.ask({
        tools: [weather],
        messages: [
          { role: 'user', content: 'How is the weather?' },
          { role: 'assistant', content: null, tool_calls: [call] },
          { role: 'tool', tool_call_id: 'call_1', content: 'Sunny, 21 degrees' },
        ],
      })
      const sent = service.upstream.journal.requests[0]?.rawBody.toString() ?? ''
      for (const text of ['get_weather', 'Bern', 'Sunny, 21 degrees']) assert.ok(sent.includes(text), text)
    })

    test('obeys tool_choice: none, required, and one by name', async () => {
      await using service = await startService(kind)
      const tools = [weather, time]
      const none = await service.ask({ tools, tool_choice: 'none' })
      assert.equal(none.body.choices[0].message.tool_calls, undefined)
      await service.ask({ tools, tool_choice: 'required' })
      const named = { type: 'function', function: { name: 'get_time' } }
      const one = await service.ask({ tools, tool_choice: named })
      assert.deepEqual(
        one.body.choices[0].message.tool_calls?.map(({ function: called }) => called.name),
        ['get_time'],
      )
      const missing = { type: 'function', function: { name: 'nothing' } }
      await assert.rejects(service.ask({ tools, tool_choice: missing }), { kind: 'unsupported', dispatched: false })
    })

    test('answers in the form of a schema', async () => {
      await using service = await startService(kind)
      const schema = {
        type: 'object',
        properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
        required: ['city', 'degrees'],
        additionalProperties: false,
      }
      const response_format = { type: 'json_schema', json_schema: { name: 'weather', strict: true, schema } }
      const { body } = await service.ask({ response_format })
      const answer = JSON.parse(body.choices[0].message.content ?? '')
      assert.deepEqual(Object.keys(answer).sort(), ['city', 'degrees'])
      assert.equal(body.choices[0].finish_reason, 'stop')
      const { content } = await service.stream({ response_format })
      assert.deepEqual(Object.keys(JSON.parse(content)).sort(), ['city', 'degrees'])
    })

    test('asks for a JSON object in its mode or in words, and says which', async () => {
      await using service = await startService(kind)
      const { body } = await service.ask({ response_format: { type: 'json_object' } })
      const sent = service.upstream.journal.requests[0]?.rawBody.toString() ?? ''
      const inWords = body.aegis?.warnings.some((warning) => warning.includes('in words')) ?? false
      assert.equal(sent.includes('Answer with one JSON object'), inWords)
      if (!inWords) assert.match(sent, /json/i)
    })

    test('takes an image as data', async () => {
      await using service = await startService(kind)
      const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }
      await service.ask({ messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, image] }] })
      const sent = service.upstream.journal.requests[0]?.rawBody.toString() ?? ''
      assert.ok(sent.includes(pixel))
      assert.ok(sent.includes('png'))
    })

    test('fetches nothing for a request: an address goes to a provider that fetches it, or nowhere', async () => {
      await using elsewhere = await startService(kind)
      await using service = await startService(kind)
      const image = { type: 'image_url', image_url: { url: `${elsewhere.upstream.url}/picture.png` } }
      const asked = service.ask({ messages: [{ role: 'user', content: [{ type: 'text', text: 'What?' }, image] }] })
      if (makings[kind].fetchesImages) await asked
      else await assert.rejects(asked, { kind: 'unsupported', dispatched: false })
      assert.equal(service.upstream.journal.requests.length, makings[kind].fetchesImages ? 1 : 0)
      assert.equal(elsewhere.upstream.journal.connections.length, 0)
    })

    test('reports a length limit and what is cut by a filter', async () => {
      await using service = await startService(kind)
      service.upstream.next({ text: 'Cut', finishReason: 'length' }, { text: 'Cut', finishReason: 'content_filter' })
      assert.equal((await service.stream()).finish, 'length')
      if (!makings[kind].saysFiltered) return
      assert.equal((await service.ask()).body.choices[0].finish_reason, 'content_filter')
    })

    test('refuses several choices before anything is sent', async () => {
      await using service = await startService(kind)
      await assert.rejects(service.ask({ n: 2 }), { kind: 'unsupported', dispatched: false, fallback: true })
      assert.equal(service.upstream.journal.connections.length, 0)
    })

    test('keeps the cap of the attempt and of the caller, the smaller one, under both of its names', async () => {
      await using service = await startService(kind)
      const text = 'word '.repeat(200)
      service.upstream.always({ text })
      const counted = async (body: object, outputTokenCap?: number) => {
        const { usage } = await service.ask(body, { outputTokenCap })
        return usage?.outputTokens
      }
      assert.equal(await counted({ max_tokens: 20 }), 20)
      assert.equal(await counted({ max_completion_tokens: 30 }), 30)
      assert.equal(await counted({ max_tokens: 40, max_completion_tokens: 30 }, 10), 10)
      assert.equal(await counted({ max_tokens: 15 }, 40), 15)
      assert.equal(await counted({}, 25), 25)
    })

    test('says what it left out, and what it says to nobody stays unsaid', async () => {
      await using service = await startService(kind)
      const { body } = await service.ask({ logit_bias: { 1: 2 }, user: 'someone', metadata: { a: 'b' }, store: false })
      assert.deepEqual(body.aegis?.warnings, ['logit_bias is not known to this wire: left out'])
      const { warnings, chunks } = await service.stream({ logprobs: true })
      assert.deepEqual(warnings, ['logprobs is not known to this wire: left out'])
      assert.equal(chunks.find(({ aegis }) => aegis)?.choices[0]?.finish_reason, 'stop')
      assert.equal((await service.ask()).body.aegis, undefined)
    })

    test('marks the answers of a simulated provider', async () => {
      const { ref } = (await startServiceRef(kind)) ?? {}
      await using service = await startService(kind, ref ? { ref: { ...ref, simulated: true } } : {})
      assert.equal((await service.ask()).body.system_fingerprint, 'simulated')
    })
  })
}

async function startServiceRef(kind: (typeof serviceKinds)[number]) {
  await using service = await startService(kind)
  return { ref: service.provider.ref }
}
