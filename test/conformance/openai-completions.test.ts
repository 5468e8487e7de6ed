// Proves POST /v1/completions with OpenAI's own client and with LangChain's class for it, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenAI as LangChainOpenAI } from '@langchain/openai'
import { at, post } from '../../src/testing/raw-http.ts'
import { costOf, openAIClient } from './openai-client.ts'
import { endless, patienceMs, startWire, testEachWire } from './wires.ts'

const ask = { model: 'auto', prompt: 'Why is the sky blue?', max_tokens: 100 }

testEachWire('a prompt is answered with text, usage and cost', async ({ gateway, model, lastSent }) => {
  const { data, response } = await openAIClient(gateway).completions.create(ask).withResponse()
  assert.equal(data.object, 'text_completion')
  assert.match(data.id, /^cmpl-/)
  assert.equal(data.model, model)
  assert.match(data.choices[0]?.text ?? '', /You asked about 5 words/)
  assert.deepEqual([data.choices[0]?.index, data.choices[0]?.finish_reason], [0, 'stop'])
  assert.equal(data.usage?.prompt_tokens, 5)
  assert.equal(Number(response.headers.get('x-aegis-cost-usd')), costOf(data.usage))
  assert.deepEqual(lastSent().messages, [{ role: 'user', content: ask.prompt }])
})

testEachWire('without max_tokens an answer has sixteen, as the API says', async ({ gateway, name, lastSent }) => {
  await openAIClient(gateway).completions.create({ model: 'auto', prompt: 'Hi' })
  assert.equal(at(lastSent(), name === 'openai' ? 'max_tokens' : 'options.num_predict'), 16)
})

testEachWire(
  'a stream gives the text in pieces, then a finish reason, and usage when it is asked for',
  async (wire) => {
    wire.upstream.next({ chunks: ['The ', 'sky ', 'is ', 'blue.'] })
    const client = openAIClient(wire.gateway)
    const asked = { ...ask, stream: true as const, stream_options: { include_usage: true } }
    const texts: string[] = []
    const reasons: unknown[] = []
    let inputTokens: number | undefined
    for await (const chunk of await client.completions.create(asked)) {
      assert.equal(chunk.object, 'text_completion')
      for (const choice of chunk.choices) {
        if (choice.text !== '') texts.push(choice.text)
        if (choice.finish_reason) reasons.push(choice.finish_reason)
      }
      inputTokens = chunk.usage?.prompt_tokens ?? inputTokens
    }
    assert.deepEqual(texts, ['The ', 'sky ', 'is ', 'blue.'])
    assert.deepEqual(reasons, ['stop'])
    assert.equal(inputTokens, 5)
  },
)

testEachWire('several prompts are several choices in their order, with their usage added up', async (wire) => {
  wire.upstream.always({})
  const prompts = ['One', 'One two', 'One two three', 'a b c d', 'a b c d e', 'a b c d e f']
  const { choices, usage } = await openAIClient(wire.gateway).completions.create({ ...ask, prompt: prompts })
  assert.deepEqual(
    choices.map(({ index, text }) => [index, /about (\d+) words?/.exec(text)?.[1]]),
    prompts.map((prompt, index) => [index, String(prompt.split(' ').length)]),
  )
  assert.equal(wire.upstream.journal.requests.length, prompts.length)
  let alone = 0
  for (const prompt of prompts) {
    const one = await openAIClient(wire.gateway).completions.create({ ...ask, prompt })
    alone += one.usage?.prompt_tokens ?? 0
  }
  assert.equal(usage?.prompt_tokens, alone)
})

testEachWire('one failing prompt fails the request, and what is still running is cancelled', async (wire) => {
  wire.upstream.next({ status: 400, errorBody: { error: { message: 'no', type: 'x' } } })
  const prompt = Array.from({ length: 20 }, (_, index) => `number ${index}`)
  await assert.rejects(openAIClient(wire.gateway).completions.create({ ...ask, prompt }), { status: 400 })
  assert.ok(wire.upstream.journal.requests.length < prompt.length, 'the rest was not asked')
})

test('n answers to each of several prompts are numbered through', async () => {
  await using wire = await startWire('openai')
  const reply = await openAIClient(wire.gateway).completions.create({
    ...ask,
    prompt: ['One', 'Two'],
    n: 2,
    best_of: 2,
  })
  assert.deepEqual(
    reply.choices.map(({ index }) => index),
    [0, 1, 2, 3],
  )
  assert.equal(wire.lastSent().best_of, undefined)
})

test('log probabilities are told in the older shape', async () => {
  await using wire = await startWire('openai')
  const content = [
    {
      token: 'The',
      logprob: -0.1,
      top_logprobs: [
        { token: 'The', logprob: -0.1 },
        { token: 'A', logprob: -2 },
      ],
    },
    { token: ' sky', logprob: -0.2, top_logprobs: [] },
  ]
  const message = { role: 'assistant', content: 'The sky' }
  const choices = [{ index: 0, message, logprobs: { content }, finish_reason: 'stop' }]
  const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }
  const rawBody = JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o',
    choices,
    usage,
  })
  wire.upstream.next({ rawBody, contentType: 'application/json' })
  const reply = await openAIClient(wire.gateway).completions.create({ ...ask, logprobs: 2 })
  assert.deepEqual([wire.lastSent().logprobs, wire.lastSent().top_logprobs], [true, 2])
  assert.deepEqual(reply.choices[0]?.logprobs, {
    tokens: ['The', ' sky'],
    token_logprobs: [-0.1, -0.2],
    top_logprobs: [{ The: -0.1, A: -2 }, {}],
    text_offset: [0, 3],
  })
})

testEachWire(
  'what a chat cannot say is refused by name, and nothing is sent or quoted',
  async ({ gateway, upstream }) => {
    const cases: readonly (readonly [string, object])[] = [
      ['suffix', { suffix: 'CANARY' }],
      ['echo', { echo: true }],
      ['best_of', { best_of: 3 }],
      ['logprobs', { logprobs: 6 }],
      ['prompt', { prompt: undefined }],
      ['prompt', { prompt: '' }],
      ['prompt', { prompt: [] }],
      ['prompt[0]', { prompt: [1, 2, 3] }],
      ['prompt[1]', { prompt: ['CANARY', [1, 2]] }],
      ['prompt', { prompt: ['a', 'CANARY'], stream: true }],
      ['prompt', { prompt: { text: 'CANARY' } }],
      ['temperature', { temperature: 'CANARY' }],
      ['messages', { messages: [] }],
    ]
    for (const [param, more] of cases) {
      const reply = await post(`${gateway.url}/v1/completions`, { ...ask, ...more } as never)
      assert.equal(reply.status, 400, param)
      assert.equal(at(reply.json, 'error.param'), param)
      assert.doesNotMatch(reply.text, /CANARY/)
    }
    await post(`${gateway.url}/v1/completions`, {
      ...ask,
      suffix: '',
      echo: false,
      best_of: 1,
      logprobs: null,
    } as never)
    assert.equal(upstream.journal.requests.length, 1)
  },
)

testEachWire('an abort in mid-stream closes the connection to the provider', async ({ gateway, upstream }) => {
  upstream.next(endless)
  const stream = await openAIClient(gateway).completions.create({ ...ask, max_tokens: 30_000, stream: true })
  let seen = 0
  for await (const _ of stream) {
    seen += 1
    if (seen === 5) stream.controller.abort()
  }
  const left = await upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
})

testEachWire('a stream that breaks off is an error, never a complete answer', async ({ gateway, upstream }) => {
  upstream.next({ chunks: ['One ', 'two ', 'three'], disconnectAfter: 3 })
  const read = async () => {
    for await (const _ of await openAIClient(gateway).completions.create({ ...ask, stream: true })) {
      // Read to the end.
    }
  }
  await assert.rejects(read())
})

testEachWire(
  "LangChain's class for completions answers one prompt, several and a stream",
  async ({ gateway, upstream }) => {
    const configuration = { baseURL: `${gateway.url}/v1` }
    const model = new LangChainOpenAI({ model: 'auto', apiKey: 'any', maxRetries: 0, configuration })
    assert.match(await model.invoke('Why is the sky blue?'), /You asked about 5 words/)
    const { generations } = await model.generate(['One', 'One two'])
    assert.match(generations[1]?.[0]?.text ?? '', /about 2 words/)
    upstream.next({ chunks: ['One ', 'two.'] })
    const pieces: string[] = []
    for await (const piece of await model.stream('Go on.')) if (piece !== '') pieces.push(piece)
    assert.deepEqual(pieces, ['One ', 'two.'])
  },
)
