// Owns LangSmith: runs in batches, beside the requests, dropped and counted when it is away. Nothing of restricted requests.
import type { Client } from 'langsmith'
import type { RunCreate } from 'langsmith/schemas'
import { ChatBody } from '../../domain/chat-body.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { answerText } from '../output-messages.ts'
import type { ExchangedContent, MayLeave, Telemetry } from '../telemetry.ts'
import { type RunContent, runOf } from './run-of.ts'

export interface LangSmithOptions {
  readonly client: Pick<Client, 'batchIngestRuns'>
  readonly project: string
  readonly content: boolean
  /** Runs that nobody will see. */
  readonly onDropped: (count: number) => void
  /** How often runs are sent; 2 s unless stated. */
  readonly everyMs?: number
}

/** Runs that wait, at the most. */
const MOST_WAITING = 1000
const EVERY_MS = 2000
const BATCH = 100
/** A stop waits for a LangSmith that does not answer no longer than this. */
const CLOSE_PATIENCE_MS = 3000

export class LangSmithTelemetry implements Telemetry {
  readonly wantsContent: boolean
  readonly #options: LangSmithOptions
  #waiting: RunCreate[] = []
  #sending: Promise<void> | undefined
  readonly #judging = new Set<Promise<void>>()
  readonly #timer: NodeJS.Timeout
  /** Nothing has been judged before there is a configuration. */
  #mayLeave: MayLeave = () => Promise.resolve(false)

  constructor(options: LangSmithOptions) {
    this.#options = options
    this.wantsContent = options.content
    this.#timer = setInterval(() => void this.#send(), options.everyMs ?? EVERY_MS).unref()
  }

  /** How the configuration that holds from now on judges what may leave. */
  judgeBy(mayLeave: MayLeave): void {
    this.#mayLeave = mayLeave
  }

  started(): void {}

  record(outcome: Outcome, content?: ExchangedContent): void {
    if (outcome.classification.restricted) return
    if (!content) {
      this.#add(runOf(outcome, this.#options.project, undefined))
      return
    }
    const judging = this.#recordJudged(outcome, content).finally(() => this.#judging.delete(judging))
    this.#judging.add(judging)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, CLOSE_PATIENCE_MS)
    await Promise.race([late, this.#flush()])
    clearTimeout(timer)
    this.#drop(this.#waiting.splice(0).length)
  }

  /** A request that stayed here was not searched, and an answer never is: both are before they leave with a run. */
  async #recordJudged(outcome: Outcome, { request, reply }: ExchangedContent): Promise<void> {
    const answer = answerText(reply)
    try {
      const judged = await Promise.all(
        [request, bodyOf(answer)].map((body) => this.#mayLeave(body, outcome.classification)),
      )
      if (!judged.every(Boolean)) return
      const { messages, input } = request.view
      const content: RunContent = { messages: messages ?? input, answer }
      this.#add(runOf(outcome, this.#options.project, content))
    } catch {
      this.#drop(1)
    }
  }

  #add(run: RunCreate): void {
    if (this.#waiting.length >= MOST_WAITING) this.#drop(1)
    else this.#waiting.push(run)
    if (this.#waiting.length >= BATCH) void this.#send()
  }

  #drop(count: number): void {
    if (count > 0) this.#options.onDropped(count)
  }

  /** One batch at a time. */
  #send(): Promise<void> {
    if (this.#sending) return this.#sending
    const runCreates = this.#waiting.splice(0, BATCH)
    if (runCreates.length === 0) return Promise.resolve()
    this.#sending = this.#options.client
      .batchIngestRuns({ runCreates })
      .catch(() => this.#drop(runCreates.length))
      .finally(() => {
        this.#sending = undefined
      })
    return this.#sending
  }

  async #flush(): Promise<void> {
    await Promise.all(this.#judging)
    await this.#sending
    while (this.#waiting.length > 0) await this.#send()
  }
}

function bodyOf(answer: string): ChatBody {
  const view = { messages: [{ role: 'assistant', content: answer }] }
  return new ChatBody(Buffer.from(JSON.stringify(view)), view, [])
}
