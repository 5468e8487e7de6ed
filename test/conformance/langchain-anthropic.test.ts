// Proves that LangChain's ChatAnthropic, unmodified, works with the gateway as its Anthropic, whatever wire answers.
import assert from 'node:assert/strict'
import { ChatAnthropic } from '@langchain/anthropic'
import { AIMessage, HumanMessage, SystemMessage, type ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { z } from 'zod'
import { at } from '../../src/testing/raw-http.ts'
import { type MessageWire, testEachMessageWire } from './anthropic-wires.ts'
import { endless, patienceMs } from './wires.ts'

function chat({ gateway, name, model }: MessageWire, more: object = {}): ChatAnthropic {
  const named = name === 'ollama' ? 'qwen3:8b' : model
  return new ChatAnthropic({
    model: named,
    anthropicApiKey: 'any',
    anthropicApiUrl: gateway.url,
    maxRetries: 0,
    maxTokens: 4096,
    streamUsage: true,
    ...more,
  })
}

const getWeather = tool(({ city }) => `The sun shines in ${city}.`, {
  name: 'get_weather',
  description: 'The weather of a city.',
  schema: z.object({ city: z.string() }),
})

interface TokenCounts {
  readonly input_tokens?: number
  readonly output_tokens?: number
  readonly total_tokens?: number
}

function usageOf({ usage_metadata: usage }: { readonly usage_metadata?: unknown }): TokenCounts {
  return (usage ?? {}) as TokenCounts
}

testEachMessageWire('invoke gives text and usage', async (wire) => {
  wire.upstream.next({ text: 'Because of Rayleigh scattering.' })
  const reply = await chat(wire).invoke([new SystemMessage('Be brief.'), new HumanMessage('Why is the sky blue?')])
  assert.equal(reply.text, 'Because of Rayleigh scattering.')
  assert.equal(reply.response_metadata.stop_reason, 'end_turn')
  const { input_tokens: input = 0, output_tokens: output = 0, total_tokens: total } = usageOf(reply)
  assert.ok(input > 0 && output > 0)
  assert.equal(total, input + output)
})

testEachMessageWire('stream gives the text in its pieces, and the usage', async (wire) => {
  wire.upstream.next({ chunks: ['The ', 'sky ', 'is ', 'blue.'] })
  const pieces: string[] = []
  let tokens = 0
  for await (const chunk of await chat(wire).stream('Why is the sky blue?')) {
    if (chunk.text !== '') pieces.push(chunk.text)
    tokens += usageOf(chunk).output_tokens ?? 0
  }
  assert.deepEqual(pieces, ['The ', 'sky ', 'is ', 'blue.'])
  assert.ok(tokens > 0)
})

for (const streaming of [false, true]) {
  const how = streaming ? ', streaming' : ''
  testEachMessageWire(`tools are called, answered and called again${how}`, async (wire) => {
    wire.upstream.next(
      { toolCalls: ['Bern', 'Basel'].map((city) => ({ name: 'get_weather', arguments: { city } })) },
      { text: 'Sunny in both.' },
    )
    const model = chat(wire, { streaming }).bindTools([getWeather])
    const question = new HumanMessage('Where does the sun shine?')
    const asked = await model.invoke([question])
    const calls = asked.tool_calls ?? []
    assert.deepEqual(
      calls.map(({ name, args }) => [name, args]),
      [
        ['get_weather', { city: 'Bern' }],
        ['get_weather', { city: 'Basel' }],
      ],
    )
    const results: ToolMessage[] = []
    for (const call of calls) results.push((await getWeather.invoke({ ...call, type: 'tool_call' })) as ToolMessage)
    const reply = await model.invoke([question, asked, ...results])
    assert.equal(reply.text, 'Sunny in both.')
    const sent = JSON.stringify(wire.lastSent())
    for (const city of ['Bern', 'Basel']) assert.ok(sent.includes(`The sun shines in ${city}.`))
  })
}

testEachMessageWire('structured output is an object of the schema', async (wire) => {
  const shape = z.object({ city: z.string(), warm: z.boolean() })
  const answer = await chat(wire).withStructuredOutput(shape, { name: 'weather' }).invoke('How warm is it?')
  assert.deepEqual(shape.parse(answer), answer)
})

testEachMessageWire('thinking goes back to the model in the next turn', async (wire) => {
  wire.upstream.next({ thinking: 'Hm, well.', text: 'Blue.' }, { text: 'Yes.' })
  const model = chat(wire, { thinking: { type: 'enabled', budget_tokens: 1024 } })
  const first = await model.invoke('Which colour?')
  assert.equal(at(JSON.parse(JSON.stringify(first.content)), '0.thinking'), 'Hm, well.')
  const second = await model.invoke([new HumanMessage('Which colour?'), first, new HumanMessage('Sure?')])
  assert.equal(second.text, 'Yes.')
  const sent = JSON.stringify(wire.lastSent())
  // OpenAI's servers refuse the thoughts of earlier turns; the others are given them.
  assert.equal(sent.includes('Hm, well.'), wire.name !== 'openai')
})

testEachMessageWire('an abort reaches the provider', async (wire) => {
  wire.upstream.next(endless)
  const controller = new AbortController()
  const read = async () => {
    let seen = 0
    for await (const _ of await chat(wire).stream('Go on.', { signal: controller.signal })) {
      seen += 1
      if (seen === 5) controller.abort()
    }
  }
  await read().catch((error: Error) => assert.match(error.name + error.message, /abort/i))
  const left = await wire.upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
})

testEachMessageWire('an error keeps its status, and what asking again cannot mend is asked once', async (wire) => {
  const words = 'nobody may ask this'
  const bodies = {
    openai: { error: { message: words, type: 'invalid_request_error' } },
    ollama: { error: words },
    anthropic: { type: 'error', error: { type: 'invalid_request_error', message: words } },
  }
  wire.upstream.always({ status: 400, errorBody: bodies[wire.name] })
  const asked = chat(wire, { maxRetries: 2 }).invoke([
    new HumanMessage('Hi'),
    new AIMessage('Yes?'),
    new HumanMessage('Go'),
  ])
  await assert.rejects(asked, (error: { status?: number; message: string }) => {
    assert.equal(error.status, 400)
    assert.ok(error.message.includes(words))
    return true
  })
  assert.equal(wire.upstream.journal.requests.filter(({ method }) => method === 'POST').length, 1)
})
