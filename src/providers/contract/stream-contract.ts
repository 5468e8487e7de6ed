// Owns what every provider must do with a stream: whole or broken, with and without a usage.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cancellation } from '../../domain/cancellation.ts'
import type { Behaviour } from '../../testing/index.ts'
import {
  type CollectedStream,
  chatOf,
  failureOf,
  type ProviderSubject,
  type ProviderWorld,
  stream,
  textOf,
} from './provider-world.ts'

const asked = { stream_options: { include_usage: true } }
const chunks = ['Hello ', 'there', '.']

export function streamContract({ start, sameWire, hasTools, asksForUsage }: ProviderSubject): void {
  const proving = (sentence: string, prove: (world: ProviderWorld) => Promise<void>) =>
    test(sentence, async () => {
      await using world = await start()
      await prove(world)
    })
  const finish = ({ chunks: all }: CollectedStream) => all.map(({ choices }) => choices[0]?.finish_reason).find(Boolean)

  proving('a stream is a role, the text in its pieces and a finish, and ends once', async (world) => {
    world.upstream.next({ chunks })
    const seen = await stream(world)
    assert.equal(seen.chunks[0]?.choices[0]?.delta?.role, 'assistant')
    assert.deepEqual(seen.chunks.map(({ choices }) => choices[0]?.delta?.content).filter(Boolean), chunks)
    assert.equal(finish(seen), 'stop')
    assert.equal(seen.end.failure, undefined)
    assert.ok(!seen.text.includes('[DONE]'), 'whoever serves the stream ends it')
  })

  proving('the usage is known whether the caller asked for it or not, and shown only if so', async (world) => {
    world.upstream.always({ chunks })
    const quiet = await stream(world)
    assert.ok((quiet.end.usage?.inputTokens ?? 0) > 0)
    assert.deepEqual(quiet.shownUsages, [])
    assert.ok(!quiet.chunks.some(({ usage, choices }) => usage && choices.length === 0))
    const loud = await stream(world, asked)
    assert.deepEqual(loud.shownUsages.at(-1), loud.end.usage)
    assert.equal(loud.chunks.filter(({ usage }) => usage).length, 1)
  })

  proving('a usage that does not come is not known', async (world) => {
    world.upstream.next({ chunks, usage: 'absent' })
    const { end } = await stream(world, asked)
    assert.deepEqual([end.usage, end.failure], [undefined, undefined])
    assert.ok(end.deliveredTokens >= 3, 'what was delivered is counted for it')
  })

  proving('a usage of zeros is what the server said', async (world) => {
    world.upstream.next({ chunks, usage: 'zero' })
    const { end } = await stream(world, asked)
    assert.ok(end.usage === undefined || end.usage.inputTokens === 0)
    assert.equal(end.failure, undefined)
  })

  for (const usage of ['present', 'late', 'inline'] as const) {
    proving(`a usage that is ${usage} is read to the end of the stream`, async (world) => {
      world.upstream.next({ chunks, usage })
      const seen = await stream(world, asked)
      assert.ok((seen.end.usage?.outputTokens ?? 0) > 0)
      assert.equal(textOf(seen), chunks.join(''))
    })
  }

  if (hasTools) {
    proving('parallel tool calls are streamed with an index each, and their arguments add up', async (world) => {
      const toolCalls = ['Bern', 'Oslo'].map((city) => ({ name: 'weather', arguments: { city, days: [1, 2, 3] } }))
      world.upstream.next({ toolCalls })
      const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }]
      const seen = await stream(world, { tools })
      const calls = new Map<number, { name: string; arguments: string; ids: Set<string> }>()
      for (const call of seen.chunks.flatMap(({ choices }) => choices[0]?.delta?.tool_calls ?? [])) {
        const known = calls.get(call.index) ?? { name: '', arguments: '', ids: new Set() }
        known.name += call.function?.name ?? ''
        known.arguments += call.function?.arguments ?? ''
        if (call.id) known.ids.add(call.id)
        calls.set(call.index, known)
      }
      assert.deepEqual(
        [...calls].map(([index, call]) => [index, call.name, JSON.parse(call.arguments), call.ids.size]),
        [
          [0, 'weather', { city: 'Bern', days: [1, 2, 3] }, 1],
          [1, 'weather', { city: 'Oslo', days: [1, 2, 3] }, 1],
        ],
      )
      assert.equal(finish(seen), 'tool_calls')
    })
  }

  const broken: readonly (readonly [string, Behaviour, string])[] = [
    ['an error as its first event', { inBandErrorAfter: 0 }, 'in_band_error'],
    ['an error in its middle', { chunks, inBandErrorAfter: 2 }, 'in_band_error'],
    ['an end before its end', { chunks, truncateAfter: 2 }, 'truncated'],
    ['no event at all', { truncateAfter: 0 }, 'truncated'],
    ['a connection that breaks', { chunks, disconnectAfter: 2 }, 'truncated'],
    ['a connection that breaks after its headers', { disconnectAfter: 0 }, 'truncated'],
  ]
  for (const [what, behaviour, kind] of broken) {
    proving(`a stream with ${what} is a failure and never complete`, async (world) => {
      world.upstream.next(behaviour)
      const seen = await stream(world)
      assert.equal(seen.end.failure?.kind, kind)
      assert.equal(seen.end.failure?.dispatched, true)
      assert.equal(finish(seen), undefined)
    })
  }

  proving('a streaming request that is answered with something else is malformed', async (world) => {
    world.upstream.next({ rawBody: '<html>', contentType: 'text/html' })
    const opened = world.provider.execute(chatOf(world, { stream: true }), new Cancellation())
    const failure = await opened.then(
      (reply) => (reply.kind === 'stream' ? stream(world).then(() => undefined) : undefined),
      () => failureOf(opened),
    )
    if (failure) assert.equal(failure.kind, 'malformed')
  })

  if (!sameWire) return

  proving(
    'the events pass through byte for byte, however they are spaced, with comments and unknown members',
    async (world) => {
      const event = (content: string) => `data: {"choices":[{"index":0,"delta":{"content":"${content}"}}],"x":1.50}\n\n`
      const sent = [': open\n\n', event('a'), event('b') + event('c'), `event: message\nid: 7\n${event('d')}`]
      const finished = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
      world.upstream.next({ rawFrames: [...sent, finished, 'data: [DONE]\n\n'] })
      assert.equal((await stream(world)).text, [...sent, finished].join(''))
    },
  )

  proving('an event that arrives in pieces, even of a letter, arrives whole', async (world) => {
    const event = 'data: {"choices":[{"index":0,"delta":{"content":"é 日本"},"finish_reason":"stop"}]}\n\n'
    const bytes = Buffer.from(event)
    world.upstream.next({
      rawFrames: [bytes.subarray(0, 50), bytes.subarray(50, 53), bytes.subarray(53), 'data: [DONE]\n\n'],
    })
    assert.equal((await stream(world)).text, event)
  })

  for (const [what, behaviour] of [
    ['lines that end with carriage return and line feed', { lineEnding: 'crlf' }],
    ['comments between its events', { comments: true }],
  ] as const) {
    proving(`a stream with ${what} is read, and its usage with it`, async (world) => {
      world.upstream.next({ chunks, usage: 'present', ...behaviour })
      const seen = await stream(world, asked)
      assert.equal(textOf(seen), chunks.join(''))
      assert.ok((seen.end.usage?.outputTokens ?? 0) > 0)
      assert.equal(seen.end.failure, undefined)
    })
  }

  proving('what asks for the usage is sent where it is needed, and where it is refused it is not', async (world) => {
    await stream(world)
    const { json } = world.upstream.journal.requests.at(-1) ?? {}
    assert.deepEqual(json?.stream_options, asksForUsage ? { include_usage: true } : undefined)
  })
}
