// Proves that tools work through the gateway as OpenAI's own client and its helpers expect, on both wires.
import assert from 'node:assert/strict'
import type OpenAI from 'openai'
import { at } from '../../src/testing/raw-http.ts'
import { ask, messages, openAIClient, weather } from './openai-client.ts'
import { testEachWire } from './wires.ts'

const tools = [weather]
const twoCalls = {
  toolCalls: [
    { name: 'get_weather', arguments: { city: 'Bern', days: 2 } },
    { name: 'get_weather', arguments: { city: 'Zürich "Stadt"', days: 3 } },
  ],
}

function callsOf(message: OpenAI.ChatCompletionMessage | undefined) {
  return (message?.tool_calls ?? []).map((call) => {
    assert.equal(call.type, 'function')
    return { id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown }
  })
}

testEachWire('a tool is called with arguments that are JSON', async ({ gateway, lastSent }) => {
  const reply = await openAIClient(gateway).chat.completions.create({ ...ask, tools })
  const [call] = callsOf(reply.choices[0]?.message)
  assert.deepEqual(
    { name: call?.name, arguments: call?.arguments },
    { name: 'get_weather', arguments: { city: 'simulated', days: 1 } },
  )
  assert.equal(reply.choices[0]?.finish_reason, 'tool_calls')
  assert.equal(reply.choices[0]?.message.content, null)
  assert.deepEqual(lastSent().tools, tools)
})

testEachWire('parallel tool calls have ids of their own', async ({ gateway, upstream }) => {
  upstream.next(twoCalls)
  const reply = await openAIClient(gateway).chat.completions.create({ ...ask, tools })
  const calls = callsOf(reply.choices[0]?.message)
  assert.deepEqual(
    calls.map((call) => call.arguments),
    twoCalls.toolCalls.map((call) => call.arguments),
  )
  assert.equal(new Set(calls.map(({ id }) => id)).size, 2)
})

testEachWire('streamed parallel tool calls keep their indices, and their arguments add up to JSON', async (wire) => {
  wire.upstream.next(twoCalls)
  const stream = await openAIClient(wire.gateway).chat.completions.create({ ...ask, tools, stream: true })
  const calls = new Map<number, { id: string; name: string; arguments: string }>()
  let finish: string | null | undefined
  for await (const chunk of stream) {
    finish = chunk.choices[0]?.finish_reason ?? finish
    for (const delta of chunk.choices[0]?.delta.tool_calls ?? []) {
      const call = calls.get(delta.index) ?? { id: '', name: '', arguments: '' }
      call.id += delta.id ?? ''
      call.name += delta.function?.name ?? ''
      call.arguments += delta.function?.arguments ?? ''
      calls.set(delta.index, call)
    }
  }
  assert.deepEqual([...calls.keys()], [0, 1])
  assert.deepEqual(
    [...calls.values()].map((call) => [call.name, JSON.parse(call.arguments)]),
    twoCalls.toolCalls.map((call) => [call.name, call.arguments]),
  )
  assert.notEqual(calls.get(0)?.id, calls.get(1)?.id)
  assert.equal(finish, 'tool_calls')
})

testEachWire('the helper .stream() puts streamed tool calls together', async ({ gateway, upstream }) => {
  upstream.next({ text: 'Let me see.', ...twoCalls })
  const stream = openAIClient(gateway).chat.completions.stream({ ...ask, tools })
  const completion = await stream.finalChatCompletion()
  assert.equal(completion.choices[0]?.message.content, 'Let me see.')
  const called = completion.choices[0]?.message.tool_calls?.map((call) =>
    call.type === 'function' ? (JSON.parse(call.function.arguments) as unknown) : undefined,
  )
  assert.deepEqual(
    called,
    twoCalls.toolCalls.map((call) => call.arguments),
  )
})

testEachWire(
  'the results of tools go back to the model with their calls',
  async ({ gateway, name, upstream, lastSent }) => {
    const client = openAIClient(gateway)
    upstream.next(twoCalls, { text: 'Sunny in both.' })
    const first = await client.chat.completions.create({ ...ask, tools })
    const asked = first.choices[0]?.message
    assert.ok(asked)
    const results = callsOf(asked).map(({ id }, index) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: index === 0 ? '20 degrees' : [{ type: 'text' as const, text: '25 degrees' }],
    }))
    const second = await client.chat.completions.create({ ...ask, tools, messages: [...messages, asked, ...results] })
    assert.equal(second.choices[0]?.message.content, 'Sunny in both.')
    const sent = lastSent()
    assert.equal(at(sent, 'messages.2.content'), '20 degrees')
    assert.equal(at(sent, 'messages.2.tool_call_id'), results[0]?.tool_call_id)
    if (name === 'openai') {
      assert.equal(at(sent, 'messages.1.tool_calls.1.function.arguments'), '{"city":"Zürich \\"Stadt\\"","days":3}')
    } else {
      assert.deepEqual(at(sent, 'messages.1.tool_calls.1.function.arguments'), { city: 'Zürich "Stadt"', days: 3 })
      assert.equal(at(sent, 'messages.2.tool_name'), 'get_weather')
      assert.equal(at(sent, 'messages.3.content'), '25 degrees')
    }
  },
)

for (const stream of [false, true]) {
  testEachWire(
    `the helper .runTools() comes to its end${stream ? ', streaming' : ''}`,
    async ({ gateway, upstream }) => {
      upstream.next({ toolCalls: [{ name: 'get_weather', arguments: { city: 'Bern', days: 1 } }] }, { text: 'Sunny.' })
      const cities: string[] = []
      const tool = {
        type: 'function' as const,
        function: {
          ...weather.function,
          description: 'The weather of the next days',
          parse: (text: string) => JSON.parse(text) as { city: string },
          function: ({ city }: { city: string }) => {
            cities.push(city)
            return 'sunny'
          },
        },
      }
      const { completions } = openAIClient(gateway).chat
      const runner = stream
        ? completions.runTools({ ...ask, stream: true, tools: [tool] })
        : completions.runTools({ ...ask, tools: [tool] })
      assert.equal(await runner.finalContent(), 'Sunny.')
      assert.deepEqual(cities, ['Bern'])
    },
  )
}

testEachWire(
  'tool_choice "none" calls no tool, and a named tool is the only one offered',
  async ({ gateway, name, lastSent }) => {
    const client = openAIClient(gateway)
    const other = { type: 'function' as const, function: { ...weather.function, name: 'get_time' } }
    const none = await client.chat.completions.create({ ...ask, tools, tool_choice: 'none' })
    assert.equal(none.choices[0]?.finish_reason, 'stop')
    const tool_choice = { type: 'function' as const, function: { name: 'get_time' } }
    const named = await client.chat.completions.create({ ...ask, tools: [weather, other], tool_choice })
    assert.equal(callsOf(named.choices[0]?.message)[0]?.name, 'get_time')
    if (name === 'openai') assert.deepEqual(lastSent().tool_choice, tool_choice)
    else assert.deepEqual(lastSent().tools, [other])
  },
)
