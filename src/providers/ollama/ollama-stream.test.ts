// Proves the translation of recorded streams of a real Ollama, however the network cuts them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ollamaRecording } from '../../../test/make/ollama-recording.ts'
import { PlayedReply } from '../../../test/make/played-reply.ts'
import fc from '../../../test/make/property.ts'
import { RecordingSink } from '../../../test/make/recording-sink.ts'
import { usage } from '../../../test/make/usage.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { AnswerIdentity, OllamaReply } from './chat-reply.ts'
import { OllamaStream } from './ollama-stream.ts'

const identity: AnswerIdentity = { id: 'chatcmpl-req_1', created: 1795435200, model: 'm', simulated: false }

interface Chunk {
  readonly object: string
  readonly id: string
  readonly model: string
  readonly choices: readonly {
    readonly delta: {
      readonly role?: string
      readonly content?: string
      readonly reasoning_content?: string
      readonly tool_calls?: readonly { readonly index: number; readonly function: { readonly arguments: string } }[]
    }
    readonly finish_reason: string | null
    readonly logprobs?: { readonly content: readonly unknown[] }
  }[]
  readonly usage?: object
}

interface Options {
  readonly wantsUsage?: boolean
  readonly broken?: ProviderFailure
  readonly open?: boolean
  readonly uncertainWindow?: number
}

function play(
  chunks: readonly (string | Buffer)[],
  { wantsUsage = false, broken, open, uncertainWindow }: Options = {},
) {
  const reply = new PlayedReply()
  const sink = new RecordingSink()
  let forwarded = 0
  const onRemoteHost = () => {
    forwarded += 1
  }
  new OllamaStream({ provider: 'ollama', reply, identity, wantsUsage, onRemoteHost, uncertainWindow }).start(sink)
  reply.play(...chunks)
  if (!open) reply.end(broken)
  const [end] = sink.ends
  const events = sink.text.split('\n\n').filter(Boolean)
  for (const event of events) assert.ok(event.startsWith('data: '), event)
  const translated = events.map((event) => JSON.parse(event.slice(6)) as Chunk)
  return { sink, reply, forwarded, end, kind: end?.failure?.kind, chunks: translated }
}

const recorded = (name: string) => ollamaRecording(name, 'ndjson').body
const linesOf = (name: string) =>
  recorded(name)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as OllamaReply)
const textOf = (chunks: readonly Chunk[]) => chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
const line = (value: object) => `${JSON.stringify(value)}\n`
const said = (content: string) => line({ message: { role: 'assistant', content }, done: false })
const done = line({
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 9,
  eval_count: 5,
})

describe('a recorded stream', () => {
  for (const name of ['chat-stream', 'chat-stream-length', 'chat-stream-default', 'cloud-suffix-chat-stream']) {
    test(`${name} is the same text in as many chunks, with a role, a reason and a usage`, () => {
      const { chunks, end, forwarded, sink } = play([recorded(name)])
      const lines = linesOf(name)
      const last = lines.at(-1)
      assert.equal(textOf(chunks), lines.map(({ message }) => message?.content ?? '').join(''))
      assert.equal(chunks.length, lines.length)
      assert.deepEqual(
        chunks.map(({ choices }) => choices[0]?.delta.role),
        ['assistant', ...chunks.slice(1).map(() => undefined)],
      )
      assert.deepEqual(
        chunks.map(({ choices }) => choices[0]?.finish_reason),
        [...chunks.slice(1).map(() => null), last?.done_reason],
      )
      for (const chunk of chunks)
        assert.partialDeepStrictEqual(chunk, { id: identity.id, object: 'chat.completion.chunk', model: 'm' })
      assert.deepEqual([end?.failure, sink.ends.length], [undefined, 1])
      assert.deepEqual(end?.usage, usage(Number(last?.prompt_eval_count), Number(last?.eval_count)))
      assert.equal(end?.deliveredTokens, Buffer.byteLength(textOf(chunks)))
      assert.equal(forwarded, 0)
    })
  }

  test('comes out alike however it is cut', () => {
    const names = [
      'chat-stream',
      'chat-tools-forced-stream',
      'chat-logprobs-stream',
      'runner-killed-stream',
      'chat-repeat-abort-stream',
    ]
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.constantFrom(...names), sizes, fc.boolean(), (name, cuts, wantsUsage) => {
        const bytes = Buffer.from(recorded(name))
        const pieces: Buffer[] = []
        for (let at = 0, index = 0; at < bytes.length; index += 1) {
          const size = cuts[index % cuts.length] ?? 1
          pieces.push(bytes.subarray(at, at + size))
          at += size
        }
        const whole = play([bytes], { wantsUsage })
        const cut = play(pieces, { wantsUsage })
        assert.deepEqual(cut.sink.frameTexts, whole.sink.frameTexts)
        assert.equal(cut.kind, whole.kind)
        assert.deepEqual(cut.end?.usage, whole.end?.usage)
        assert.deepEqual([cut.sink.ends.length, cut.sink.late], [1, 0])
      }),
      { numRuns: 300 },
    )
  })

  test('ends with its usage when that was asked for', () => {
    const { chunks, sink } = play([recorded('chat-stream')], { wantsUsage: true })
    assert.deepEqual(sink.usages, [usage(14, 12)])
    assert.deepEqual(chunks.at(-1)?.choices, [])
    assert.deepEqual(chunks.at(-1)?.usage, { prompt_tokens: 14, completion_tokens: 12, total_tokens: 26 })
    assert.equal(play([recorded('chat-stream')]).sink.usages.length, 0)
  })

  test('with a tool call has it whole, and says so at the end', () => {
    const { chunks } = play([recorded('chat-tools-forced-stream')])
    const [first, second] = chunks
    assert.deepEqual(first?.choices[0]?.delta, {
      role: 'assistant',
      tool_calls: [
        {
          index: 0,
          id: 'call_7xi1rrg6',
          type: 'function',
          function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
        },
      ],
    })
    assert.deepEqual([chunks.length, second?.choices[0]?.finish_reason], [2, 'tool_calls'])
  })

  test('with log probabilities has them with their text', () => {
    const { chunks } = play([recorded('chat-logprobs-stream')])
    const lengths = chunks.map(({ choices }) => choices[0]?.logprobs?.content.length)
    assert.deepEqual(lengths, [1, 1, 1, undefined])
  })

  test('whose runner was killed is an error, and what came before it is passed on', () => {
    const { kind, chunks, reply, sink } = play([recorded('runner-killed-stream')])
    assert.equal(kind, 'in_band_error')
    assert.equal(textOf(chunks), 'The')
    assert.equal(reply.aborted, true)
    assert.equal(sink.ends.length, 1)
  })

  test('that the server gave up without a last line is not complete', () => {
    const { kind, chunks } = play([recorded('chat-repeat-abort-stream')])
    assert.equal(kind, 'truncated')
    assert.equal(chunks.length, linesOf('chat-repeat-abort-stream').length)
    assert.ok(chunks.every(({ choices }) => choices[0]?.finish_reason === null))
  })

  test('from a remote host says so once, with its first line, however it ends', () => {
    const text = recorded('cloud-stub-chat-stream')
    assert.equal(play([text]).forwarded, 1)
    assert.equal(play([text.slice(0, text.indexOf('\n') + 1)]).forwarded, 1)
    assert.equal(play([text.slice(0, text.indexOf('\n'))], { open: true }).forwarded, 0)
  })
})

describe('a stream', () => {
  test('that is cut says what was delivered, and keeps the failure of the connection', () => {
    const broken = new ProviderFailure('timeout', { provider: 'ollama', message: 'x', dispatched: true })
    const { end } = play([said('Hé'), said('llo')], { broken })
    assert.deepEqual([end?.failure, end?.deliveredTokens, end?.usage], [broken, 6, undefined])
  })

  test('is over at its last line, also when the connection stays open or breaks then', () => {
    const open = play([said('x'), done], { open: true })
    assert.deepEqual([open.end?.failure, open.end?.usage, open.sink.ends.length], [undefined, usage(9, 5), 1])
    const broken = new ProviderFailure('truncated', { provider: 'ollama', message: 'x', dispatched: true })
    assert.equal(play([said('x'), done, said('never')], { broken }).sink.text.includes('never'), false)
  })

  test('whose last line has no line end is complete', () => {
    const { end } = play([said('x'), done.trimEnd()])
    assert.deepEqual([end?.failure, end?.usage], [undefined, usage(9, 5)])
  })

  test('without any text still has a role and a reason', () => {
    const { chunks } = play([done])
    assert.deepEqual(chunks[0]?.choices, [
      { index: 0, delta: { role: 'assistant', content: '' }, finish_reason: 'stop' },
    ])
  })

  test('passes reasoning on beside the text', () => {
    const thought = line({ message: { content: '', thinking: 'hm' }, done: false })
    const { chunks, end } = play([thought, said('x'), done])
    assert.deepEqual(chunks[0]?.choices[0]?.delta, { role: 'assistant', reasoning_content: 'hm' })
    assert.equal(end?.deliveredTokens, 3)
  })

  test('counts tool calls over all of its lines', () => {
    const calls = (...names: string[]) =>
      line({
        message: { content: '', tool_calls: names.map((name) => ({ function: { name, arguments: {} } })) },
        done: false,
      })
    const { chunks } = play([calls('a', 'b'), calls('c'), done])
    const indices = chunks.flatMap(({ choices }) => (choices[0]?.delta.tool_calls ?? []).map(({ index }) => index))
    assert.deepEqual(indices, [0, 1, 2])
  })

  test('with a line that is not JSON is malformed, and nothing after it is passed on', () => {
    for (const bad of ['<html>\n', '7\n', 'null\n', '{"message":\n']) {
      const { kind, sink, reply } = play([said('x'), bad, said('never'), done])
      assert.equal(kind, 'malformed', bad)
      assert.equal(reply.aborted, true)
      assert.doesNotMatch(sink.text, /never/)
      assert.deepEqual([sink.ends.length, sink.late], [1, 0])
    }
  })

  test('without a word of the error or the prompt says that there was one', () => {
    const { end } = play([line({ error: 'CANARY' })])
    assert.equal(end?.failure?.kind, 'in_band_error')
    assert.doesNotMatch(end?.failure?.message ?? '', /CANARY/)
  })

  test('passes blank lines over', () => {
    assert.equal(textOf(play(['\n', said('x'), '\r\n', '\n\n', done]).chunks), 'x')
  })

  test('asks for a pause when its reader does', () => {
    const reply = new PlayedReply()
    const sink = new RecordingSink()
    new OllamaStream({
      ...{ provider: 'ollama', reply, identity, wantsUsage: false, onRemoteHost: () => {} },
      uncertainWindow: undefined,
    }).start(sink)
    assert.equal(reply.play(said('x')), true)
    sink.frames = () => false
    assert.equal(reply.play(said('x')), false)
    assert.equal(reply.play(said('x') + said('y').slice(0, 5)), false)
  })
})

describe('a prompt that a server cut without a word', () => {
  const lines = [
    '{"message":{"content":"Red"},"done":false}\n',
    '{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":4095,"eval_count":1}\n',
  ]

  test('ends the stream as a failure, with its usage, and without a finish reason', () => {
    const { kind, end, chunks } = play(lines, { uncertainWindow: 4096 })
    assert.equal(kind, 'context_exceeded')
    assert.deepEqual(end?.usage, usage(4095, 1))
    assert.ok(chunks.every(({ choices }) => choices[0]?.finish_reason === null))
  })

  test('is not suspected where the window was certain to hold it, or is not full', () => {
    assert.equal(play(lines).kind, undefined)
    assert.equal(play(lines, { uncertainWindow: 8192 }).kind, undefined)
  })
})
