// Owns the world in which the provider contract is tested: a provider, the simulated server behind it, attempts for it.
import assert from 'node:assert/strict'
import type { FundedAttempt } from '../../domain/attempt.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import { ChatBody, type JsonObject } from '../../domain/chat-body.ts'
import type { Completion, CompletionStream, StreamEnd } from '../../domain/completion.ts'
import { EmbeddingBody } from '../../domain/embedding-body.ts'
import { scanMembers } from '../../domain/json-members.ts'
import { nanoUsd } from '../../domain/money.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { RequestBody } from '../../domain/request-body.ts'
import type { Usage } from '../../domain/usage.ts'
import { fund } from '../../ledger/fund.ts'
import { clear } from '../../policy/clearance.ts'
import type { Upstream } from '../../testing/index.ts'
import type { Provider } from '../provider.ts'

/** How patient the provider under test is, and how many sockets it may have. */
export interface ProviderLimits {
  readonly firstByteMs?: number
  readonly idleMs?: number
  readonly maxConnections?: number
}

/** A provider under test. */
export interface ProviderWorld extends AsyncDisposable {
  readonly provider: Provider
  /** The server behind it, which tests break. */
  readonly upstream: Upstream
  /** Models that the server has: one that chats and calls tools, one that takes images, one that embeds. */
  readonly models: { readonly chat: string; readonly vision: string; readonly embedding: string | undefined }
}

/** What an implementation gives to be tested. */
export interface ProviderSubject {
  /** A provider and a server of its own, healthy. */
  start(limits?: ProviderLimits): Promise<ProviderWorld>
  /** The server speaks the OpenAI wire, so bytes must pass through as they are. */
  readonly sameWire: boolean
  /** Its wire has tools. */
  readonly hasTools: boolean
  /** Its embeddings are counted by nobody, so that they are charged at their bound. */
  readonly embedsUncounted?: boolean
  /** A stream's usage comes only when the caller wants it or we ask; false where it comes unasked. */
  readonly asksForUsage: boolean
}

/** Longer than anything takes; a wait that reaches it has failed. */
export const patienceMs = 15_000

const messages = [{ role: 'user', content: 'Say hello.' }]

export function chatOf(world: ProviderWorld, more: object = {}): FundedAttempt {
  const view = { model: world.models.chat, messages, ...more }
  return attemptOf(world, bodyOf(ChatBody, JSON.stringify(view)), {})
}

/** From JSON text, kept byte for byte. */
export function chatOfText(world: ProviderWorld, text: string): FundedAttempt {
  return attemptOf(world, bodyOf(ChatBody, text), {})
}

export function embeddingOf(world: ProviderWorld, more: object): FundedAttempt {
  const model = world.models.embedding ?? ''
  return attemptOf(world, bodyOf(EmbeddingBody, JSON.stringify({ model, ...more })), {})
}

/** The same attempt where the reservation pays for fewer tokens than its caller wants, or where nobody set a cap. */
export function withCap(attempt: FundedAttempt, outputTokenCap: number): FundedAttempt {
  return fund(attempt, attempt.reservation, outputTokenCap)
}

function bodyOf<Body>(
  Kind: new (bytes: Buffer, view: JsonObject, members: ReturnType<typeof scanMembers>['members']) => Body,
  text: string,
): Body {
  const bytes = Buffer.from(text)
  return new Kind(bytes, JSON.parse(text) as JsonObject, scanMembers(bytes).members)
}

function attemptOf({ provider }: ProviderWorld, body: RequestBody, hints: object): FundedAttempt {
  const model = String(body.view.model)
  const id = 'req_0123456789abcdef'
  const task = { id, receivedAtMs: 0, timeoutMs: patienceMs, model: { by: 'policy' }, hints, body } as const
  const classification = { level: 'public', undecidable: false, restricted: false, source: 'declared' } as const
  const cleared = clear({ task, provider: provider.ref, model, reason: 'default_local', classification })
  assert.ok(cleared)
  return fund(cleared, { id: `${id}:0`, amount: nanoUsd(1) }, undefined)
}

/** The whole answer. */
export async function answer({ provider }: ProviderWorld, attempt: FundedAttempt): Promise<Completion> {
  const reply = await provider.execute(attempt, new Cancellation())
  assert.equal(reply.kind, 'completion')
  return reply as Completion
}

/** How a provider failed to answer. */
export async function failureOf(running: Promise<unknown>): Promise<ProviderFailure> {
  const error = await running.then(
    () => assert.fail('the provider answered'),
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof ProviderFailure, String(error))
  return error
}

/** A stream as its reader saw it. */
export interface CollectedStream {
  /** All bytes, the usage chunk included. */
  readonly text: string
  readonly chunks: readonly Chunk[]
  /** What arrived as the final usage for the caller. */
  readonly shownUsages: readonly Usage[]
  readonly end: StreamEnd
}

export interface Chunk {
  readonly choices: readonly {
    readonly delta?: {
      readonly role?: string
      readonly content?: string | null
      readonly tool_calls?: readonly {
        readonly index: number
        readonly id?: string
        readonly function?: { readonly name?: string; readonly arguments?: string }
      }[]
    }
    readonly finish_reason?: string | null
  }[]
  readonly usage?: object | null
}

/** Opens a stream and reads it to its end. */
export async function stream(
  world: ProviderWorld,
  more: object = {},
  signal = new Cancellation(),
): Promise<CollectedStream> {
  return collect(await open(world, more, signal))
}

export async function open(
  { provider, ...world }: ProviderWorld,
  more: object = {},
  signal = new Cancellation(),
): Promise<CompletionStream> {
  const attempt = chatOf({ provider, ...world }, { stream: true, ...more })
  const reply = await provider.execute(attempt, signal)
  assert.equal(reply.kind, 'stream')
  return reply as CompletionStream
}

export function collect(opened: CompletionStream, onFirst?: () => void): Promise<CollectedStream> {
  return new Promise((resolve) => {
    let text = ''
    const shownUsages: Usage[] = []
    const take = (bytes: Buffer) => {
      if (text === '') onFirst?.()
      text += bytes.toString('utf8')
      return true
    }
    opened.start({
      frames: take,
      usageFrame(bytes, usage) {
        shownUsages.push(usage)
        return take(bytes)
      },
      end: (end) => resolve({ text, chunks: chunksOf(text), shownUsages, end }),
    })
  })
}

function chunksOf(text: string): Chunk[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => JSON.parse(line.slice(5)) as Chunk)
}

/** The text of the first choice. */
export function textOf({ chunks }: CollectedStream): string {
  return chunks.map(({ choices }) => choices[0]?.delta?.content ?? '').join('')
}
