// Proves what is noticed in a stream that passes through as it is: its usage, its errors and its end.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PlayedReply } from '../../../test/make/played-reply.ts'
import fc from '../../../test/make/property.ts'
import { RecordingSink } from '../../../test/make/recording-sink.ts'
import { usage } from '../../../test/make/usage.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import { OpenAIStream } from './openai-stream.ts'

interface Options {
  readonly wantsUsage?: boolean
  readonly countDelivered?: boolean
  /** How the connection ends. */
  readonly broken?: ProviderFailure
  /** Leave it open. */
  readonly open?: boolean
}

/** Plays chunks of text as an upstream would send them. */
function play(chunks: readonly (string | Buffer)[], options: Options = {}) {
  const reply = new PlayedReply()
  const sink = new RecordingSink()
  const { wantsUsage = false, countDelivered = true } = options
  const stream = new OpenAIStream({ provider: 'openai', reply, wantsUsage, countDelivered })
  stream.start(sink)
  reply.play(...chunks)
  if (!options.open) reply.end(options.broken)
  const [end] = sink.ends
  return { sink, reply, end, failure: end?.failure, kind: end?.failure?.kind }
}

const event = (value: unknown, end = '\n') => `data: ${JSON.stringify(value)}${end}${end}`
const chunk = (delta: object, finish: string | null = null, more: object = {}) =>
  event({ id: 'c1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }], ...more })
const content = (text: string, more: object = {}) => chunk({ content: text }, null, more)
const finish = (more: object = {}) => chunk({}, 'stop', more)
const counts = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 }
const usageChunk = event({ id: 'c1', choices: [], usage: counts })
const DONE = 'data: [DONE]\n\n'
const opening = chunk({ role: 'assistant', content: '' })

describe('a stream', () => {
  test('passes through byte for byte, without its [DONE], and ends once', () => {
    const sent = [opening, content('Hel'), content('lo'), finish(), DONE]
    const { sink, end, reply } = play(sent)
    assert.equal(sink.text, sent.slice(0, -1).join(''))
    assert.deepEqual(end, { failure: undefined, usage: undefined, deliveredTokens: 5 })
    assert.deepEqual([sink.ends.length, sink.late, reply.aborted], [1, 0, false])
  })

  test('passes through alike however the network cuts it', () => {
    const pieces = fc.array(
      fc.constantFrom(
        opening,
        content('Hi'),
        content('é漢😀'),
        content('the "usage":{ of an "error" is [DONE]'),
        content('x', { usage: null }),
        event({ choices: [{ index: 0, delta: { content: 'crlf' }, finish_reason: null }] }, '\r\n'),
        ': keep-alive\n\n',
        'event: message\nid: 7\ndata: {"choices":[]}\n\n',
        'data: not json\n\n',
        usageChunk,
      ),
      { maxLength: 8 },
    )
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(pieces, sizes, fc.boolean(), fc.boolean(), (all, cuts, done, wantsUsage) => {
        const text = [...all, finish(), ...(done ? [DONE] : [])].join('')
        const bytes = Buffer.from(text)
        const chunks: Buffer[] = []
        for (let at = 0, index = 0; at < bytes.length; index += 1) {
          const size = cuts[index % cuts.length] ?? 1
          chunks.push(bytes.subarray(at, at + size))
          at += size
        }
        const whole = play([text], { wantsUsage })
        const cut = play(chunks, { wantsUsage })
        assert.equal(cut.sink.text, whole.sink.text)
        assert.deepEqual(cut.end, whole.end)
        assert.deepEqual([cut.failure, cut.sink.ends.length], [undefined, 1])
        const dropped = wantsUsage ? text : text.replaceAll(usageChunk, '')
        assert.equal(cut.sink.text, dropped.replaceAll(DONE, ''))
        for (const frame of cut.sink.frameTexts) assert.match(frame, /\n\r?\n$/)
      }),
      { numRuns: 1000 },
    )
  })

  test('that is paused by its reader is paused upstream, and goes on when told', () => {
    const reply = new PlayedReply()
    const sink = new RecordingSink()
    const stream = new OpenAIStream({ provider: 'openai', reply, wantsUsage: false, countDelivered: false })
    stream.start(sink)
    sink.frames = () => false
    assert.equal(reply.play(content('x')), false)
    assert.equal(reply.play('data: {"cho'), true)
    stream.resume()
    assert.equal(reply.resumed, 1)
  })

  test('is over at [DONE], also when the connection stays open or breaks then', () => {
    const over = { failure: undefined, usage: undefined, deliveredTokens: 1 }
    const { sink, end } = play([content('x'), finish(), DONE], { open: true })
    assert.deepEqual(end, over)
    const broken = new ProviderFailure('truncated', { provider: 'openai', message: 'x', dispatched: true })
    assert.deepEqual(play([content('x'), finish(), DONE], { broken }).end, over)
    assert.deepEqual([sink.ends.length, sink.late], [1, 0])
  })

  for (const [what, done] of [
    ['no blank line', 'data: [DONE]'],
    ['one line end', 'data: [DONE]\n'],
    ['no space', 'data:[DONE]\n\n'],
    ['carriage returns', 'data: [DONE]\r\n\r\n'],
    ['more blank lines', 'data: [DONE]\n\n\n\n'],
    ['a comment behind it', 'data: [DONE]\n\n: bye\n\n'],
    ['a name before it', 'event: done\ndata: [DONE]\n\n'],
  ] as const) {
    test(`whose [DONE] has ${what} is complete, and the client is not sent it`, () => {
      for (const chunks of [[content('x'), finish(), done], [content('x') + finish() + done]]) {
        const { failure, sink } = play(chunks)
        assert.equal(failure, undefined)
        assert.doesNotMatch(sink.text, /DONE/)
        assert.ok(sink.text.startsWith(content('x') + finish()))
      }
    })
  }

  test('that says nothing but [DONE] is no answer', () => {
    assert.equal(play([DONE]).kind, 'truncated')
    assert.equal(play([': ping\n\n', DONE]).kind, 'truncated')
    assert.equal(play([]).kind, 'truncated')
  })
})

describe('the end of a stream without [DONE]', () => {
  const ends: readonly (readonly [string, readonly string[]])[] = [
    ['a finish reason', [content('x'), finish()]],
    ['a finish reason in one buffer with the text', [content('x') + finish()]],
    ['a finish reason and then the usage', [content('x'), finish(), usageChunk]],
    ['a finish reason with the usage in it', [content('x'), finish({ usage: counts })]],
    ['a finish reason behind a comment', [content('x'), `: ping\n\n${finish()}`]],
    ['a finish reason and then comments', [content('x'), finish(), ': ping\n\n', ': ping\n\n']],
    ['a finish reason and then a chunk without choices', [content('x'), finish(), event({ choices: [], x: 1 })]],
    ['a finish reason and then an empty usage', [content('x'), finish(), event({ choices: [], usage: null })]],
    ['a finish reason beside a null error', [content('x'), finish({ error: null })]],
    ['a tool call', [chunk({ tool_calls: [] }, 'tool_calls')]],
  ]
  for (const [what, chunks] of ends) {
    test(`is complete after ${what}`, () => assert.equal(play(chunks).failure, undefined))
  }

  const cuts: readonly (readonly [string, readonly string[]])[] = [
    ['its text', [opening, content('x')]],
    ['an event', [opening, content('x').slice(0, -8)]],
    ['the event of the finish reason', [content('x'), finish().slice(0, -1)]],
    ['a text that speaks of a finish_reason', [content('"finish_reason":"stop"')]],
    ['an empty finish reason', [content('x'), chunk({}, null)]],
    ['comments', [content('x'), ': ping\n\n']],
  ]
  for (const [what, chunks] of cuts) {
    test(`is a cut after ${what}`, () => {
      const { kind, failure, reply, end } = play(chunks)
      assert.equal(kind, 'truncated')
      assert.equal(failure?.dispatched, true)
      assert.equal(reply.aborted, false)
      assert.equal(end?.usage, undefined)
    })
  }

  test('keeps the failure of the connection, and what was delivered before it', () => {
    const broken = new ProviderFailure('timeout', { provider: 'openai', message: 'x', dispatched: true })
    const { failure, end } = play([content('Hello')], { broken })
    assert.equal(failure, broken)
    assert.equal(end?.deliveredTokens, 5)
  })

  test('keeps a usage that came before the cut, as a bill only when it came with the finish reason or behind it', () => {
    const broken = new ProviderFailure('truncated', { provider: 'openai', message: 'x', dispatched: true })
    const early = play([content('x', { usage: counts })], { broken }).end
    assert.deepEqual([early?.usage, early?.usageSoFar], [undefined, usage(9, 5)])
    for (const last of [finish({ usage: counts }), finish() + usageChunk]) {
      const { end } = play([content('x', { usage: counts }), last], { broken })
      assert.deepEqual([end?.usage, end?.usageSoFar], [usage(9, 5), undefined])
    }
  })
})

describe('the usage of a stream', () => {
  test('that was asked for comes as a frame of its own, and every other byte with it', () => {
    const { sink, end } = play([content('x'), finish(), usageChunk, DONE], { wantsUsage: true })
    assert.equal(sink.text, content('x') + finish() + usageChunk)
    assert.deepEqual(sink.usages, [usage(9, 5)])
    assert.deepEqual(end?.usage, usage(9, 5))
  })

  test('that nobody asked for is noticed, and its chunk is not passed on', () => {
    for (const chunks of [[content('x'), finish(), usageChunk, DONE], [content('x') + finish() + usageChunk + DONE]]) {
      const { sink, end } = play(chunks)
      assert.equal(sink.text, content('x') + finish())
      assert.deepEqual(sink.usages, [])
      assert.deepEqual(end?.usage, usage(9, 5))
    }
  })

  test('that stands in the last chunk of the answer is noticed, and the chunk is passed on', () => {
    const last = finish({ usage: counts })
    const silent = play([content('x'), last, DONE])
    assert.equal(silent.sink.text, content('x') + last)
    assert.deepEqual([silent.end?.usage, silent.sink.usages], [usage(9, 5), []])
    const asked = play([content('x'), last, DONE], { wantsUsage: true })
    assert.equal(asked.sink.text, content('x') + last)
    assert.deepEqual(asked.sink.usages, [usage(9, 5)])
  })

  test('that stands in every chunk is the last one', () => {
    const running = (tokens: number) =>
      content('x', { usage: { ...counts, completion_tokens: tokens, total_tokens: 9 + tokens } })
    const { end, sink } = play([running(1), running(2), running(3), finish(), DONE])
    assert.deepEqual(end?.usage, usage(9, 3))
    assert.equal(sink.text, running(1) + running(2) + running(3) + finish())
  })

  test('null in every chunk is no usage and hides none', () => {
    const nothing = [content('x', { usage: null }), finish({ usage: null }), DONE]
    assert.equal(play(nothing).end?.usage, undefined)
    const late = [content('x', { usage: null }), finish({ usage: null }), usageChunk, DONE]
    assert.deepEqual(play(late).end?.usage, usage(9, 5))
  })

  test('that is no report is none, and its chunk is passed on', () => {
    const odd = event({ choices: [], usage: { of_tomorrow: 1 } })
    const { sink, end } = play([content('x'), finish(), odd, DONE])
    assert.equal(end?.usage, undefined)
    assert.equal(sink.text, content('x') + finish() + odd)
  })

  test('that comes after [DONE] in a later buffer is too late', () => {
    assert.equal(play([content('x'), finish(), DONE, usageChunk]).end?.usage, undefined)
  })

  test('is written with spaces by some', () => {
    const spaced = 'data: {"choices": [], "usage" : {"prompt_tokens": 9, "completion_tokens": 5}}\n\n'
    assert.deepEqual(play([content('x'), finish(), spaced, DONE]).end?.usage, usage(9, 5))
  })
})

describe('an error inside a stream', () => {
  const error = { message: 'CANARY', code: 'server_error' }
  const errors: readonly (readonly [string, string])[] = [
    ['without choices', event({ error })],
    ['beside empty choices', event({ id: 'c1', choices: [], error })],
    ['beside choices that end with an error', chunk({ content: '' }, 'error', { error })],
    ['with a name', `event: error\n${event({ error })}`],
    ['as a text', event({ error: 'CANARY' })],
    ['as an object of that kind', event({ object: 'error', message: 'CANARY', code: 400 })],
  ]
  for (const [what, sent] of errors) {
    test(`${what} is one, first or later, and is not passed on`, () => {
      for (const before of [[], [opening], [opening, content('x')], [`${opening}${content('x')}`]]) {
        const { kind, failure, sink, reply } = play([...before, sent, content('never'), finish(), DONE])
        assert.equal(kind, 'in_band_error')
        assert.equal(sink.text, before.join(''))
        assert.equal(reply.aborted, true)
        assert.deepEqual([sink.ends.length, sink.late], [1, 0])
        assert.doesNotMatch(failure?.message ?? '', /CANARY/)
        assert.equal(failure?.reply?.status, 200)
        assert.match(failure?.reply?.body.toString() ?? '', /^\{"error":.*CANARY/)
      }
    })
  }

  test('in the same buffer as text lets the text through', () => {
    const { kind, sink } = play([content('x') + event({ error }) + content('never')])
    assert.deepEqual([kind, sink.text], ['in_band_error', content('x')])
  })

  test('in the same buffer as [DONE] is still one', () => {
    assert.equal(play([opening, event({ error }) + DONE]).kind, 'in_band_error')
  })

  test('that is null, empty or absent is none', () => {
    for (const nothing of [null, '', false]) {
      const { failure, sink } = play([content('x', { error: nothing }), finish(), DONE])
      assert.equal(failure, undefined)
      assert.equal(sink.text, content('x', { error: nothing }) + finish())
    }
  })
})

describe('words inside the text', () => {
  const words = [
    '"error"',
    '"error":{"message":"x"}',
    '"usage":{"prompt_tokens":1,"completion_tokens":1}',
    'data: [DONE]',
    '[DONE]',
    '\n\ndata: [DONE]\n\n',
    '"finish_reason":"stop"',
  ]
  for (const word of words) {
    test(`${JSON.stringify(word)} are text`, () => {
      const { failure, sink, end } = play([content(word), finish(), DONE])
      assert.deepEqual([failure, end?.usage], [undefined, undefined])
      assert.equal(sink.text, content(word) + finish())
    })
  }

  test('as the names of tool arguments are text too', () => {
    const call = chunk({
      tool_calls: [{ index: 0, function: { name: 'report', arguments: '{"error":{"usage":{}}}' } }],
    })
    const { failure, sink } = play([call, finish(), DONE])
    assert.equal(failure, undefined)
    assert.equal(sink.text, call + finish())
  })
})

describe('what is delivered', () => {
  test('is counted where it must be paid for, and only there', () => {
    const sent = [
      content('Hello'),
      chunk({ tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }),
      finish(),
      DONE,
    ]
    assert.equal(play(sent).end?.deliveredTokens, 8)
    assert.equal(play(sent, { countDelivered: false }).end?.deliveredTokens, 0)
  })

  test('does not count an error as the first event', () => {
    assert.equal(play([event({ error: { message: 'x' } })]).end?.deliveredTokens, 0)
  })
})
