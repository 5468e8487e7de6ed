// Proves that a stream arrives as it was sent, ends honestly, and that leaving it frees the upstream and is paid for.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerText, events } from './client.ts'
import { critical, question, startWorld, until } from './world.ts'

const frame = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', vendor: { kept: 1.0e2 }, choices: [{ index: 0, delta, finish_reason: finish }] })}`
const usage = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}'
const frames = [
  frame({ role: 'assistant', content: '' }),
  ': a comment',
  frame({ content: 'the word "usage" and "error" and [DONE]' }),
  frame({ content: ' ü🙂' }),
  frame({}, 'stop'),
]

describe('a stream of the same wire', () => {
  for (const [name, blank] of [
    ['LF', '\n\n'],
    ['CRLF', '\r\n\r\n'],
  ] as const) {
    test(`arrives byte for byte with ${name} line ends, but for the usage frame that nobody asked for`, async () => {
      await using world = await startWorld()
      world.openai.always({ rawFrames: [...frames, usage, 'data: [DONE]'].map((one) => one + blank) })
      const reply = await world.chat(critical({ stream: true }))
      assert.equal(reply.text, `${frames.map((one) => one + blank).join('')}data: [DONE]\n\n`)
    })
  }

  test('arrives whole when it comes in pieces that cut its events and its characters', async () => {
    await using world = await startWorld()
    const text = `${[...frames, usage, 'data: [DONE]'].join('\n\n')}\n\n`
    const bytes = Buffer.from(text)
    const pieces: Buffer[] = []
    for (let at = 0; at < bytes.length; at += 7) pieces.push(bytes.subarray(at, at + 7))
    world.openai.always({ rawFrames: pieces })
    const reply = await world.chat(critical({ stream: true }))
    assert.equal(reply.text, `${frames.join('\n\n')}\n\ndata: [DONE]\n\n`)
  })

  test('carries the cost in its usage frame when the caller asked for one', async () => {
    await using world = await startWorld({ limits: { openai: 10 } })
    world.openai.always({ rawFrames: [...frames, usage, 'data: [DONE]'].map((one) => `${one}\n\n`) })
    const reply = await world.chat(critical({ stream: true, stream_options: { include_usage: true } }))
    const last = JSON.parse(events(reply.text).at(-2) ?? '') as { usage: { cost: number; prompt_tokens: number } }
    assert.deepEqual([last.usage.prompt_tokens, last.usage.cost], [10, 0.000055])
    assert.equal((await world.budget('openai')).spent, 55_000)
  })

  test('is complete without [DONE] when it has a finish reason', async () => {
    await using world = await startWorld()
    world.openai.always({ rawFrames: frames.map((one) => `${one}\n\n`) })
    assert.match((await world.chat(critical({ stream: true }))).text, /\[DONE\]\n\n$/)
  })

  test('that dies after its first output ends with one error event, without [DONE], and nobody else is asked', async () => {
    await using world = await startWorld()
    world.openai.always({ chunks: ['one ', 'two ', 'three'], disconnectAfter: 3 })
    const reply = await world.chat(critical({ stream: true }))
    assert.match(reply.text, /one/)
    assert.equal(events(reply.text).filter((data) => data.startsWith('{"error"')).length, 1)
    assert.doesNotMatch(reply.text, /\[DONE\]/)
    assert.equal(world.ollama_cloud.journal.requests.length + world.local_ollama.journal.requests.length, 0)
  })

  test('whose first event is an error, or that dies after its preamble, is answered by the next', async () => {
    await using world = await startWorld()
    world.openai.next({ inBandErrorAfter: 0 }, { chunks: ['one'], disconnectAfter: 1 })
    for (let round = 0; round < 2; round += 1) {
      const reply = await world.chat(critical({ stream: true }))
      assert.equal(reply.headers['x-aegis-provider'], 'ollama_cloud')
      assert.match(reply.text, /\[DONE\]/)
    }
  })
})

describe('an answer of Ollama', () => {
  test('that stops without its last line is an error and not a complete answer', async () => {
    await using world = await startWorld()
    world.local_ollama.always({ chunks: ['one ', 'two'], truncateAfter: 2 })
    const reply = await world.chat(question({ stream: true }))
    assert.match(reply.text, /data: \{"error"/)
    assert.doesNotMatch(reply.text, /\[DONE\]/)
  })
})

describe('a client that leaves', () => {
  const stages = {
    'before the headers': { hang: 'before_headers' },
    'before the first token': { hang: 'after_headers' },
    'in the middle of the answer': { chunks: ['one ', 'two ', 'three'], hang: 'mid_stream' },
  } as const
  for (const [stage, behaviour] of Object.entries(stages)) {
    test(`${stage} closes the upstream, pays for the input, and leaves nothing reserved`, async () => {
      await using world = await startWorld({ limits: { openai: 10 } })
      world.openai.always(behaviour)
      const running = world.open(critical({ stream: true, max_tokens: 100 }))
      running.reply.catch(() => undefined)
      if (stage.startsWith('in the middle')) await running.response
      await world.openai.journal.waitFor(() => true, 60_000)
      running.leave()
      await world.openai.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
      await until(async () => (await world.budget('openai')).reserved === 0, 'the settlement')
      assert.ok((await world.budget('openai')).spent > 0)
    })
  }

  test('frees its place: a pool of two is left twice, and the third is answered', async () => {
    await using world = await startWorld({ providers: { openai: { max_connections: 2 } } })
    world.openai.next({ hang: 'before_headers' }, { hang: 'before_headers' })
    for (let left = 1; left <= 2; left += 1) {
      const running = world.open(critical({ stream: true }))
      running.reply.catch(() => undefined)
      await until(() => world.openai.journal.requests.length === left, 'the request at the upstream')
      running.leave()
    }
    const reply = await world.chat(critical({ stream: true }))
    assert.equal(reply.headers['x-aegis-provider'], 'openai')
  })
})

describe('many streams at once', () => {
  test('get only their own words', async () => {
    await using world = await startWorld()
    const words = Array.from({ length: 64 }, (_, index) => `w${index}`)
    world.openai.next(...words.map((word) => ({ chunks: [`${word} `, `${word} `, word], chunkGapMs: 2 })))
    const replies = await Promise.all(words.map(() => world.chat(critical({ stream: true }))))
    const texts = replies.map((reply) => answerText(reply))
    for (const text of texts) assert.match(text, /^(w\d+) \1 \1$/)
    assert.equal(new Set(texts).size, 64)
  })
})
