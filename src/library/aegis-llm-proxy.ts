// Owns the library's surface: the same proxy as the gateway, in process.
import type { Aegis } from '../compose.ts'
import { Cancellation } from '../domain/cancellation.ts'
import { AegisError } from '../domain/errors.ts'
import type { EmbedTask, LLMTask } from '../domain/llm-task.ts'
import type { Task } from '../domain/task.ts'
import { type OpenOptions, openAegis } from '../open-aegis.ts'
import type { Answer } from '../proxy/answer.ts'
import { type Explanation, explain } from '../proxy/explain.ts'
import { runTask } from '../proxy/run-task.ts'
import type { LLMStreamEvent } from './completion-chunks.ts'
import { answerOf, type LLMAnswer } from './llm-answer.ts'
import { embeddingsOf, type LLMEmbeddings } from './llm-embeddings.ts'
import { eventsOf } from './llm-stream.ts'
import { embeddingTaskOf, type TaskContext, taskOf } from './task-of.ts'

/** One result of a batch, in the order of its tasks. */
export type BatchResult =
  | { readonly status: 'answered'; readonly answer: LLMAnswer }
  | { readonly status: 'failed'; readonly error: AegisError }

export interface BatchOptions {
  /** Tasks under way at once, 1 to 1000; 8 by default. */
  readonly concurrency?: number
  readonly signal?: AbortSignal
}

interface Run {
  readonly answer: Answer
  readonly cancellation: Cancellation
  readonly release: () => void
}

/**
 * An LLM proxy in process: routes each task to a local or a cloud model, never lets restricted data leave the machine
 * and never spends over a limit.
 * @example
 * await using aegis = await AegisLLMProxy.create('config/llm_config.yml')
 * const answer = await aegis.generate({ prompt: 'Hello', dataClassification: 'internal' })
 * console.log(answer.text, answer.provider, answer.costUsd)
 */
export class AegisLLMProxy implements AsyncDisposable {
  readonly #aegis: Aegis

  private constructor(aegis: Aegis) {
    this.#aegis = aegis
  }

  /**
   * @param config a file's path, an object with the keys of the file, or nothing: then what this machine offers.
   * @throws ConfigError listing every problem with its line.
   */
  static async create(config?: string | object, options: Omit<OpenOptions, 'config'> = {}): Promise<AegisLLMProxy> {
    return new AegisLLMProxy(await openAegis({ ...options, ...(config === undefined ? {} : { config }) }))
  }

  /** @throws AegisError when nobody may or can answer; `code` says why. */
  async generate(task: LLMTask): Promise<LLMAnswer> {
    const { answer, release } = await this.#run(this.#taskOf(task, false), task.signal)
    release()
    if (answer.kind === 'stream')
      throw new AegisError('internal_error', 'A whole answer was asked for and a stream came.')
    return answerOf(answer)
  }

  /** @throws AegisError before the first event, or in the middle when the answer breaks off. */
  async *stream(task: LLMTask): AsyncGenerator<LLMStreamEvent, void, undefined> {
    const { answer, cancellation, release } = await this.#run(this.#taskOf(task, true), task.signal)
    try {
      if (answer.kind === 'stream') yield* eventsOf(answer, cancellation)
      else yield { type: 'done', answer: answerOf(answer) }
    } finally {
      release()
    }
  }

  /**
   * The vectors of one or many texts, in their order. A model that nobody named is the first one that embeds.
   * @throws AegisError when nobody may or can embed; `code` says why.
   * @example const { vectors } = await aegis.embed({ input: ['a text', 'another'], dataClassification: 'pii' })
   */
  async embed(task: EmbedTask): Promise<LLMEmbeddings> {
    const { answer, release } = await this.#run(embeddingTaskOf(task, this.#context(false)), task.signal)
    release()
    if (answer.kind === 'stream') throw new AegisError('internal_error', 'Embeddings were asked for and a stream came.')
    return embeddingsOf(answer)
  }

  /**
   * Runs many tasks. Each is classified and routed by itself, with the batch's size as its `batchSize` unless it has
   * one: a restricted task stays local and neither follows nor makes the choice of the others.
   */
  async generateBatch(
    tasks: readonly LLMTask[],
    { concurrency = 8, signal }: BatchOptions = {},
  ): Promise<BatchResult[]> {
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 1000) {
      throw new AegisError('invalid_request', 'concurrency must be a whole number from 1 to 1000.', {
        param: 'concurrency',
      })
    }
    const results: BatchResult[] = []
    const queue = tasks.entries()
    const worker = async () => {
      for (const [index, task] of queue) {
        const batched = { batchSize: tasks.length, ...(signal ? { signal } : {}), ...task }
        results[index] = await this.generate(batched).then(
          (answer) => ({ status: 'answered', answer }) as const,
          (error: unknown) => ({ status: 'failed', error: asAegisError(error) }) as const,
        )
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, tasks.length) }, worker))
    return results
  }

  /** Where a task would go and why. Calls nobody. */
  explain(task: LLMTask | EmbedTask): Explanation {
    const planned = 'input' in task ? embeddingTaskOf(task, this.#context(false)) : this.#taskOf(task, false)
    return explain(planned, this.#aegis.gateway.proxy)
  }

  /** Budgets as reservations see them now. */
  budgets() {
    return this.#aegis.gateway.proxy.ledger.budgets()
  }

  /** Ends all connections and writes what is buffered. */
  async close(): Promise<void> {
    await this.#aegis.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** `release` lets go of the caller's signal, which may live much longer than the task. */
  async #run(task: Task, signal: AbortSignal | undefined): Promise<Run> {
    const cancellation = new Cancellation()
    const abort = () => cancellation.cancel('client_closed')
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    const release = () => signal?.removeEventListener('abort', abort)
    try {
      return { answer: await runTask(task, this.#aegis.gateway.proxy, cancellation), cancellation, release }
    } catch (error) {
      release()
      throw error
    }
  }

  #taskOf(input: LLMTask, stream: boolean): Task {
    return taskOf(input, this.#context(stream))
  }

  #context(stream: boolean): TaskContext {
    const { proxy, timeoutMs, newId } = this.#aegis.gateway
    const { providers } = proxy.policy
    return { requestId: newId(), receivedAtMs: proxy.clock.wallMs(), timeoutMs, stream, providers }
  }
}

function asAegisError(error: unknown): AegisError {
  return error instanceof AegisError
    ? error
    : new AegisError('internal_error', 'The task failed inside Aegis.', { cause: error })
}
