// Owns what a provider answers with: the OpenAI wire, whatever wire the provider itself speaks.
import type { ProviderFailure } from './provider-failure.ts'
import type { Usage } from './usage.ts'

/** A wire beside OpenAI's chat, in which a provider answers a request that came in it. */
export type NativeWire = 'anthropic' | 'responses'

/** A whole answer. */
export interface Completion {
  readonly kind: 'completion'
  /** The wire of `body` where it is not OpenAI's chat: only for a request whose body has a `native` form. */
  readonly wire?: NativeWire | undefined
  /** An OpenAI chat completion object, or what the native wire has in its place. */
  readonly body: Buffer
  /** Absent when the provider did not report any. */
  readonly usage: Usage | undefined
}

/** How a stream ended. */
export interface StreamEnd {
  /** Absent when the answer is complete. */
  readonly failure: ProviderFailure | undefined
  /** The final report. */
  readonly usage: Usage | undefined
  /** The newest report of a stream that broke off before its final one: some vendors count in every event. */
  readonly usageSoFar?: Usage | undefined
  /** An upper estimate of the generated tokens that were passed on, for streams that end early. */
  readonly deliveredTokens: number
}

/**
 * Receives a stream: server-sent events of OpenAI's chunk objects, always whole events, possibly several in a buffer.
 * `end` comes exactly once and is the last call.
 */
export interface FrameSink {
  /** Returns false to ask for a pause until `CompletionStream.resume`. */
  frames(bytes: Buffer): boolean
  /** The event with the final usage, when the caller is to see one. */
  usageFrame(bytes: Buffer, usage: Usage): boolean
  end(end: StreamEnd): void
}

/** A stream that has been opened. Nothing flows before `start`; `data: [DONE]` is left to whoever serves it. */
export interface CompletionStream {
  readonly kind: 'stream'
  /** The wire of its frames where it is not OpenAI's: see `Completion.wire`. */
  readonly wire?: NativeWire | undefined
  start(sink: FrameSink): void
  resume(): void
}
