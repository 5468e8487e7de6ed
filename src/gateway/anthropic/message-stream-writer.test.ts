// Proves what Anthropic's events are made of OpenAI's chunks, when a ping is sent, and how a stream ends.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import type { FrameSink, StreamEnd } from '../../domain/completion.ts'
import { nanoUsd } from '../../domain/money.ts'
import { type FailureKind, ProviderFailure } from '../../domain/provider-failure.ts'
import type { SettledCompletionStream } from '../../proxy/answer.ts'
import type { HttpReply } from '../http/http-exchange.ts'
import { MessageStreamWriter } from './message-stream-writer.ts'

// No timer is real, so that a test that fails keeps nothing waiting.
beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }))
afterEach(() => mock.timers.reset())

/** A reply that keeps what is written, and a stream that is driven by hand. */
class World {
  text = ''
  ending: 'end' | 'close' | 'destroyed' | undefined
  flowing = true
  closed = false
  needsDrain = false
  resumed = 0
  #sink: FrameSink | undefined
  #drained: (() => void) | undefined

  constructor(wire?: 'anthropic') {
    const stream: SettledCompletionStream = {
      ...{ kind: 'stream', wire, cost: nanoUsd(1_500) },
      start: (sink) => {
        this.#sink = sink
      },
      resume: () => {
        this.resumed += 1
      },
    }
    new MessageStreamWriter(this.#reply(), stream, { requestId: 'req_7', model: 'm' }).run()
  }

  chunk(delta: object, finish: string | null = null, more: object = {}): boolean | undefined {
    const chunk = { ...more, choices: [{ index: 0, delta, finish_reason: finish }] }
    return this.frames(`data: ${JSON.stringify(chunk)}\n\n`)
  }

  frames(text: string): boolean | undefined {
    return this.#sink?.frames(Buffer.from(text))
  }

  end(more: Partial<StreamEnd> = {}): void {
    this.#sink?.end({ failure: undefined, usage: undefined, deliveredTokens: 0, ...more })
  }

  drain(): void {
    this.#drained?.()
  }

  /** The events so far but for the opening: `type` and what belongs to it. */
  get events(): readonly Record<string, unknown>[] {
    const all = this.text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []))
    return (all as Record<string, unknown>[]).slice(2)
  }

  #reply(): HttpReply {
    const world = this
    const take = (bytes: Buffer, ending?: World['ending']) => {
      world.text += bytes.toString()
      world.ending = ending ?? world.ending
    }
    return {
      started: true,
      get closed() {
        return world.closed
      },
      get needsDrain() {
        return world.needsDrain
      },
      lastOfConnection: false,
      send: () => assert.fail('a stream was sent whole'),
      start: () => {},
      write: (bytes) => {
        take(bytes)
        return world.flowing
      },
      end: (bytes) => take(bytes, 'end'),
      endAndClose: (bytes) => take(bytes, 'close'),
      destroy: () => {
        world.ending = 'destroyed'
      },
      onDrain: (listener) => {
        world.#drained = listener
      },
      onOver: () => {},
    }
  }
}

const usage = { inputTokens: 30, outputTokens: 5, cachedInputTokens: 20, cacheWriteTokens: 4, reasoningTokens: 0 }
const start = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block })
const delta = (index: number, one: object) => ({ type: 'content_block_delta', index, delta: one })
const stop = (index: number) => ({ type: 'content_block_stop', index })

function failure(kind: FailureKind): ProviderFailure {
  return new ProviderFailure(kind, { provider: 'p', message: 'p stopped.', dispatched: true })
}

describe('the events of an answer', () => {
  test('are an opening, blocks one after the other, and a closing with usage and cost', () => {
    const world = new World()
    world.chunk({ role: 'assistant', content: '' })
    world.chunk({ content: 'Hel' })
    world.chunk({ content: 'lo' })
    world.chunk({}, 'stop')
    world.end({ usage })
    assert.ok(world.text.startsWith('event: message_start\ndata: {"type":"message_start","message":{"id":"msg_7",'))
    const counts = { input_tokens: 6, cache_creation_input_tokens: 4, cache_read_input_tokens: 20, output_tokens: 5 }
    assert.deepEqual(world.events, [
      start(0, { type: 'text', text: '' }),
      delta(0, { type: 'text_delta', text: 'Hel' }),
      delta(0, { type: 'text_delta', text: 'lo' }),
      stop(0),
      {
        ...{ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null } },
        usage: { ...counts, cost: 0.0000015 },
      },
      { type: 'message_stop' },
    ])
    assert.equal(world.ending, 'end')
  })

  test('sign a thought when its block comes, and show a sealed one whole', () => {
    const world = new World()
    world.chunk({ reasoning_content: 'Hm.' })
    world.chunk({ thinking_blocks: [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }] })
    world.chunk({ thinking_blocks: [{ type: 'redacted_thinking', data: 'eA==' }] })
    world.chunk({ thinking_blocks: [{ type: 'thinking', thinking: 'Unseen.', signature: 'c2ln' }] })
    world.chunk({ content: 'Yes.' })
    const before = world.events
    world.end()
    const thinking = { type: 'thinking', thinking: '', signature: '' }
    assert.deepEqual(before, [
      start(0, thinking),
      delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      delta(0, { type: 'signature_delta', signature: 'c2ln' }),
      stop(0),
      start(1, { type: 'redacted_thinking', data: 'eA==' }),
      stop(1),
      start(2, thinking),
      delta(2, { type: 'thinking_delta', thinking: 'Unseen.' }),
      delta(2, { type: 'signature_delta', signature: 'c2ln' }),
      stop(2),
      start(3, { type: 'text', text: '' }),
      delta(3, { type: 'text_delta', text: 'Yes.' }),
    ])
  })

  test('give every call a block of its own, and its arguments in the pieces in which they come', () => {
    const world = new World()
    const call = (index: number, id: string | undefined, name: string | undefined, json: string) =>
      world.chunk({ tool_calls: [{ index, id, function: { name, arguments: json } }] })
    world.chunk({ content: 'Let me see.' })
    call(0, 'a', 'f', '')
    call(0, undefined, undefined, '{"x"')
    call(0, undefined, undefined, ':1}')
    call(1, 'b', 'g', '{}')
    world.chunk({}, 'tool_calls')
    world.end()
    const use = (id: string, name: string) => ({ type: 'tool_use', id, name, input: {} })
    assert.deepEqual(world.events.slice(3, 10), [
      start(1, use('a', 'f')),
      delta(1, { type: 'input_json_delta', partial_json: '{"x"' }),
      delta(1, { type: 'input_json_delta', partial_json: ':1}' }),
      stop(1),
      start(2, use('b', 'g')),
      delta(2, { type: 'input_json_delta', partial_json: '{}' }),
      stop(2),
    ])
    assert.partialDeepStrictEqual(world.events.at(-2), { delta: { stop_reason: 'tool_use' } })
  })

  const reasons: readonly (readonly [string, object, string])[] = [
    ['length', {}, 'max_tokens'],
    ['content_filter', {}, 'refusal'],
    ['stop', { refusal: 'I will not.' }, 'refusal'],
  ]
  for (const [finish, more, expected] of reasons) {
    test(`say ${expected} for ${finish}${'refusal' in more ? ' of a refusal' : ''}`, () => {
      const world = new World()
      world.chunk({ content: 'x', ...more })
      world.chunk({}, finish)
      world.end()
      assert.partialDeepStrictEqual(world.events.at(-2), { delta: { stop_reason: expected } })
    })
  }

  test('hold what the adapter says of the request, and nothing of other choices', () => {
    const world = new World()
    world.frames('data: {"choices":[{"index":1,"delta":{"content":"other"}}]}\n\ndata: not json\n\n: comment\n\n')
    world.chunk({ content: 'x' }, 'stop', { aegis: { warnings: ['seed is left out'] } })
    world.end()
    assert.ok(!world.text.includes('other'))
    assert.deepEqual(world.events.at(-2)?.aegis, { warnings: ['seed is left out'] })
  })
})

describe('a client that does not read', () => {
  test('pauses the stream until it does', () => {
    const world = new World()
    world.flowing = false
    assert.equal(world.chunk({ content: 'x' }), false)
    world.drain()
    assert.equal(world.resumed, 1)
    world.end()
  })
})

describe('silence', () => {
  test('is broken by a ping every fifteen seconds, until the end', () => {
    const world = new World()
    const pings = () => world.text.split('event: ping').length - 1
    assert.equal(pings(), 1, 'one belongs to the opening')
    world.chunk({ content: 'x' })
    mock.timers.tick(15_000)
    assert.equal(pings(), 1, 'there was no silence')
    mock.timers.tick(30_000)
    assert.equal(pings(), 3)
    world.end()
    mock.timers.tick(60_000)
    assert.equal(pings(), 3)
  })
})

describe('a stream that breaks off', () => {
  const kinds: readonly (readonly [FailureKind, string])[] = [
    ['truncated', 'api_error'],
    ['timeout', 'timeout_error'],
    ['overloaded', 'overloaded_error'],
    ['rate_limited', 'rate_limit_error'],
  ]
  for (const [kind, type] of kinds) {
    test(`as ${kind} ends with an error of type ${type}, then the connection, and no message_stop`, () => {
      const world = new World()
      world.chunk({ content: 'x' })
      world.end({ failure: failure(kind) })
      const last = world.events.at(-1)
      assert.partialDeepStrictEqual(last, { type: 'error', error: { type }, request_id: 'req_7' })
      assert.ok(!world.text.includes('message_stop') && !world.text.includes('message_delta'))
      assert.equal(world.ending, 'close')
    })
  }

  test('because its client left, or will not read, is dropped without a word', () => {
    const gone = new World()
    gone.end({ failure: failure('cancelled') })
    assert.equal(gone.ending, 'destroyed')
    const deaf = new World()
    deaf.needsDrain = true
    deaf.end({ failure: failure('timeout') })
    assert.equal(deaf.ending, 'destroyed')
    const closed = new World()
    closed.closed = true
    closed.end()
    assert.equal(closed.ending, undefined)
  })
})

test('a stream of Anthropic’s own wire is written as it comes, with nothing before, within or behind', () => {
  const world = new World('anthropic')
  world.frames('event: x\ndata: {"choices":[{"delta":{"content":"y"}}]}\n\n')
  world.end()
  assert.equal(world.text, 'event: x\ndata: {"choices":[{"delta":{"content":"y"}}]}\n\n')
  assert.equal(world.ending, 'end')
})
