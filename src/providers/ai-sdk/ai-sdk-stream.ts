// Owns a stream of an AI SDK model: its parts in, OpenAI chunk events out, and how it ended.
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { CancelSignal } from '../../domain/cancellation.ts'
import type { CompletionStream, FrameSink } from '../../domain/completion.ts'
import type { ProviderFailure } from '../../domain/provider-failure.ts'
import type { Usage } from '../../domain/usage.ts'
import { finishReasonOf, headOf, usageObject, usageOf } from './answer-parts.ts'
import type { AttemptConnection } from './attempt-connection.ts'
import { callFailure, failure, partFailure } from './call-failure.ts'
import { ChunkDeltas } from './chunk-deltas.ts'
import type { AnswerContext } from './completion-body.ts'

export class AiSdkStream implements CompletionStream {
  readonly kind = 'stream'
  readonly #parts: Promise<ReadableStream<LanguageModelV4StreamPart>>
  readonly #connection: AttemptConnection
  readonly #context: AnswerContext
  readonly #deltas: ChunkDeltas
  readonly #signal: CancelSignal
  #sink: FrameSink | undefined
  #resume: (() => void) | undefined
  #opened = false
  #finished = false
  /** The caller is gone: nothing is shown any more, and what has come already is read for its usage. */
  #left = false
  #usage: Usage | undefined
  #failure: ProviderFailure | undefined

  constructor(
    parts: Promise<ReadableStream<LanguageModelV4StreamPart>>,
    connection: AttemptConnection,
    context: AnswerContext,
    signal: CancelSignal,
  ) {
    this.#parts = parts
    // Its rejection is met when the stream is started.
    parts.catch(() => {})
    this.#connection = connection
    this.#context = context
    this.#signal = signal
    this.#deltas = new ChunkDeltas(context.wire)
  }

  start(sink: FrameSink): void {
    this.#sink = sink
    // A stream that breaks off does not wait for a client that has stopped reading.
    this.#connection.onBroken(() => this.resume())
    const unsubscribe = this.#signal.onCancel(() => {
      this.#left = true
      this.resume()
    })
    void this.#pump().then(() => {
      unsubscribe()
      this.#end()
    })
  }

  resume(): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  async #pump(): Promise<void> {
    try {
      const reader = (await this.#parts).getReader()
      while (!this.#finished && !this.#failure) {
        const { done, value } = await reader.read()
        if (done) break
        if (!this.#take(value) && !this.#left && !this.#connection.failure) await this.#resumed()
      }
      void reader.cancel().catch(() => {})
    } catch (error) {
      this.#failure ??= callFailure(error, this.#connection, this.#context.attempt, true)
    }
  }

  #resumed(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve
    })
  }

  /** Returns false to ask for a pause. */
  #take(part: LanguageModelV4StreamPart): boolean {
    switch (part.type) {
      case 'stream-start':
        this.#context.notes.addWarnings(part.warnings)
        return true
      case 'error':
        this.#failure = this.#connection.failure ?? partFailure(part.error, this.#context.attempt)
        return true
      case 'finish':
        return this.#finish(part)
      default: {
        const deltas = this.#deltas.of(part)
        let flowing = true
        for (const delta of deltas) flowing = this.#send(delta, null) && flowing
        return flowing
      }
    }
  }

  #finish({ finishReason, usage }: Extract<LanguageModelV4StreamPart, { type: 'finish' }>): boolean {
    const { attempt, identity, notes } = this.#context
    const reason = finishReasonOf(finishReason, this.#deltas.calls > 0)
    if (reason === 'truncated' || reason === 'error') {
      const what =
        reason === 'error' ? 'reported an error inside its answer' : 'closed its answer before it was complete'
      this.#failure = this.#connection.failure ?? failure(attempt, reason === 'error' ? 'in_band_error' : reason, what)
      return true
    }
    this.#finished = true
    this.#usage = this.#connection.usageIsMissing ? undefined : usageOf(usage)
    let flowing = this.#send({}, reason, notes.member)
    if (attempt.task.body.wantsStreamUsage && this.#usage && !this.#left) {
      const chunk = { ...headOf(identity, 'chat.completion.chunk'), choices: [], usage: usageObject(this.#usage) }
      flowing = this.#sink?.usageFrame(event(chunk), this.#usage) ?? true
    }
    return flowing
  }

  /** The first chunk says who speaks, as OpenAI's does. */
  #send(delta: object, finish: string | null, more: object = {}): boolean {
    if (!this.#opened) {
      this.#opened = true
      this.#frame({ role: 'assistant', content: '' }, null, {})
    }
    return this.#frame(delta, finish, more)
  }

  #frame(delta: object, finish: string | null, more: object): boolean {
    if (this.#left) return true
    const head = headOf(this.#context.identity, 'chat.completion.chunk')
    const chunk = { ...head, ...more, choices: [{ index: 0, delta, finish_reason: finish }] }
    return this.#sink?.frames(event(chunk)) ?? true
  }

  #end(): void {
    if (this.#finished) {
      this.#connection.ignoreRest()
    } else {
      const what = 'closed its answer before it was complete'
      this.#failure ??= this.#connection.failure ?? failure(this.#context.attempt, 'truncated', what)
      this.#connection.abort()
    }
    this.#sink?.end({ failure: this.#failure, usage: this.#usage, deliveredTokens: this.#deltas.deliveredBytes })
  }
}

function event(chunk: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)
}
