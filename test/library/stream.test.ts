// Proves that the library's stream gives every piece, ends with the whole, and ends upstream when its reader stops.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AegisError, type LLMStreamEvent } from '../../src/index.ts'
import type { Behaviour } from '../../src/testing/index.ts'
import { patienceMs, startWorld } from './world.ts'

const prompt = 'Why is the sky blue?'
const endless: Behaviour = { chunks: Array.from({ length: 20_000 }, (_, index) => `word${index} `), chunkGapMs: 2 }
/** Where the task goes: one for each wire. */
const wires = [{ model: 'llama3.2:8b' }, { model: 'gpt-4o' }] as const

async function eventsOf(stream: AsyncIterable<LLMStreamEvent>): Promise<LLMStreamEvent[]> {
  const events: LLMStreamEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

function textOf(events: readonly LLMStreamEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('')
}

for (const wire of wires) {
  const upstreamOf = wire.model === 'gpt-4o' ? 'openai' : 'local'

  test(`a stream gives the text in pieces, then everything together [${wire.model}]`, async () => {
    await using world = await startWorld()
    world[upstreamOf].next({ thinking: 'Hm, well.', chunks: ['The ', 'sky ', 'is ', 'blue.'] })
    const events = await eventsOf(world.aegis.stream({ prompt, ...wire }))
    assert.deepEqual(
      events.filter(({ type }) => type === 'text'),
      ['The ', 'sky ', 'is ', 'blue.'].map((text) => ({ type: 'text', text })),
    )
    const last = events.at(-1)
    assert.ok(last?.type === 'done')
    assert.deepEqual([last.answer.text, last.answer.reasoning], ['The sky is blue.', 'Hm, well.'])
    assert.deepEqual([last.answer.finishReason, last.answer.usage?.inputTokens], ['stop', 5])
    assert.equal(last.answer.model, wire.model)
    assert.equal(last.answer.attempts.length, 1)
    assert.equal(events.filter(({ type }) => type === 'done').length, 1)
  })

  test(`tool calls come whole, in their order [${wire.model}]`, async () => {
    await using world = await startWorld()
    const toolCalls = [
      { name: 'get_weather', arguments: { city: 'Zürich "Stadt"' } },
      { name: 'get_time', arguments: { zone: 'CET' } },
    ]
    world[upstreamOf].next({ text: 'Let me see.', toolCalls })
    const events = await eventsOf(world.aegis.stream({ prompt, ...wire }))
    const calls = events.flatMap((event) => (event.type === 'tool_call' ? [event.toolCall] : []))
    assert.deepEqual(
      calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) })),
      toolCalls,
    )
    const last = events.at(-1)
    assert.ok(last?.type === 'done')
    assert.deepEqual(last.answer.toolCalls, calls)
    assert.equal(last.answer.finishReason, 'tool_calls')
  })

  test(`leaving the loop early closes the connection to the provider [${wire.model}]`, async () => {
    await using world = await startWorld()
    world[upstreamOf].next(endless)
    let seen = 0
    for await (const _ of world.aegis.stream({ prompt, ...wire })) {
      seen += 1
      if (seen === 3) break
    }
    const left = await world[upstreamOf].journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
    assert.equal(left.ended, 'client_closed')
    assert.ok((await world.aegis.budgets()).every(({ reserved }) => reserved === 0))
  })

  test(`an abort in mid-stream throws, and closes the connection to the provider [${wire.model}]`, async () => {
    await using world = await startWorld()
    world[upstreamOf].next(endless)
    const controller = new AbortController()
    const read = async () => {
      for await (const _ of world.aegis.stream({ prompt, ...wire, signal: controller.signal })) controller.abort()
    }
    await assert.rejects(read(), { code: 'client_closed' })
    const left = await world[upstreamOf].journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
    assert.equal(left.ended, 'client_closed')
  })

  for (const fault of [{ disconnectAfter: 3 }, { truncateAfter: 3 }, { inBandErrorAfter: 3 }]) {
    test(`a stream that breaks off throws and is never done: ${JSON.stringify(fault)} [${wire.model}]`, async () => {
      await using world = await startWorld()
      world[upstreamOf].next({ chunks: ['One ', 'two ', 'three ', 'four'], ...fault })
      const events: LLMStreamEvent[] = []
      const read = async () => {
        for await (const event of world.aegis.stream({ prompt, ...wire })) events.push(event)
      }
      await assert.rejects(read(), (error: unknown) => error instanceof AegisError && error.code === 'upstream_error')
      assert.match(textOf(events), /^One two/)
      assert.ok(events.every(({ type }) => type === 'text'))
    })
  }
}

test('a stream whose provider fails before any text is answered by the next', async () => {
  await using world = await startWorld()
  world.local.next({ inBandErrorAfter: 0 })
  const last = (await eventsOf(world.aegis.stream({ prompt }))).at(-1)
  assert.ok(last?.type === 'done')
  assert.equal(last.answer.reason, 'fallback')
  assert.deepEqual(
    last.answer.attempts.map(({ result }) => result),
    ['in_band_error', 'answered'],
  )
})

test('the cost of a stream is what the ledger charged, also when the provider reports no usage', async () => {
  await using world = await startWorld()
  for (const usage of ['present', 'absent'] as const) {
    const before = (await world.aegis.budgets()).find(({ subject }) => subject === 'openai')?.spent ?? 0
    world.openai.next({ usage })
    const last = (await eventsOf(world.aegis.stream({ prompt, model: 'gpt-4o', maxTokens: 100 }))).at(-1)
    assert.ok(last?.type === 'done')
    const after = (await world.aegis.budgets()).find(({ subject }) => subject === 'openai')?.spent ?? 0
    assert.ok(last.answer.costUsd > 0, usage)
    assert.equal(Math.round(last.answer.costUsd * 1e9), after - before, usage)
    assert.equal(last.answer.usage === undefined, usage === 'absent')
  }
})

test('a stream that nobody reads asks nobody', async () => {
  await using world = await startWorld()
  const stream = world.aegis.stream({ prompt })
  await stream.return()
  assert.equal(world.local.journal.connections.length, 0)
})

test('a stream of a hundred thousand pieces reaches a reader that takes its time', async () => {
  await using world = await startWorld()
  const count = 100_000
  world.openai.next({ chunks: Array.from({ length: count }, (_, index) => `${index} `) })
  let expected = 0
  for await (const event of world.aegis.stream({ prompt, model: 'gpt-4o' })) {
    if (event.type !== 'text') continue
    assert.equal(event.text, `${expected} `)
    expected += 1
    if (expected % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(expected, count)
})
