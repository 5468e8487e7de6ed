// Owns the making of providers of the AI SDK in tests: each connected to its simulated upstream, and asked.
import assert from 'node:assert/strict'
import { Cancellation } from '../../src/domain/cancellation.ts'
import type { Completion, CompletionStream } from '../../src/domain/completion.ts'
import type { PrivacyViolation } from '../../src/domain/privacy-violation.ts'
import { AiSdkProvider } from '../../src/providers/ai-sdk/ai-sdk-provider.ts'
import { type AllSettings, loadWire } from '../../src/providers/ai-sdk/load-wire.ts'
import type { UpstreamOptions } from '../../src/providers/transport/upstream.ts'
import { startAnthropicUpstream } from '../../src/testing/anthropic/start-anthropic-upstream.ts'
import { startBedrockUpstream } from '../../src/testing/bedrock/start-bedrock-upstream.ts'
import { startCohereUpstream } from '../../src/testing/cohere/start-cohere-upstream.ts'
import { startGoogleUpstream } from '../../src/testing/google/start-google-upstream.ts'
import type { Upstream } from '../../src/testing/upstream.ts'
import { type AttemptParts, fundedAttempt } from './attempt.ts'
import { chatBody } from './chat-body.ts'
import { cloudProvider } from './provider.ts'
import { RecordingSink } from './recording-sink.ts'
import { task } from './task.ts'
import { connectTo } from './upstream.ts'

export type ServiceKind = 'anthropic' | 'google' | 'vertex' | 'cohere' | 'bedrock'

interface Making {
  readonly start: () => Promise<Upstream>
  /** The path of its API at an address. */
  readonly path: string
  readonly model: string
  /** A model that embeds, where the wire has any. */
  readonly embedding?: string
  /** Frames of a stream before its first text. */
  readonly preambleFrames: number
  /** Whether the wire can say that a filter has cut an answer. */
  readonly saysFiltered: boolean
  /** Whether the provider takes the address of any image. */
  readonly fetchesImages: boolean
  /** Whether any JSON object can be a part of an answer there. */
  readonly isLenient: boolean
  readonly listsModels: boolean
  readonly settings?: Partial<AllSettings>
}

const apiKey = 'key'
const vertexPath = '/v1beta1/projects/p/locations/europe-west4'

export const makings: Readonly<Record<ServiceKind, Making>> = {
  anthropic: {
    start: () => startAnthropicUpstream({ apiKey }),
    path: '/v1',
    model: 'claude-haiku-4-5',
    preambleFrames: 3,
    saysFiltered: true,
    fetchesImages: true,
    isLenient: false,
    listsModels: true,
  },
  google: {
    start: () => startGoogleUpstream({ apiKey }),
    path: '/v1beta',
    model: 'gemini-3.5-flash-lite',
    embedding: 'gemini-embedding-001',
    preambleFrames: 0,
    saysFiltered: true,
    fetchesImages: false,
    isLenient: true,
    listsModels: true,
  },
  vertex: {
    start: () => startGoogleUpstream({ apiKey, vertexPath, label: 'vertex' }),
    path: vertexPath,
    model: 'gemini-3.5-flash-lite',
    embedding: 'gemini-embedding-001',
    preambleFrames: 0,
    saysFiltered: true,
    fetchesImages: true,
    isLenient: true,
    listsModels: false,
    settings: { apiKey: '', accessToken: () => Promise.resolve('key') },
  },
  cohere: {
    start: () => startCohereUpstream({ apiKey }),
    path: '/v2',
    model: 'command-a-03-2025',
    embedding: 'embed-v4.0',
    preambleFrames: 2,
    saysFiltered: false,
    fetchesImages: true,
    isLenient: false,
    listsModels: true,
  },
  bedrock: {
    start: () => startBedrockUpstream({ apiKey }),
    path: '',
    model: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    embedding: 'amazon.titan-embed-text-v2:0',
    preambleFrames: 1,
    saysFiltered: true,
    fetchesImages: false,
    isLenient: false,
    listsModels: false,
  },
}

export const serviceKinds = Object.keys(makings) as ServiceKind[]

export interface TestService extends AsyncDisposable {
  readonly upstream: Upstream
  readonly provider: AiSdkProvider
  readonly violations: readonly PrivacyViolation[]
  /** Starts to ask for a chat whose body has these members beside one message. */
  execute(body?: object, more?: AskOptions): Promise<Completion | CompletionStream>
  /** A whole answer. */
  ask(body?: object, more?: AskOptions): Promise<{ readonly body: ChatCompletion; readonly usage: Completion['usage'] }>
  /** A stream, to its end. */
  stream(body?: object, more?: AskOptions): Promise<PlayedStream>
}

export interface AskOptions extends AttemptParts {
  readonly signal?: Cancellation
}

/** @example await using service = await startService('anthropic') */
export async function startService(
  kind: ServiceKind,
  more: Partial<Omit<UpstreamOptions, 'keys'> & AllSettings & { readonly at: string }> = {},
): Promise<TestService> {
  const { start, path, model, settings } = makings[kind]
  const upstream = await start()
  const address = more.at ?? upstream.url
  const ref = more.ref ?? cloudProvider({ name: kind, kind, models: [model] })
  const { at: _, keys: __, ...transport } = more
  const connection = connectTo(address, { ref, ...transport })
  const baseUrl = address + path
  const wireOf = await loadWire(kind, {
    ...{ baseUrl, apiKey: 'key', headers: {}, region: undefined, keys: undefined, accessToken: undefined },
    ...settings,
    ...more,
  })
  const clock = { wallMs: () => 1_764_000_000_000, monotonicMs: () => 0 }
  const provider = new AiSdkProvider(ref, { upstream: connection.upstream, wireOf, baseUrl, clock })
  const execute: TestService['execute'] = (body = {}, { signal, ...parts } = {}) => {
    const attempt = fundedAttempt({ provider: ref, task: task({ body: chatBody(body) }), ...parts })
    return provider.execute(attempt, signal ?? new Cancellation())
  }
  return {
    upstream,
    provider,
    violations: connection.violations,
    execute,
    ask: async (body, options) => {
      const answer = await execute(body, options)
      assert.equal(answer.kind, 'completion')
      return { body: JSON.parse(answer.body.toString()) as ChatCompletion, usage: answer.usage }
    },
    stream: async (body, options) => {
      const answer = await execute({ stream: true, ...body }, options)
      assert.equal(answer.kind, 'stream')
      return play(answer)
    },
    [Symbol.asyncDispose]: async () => {
      await provider.close()
      await upstream.close()
    },
  }
}

interface Message {
  readonly role?: string
  readonly content: string | null
  readonly reasoning_content?: string
  readonly tool_calls?: readonly {
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
    readonly extra_content?: unknown
  }[]
  readonly thinking_blocks?: unknown
}

export interface ChatCompletion {
  readonly id: string
  readonly object: string
  readonly model: string
  readonly system_fingerprint?: string
  readonly choices: readonly [{ readonly message: Message; readonly finish_reason: string }]
  readonly usage?: object
  readonly aegis?: { readonly warnings: readonly string[] }
}

interface Chunk {
  readonly object: string
  readonly choices: readonly { readonly delta: Delta; readonly finish_reason: string | null }[]
  readonly usage?: object
  readonly aegis?: { readonly warnings: readonly string[] }
}

interface Delta {
  readonly role?: string
  readonly content?: string
  readonly reasoning_content?: string
  readonly thinking_blocks?: unknown
  readonly tool_calls?: readonly {
    readonly index: number
    readonly id?: string
    readonly function: { readonly name?: string; readonly arguments?: string }
    readonly extra_content?: unknown
  }[]
}

/** A stream that has ended, and what a client makes of it. */
export interface PlayedStream {
  readonly sink: RecordingSink
  readonly chunks: readonly Chunk[]
  readonly content: string
  readonly reasoning: string
  readonly calls: readonly { id: string; name: string; arguments: string }[]
  readonly finish: string | undefined
  readonly warnings: readonly string[]
}

/** Plays a stream to its end. */
export async function play(stream: CompletionStream, sink = new RecordingSink()): Promise<PlayedStream> {
  await new Promise<void>((resolve) => {
    const end = sink.end.bind(sink)
    sink.end = (how) => {
      end(how)
      resolve()
    }
    stream.start(sink)
  })
  const chunks = sink.text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.replace(/^data: /, '')) as Chunk)
  const calls: { id: string; name: string; arguments: string }[] = []
  for (const { delta } of chunks.flatMap(({ choices }) => choices)) {
    for (const { index, id, function: called } of delta.tool_calls ?? []) {
      if (id !== undefined) calls[index] = { id, name: called.name ?? '', arguments: '' }
      const call = calls[index]
      assert.ok(call, 'a tool call goes on that has not begun')
      call.arguments += called.arguments ?? ''
    }
  }
  const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta))
  return {
    sink,
    chunks,
    content: deltas.map(({ content }) => content ?? '').join(''),
    reasoning: deltas.map(({ reasoning_content }) => reasoning_content ?? '').join(''),
    calls,
    finish: chunks.flatMap(({ choices }) => choices.flatMap((one) => one.finish_reason ?? []))[0],
    warnings: chunks.flatMap(({ aegis }) => aegis?.warnings ?? []),
  }
}
