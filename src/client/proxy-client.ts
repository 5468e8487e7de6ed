// Owns the client of a proxy in this process.
import { AegisError } from '../domain/errors.ts'
import type { EmbedTask, LLMTask } from '../domain/llm-task.ts'
import type { AegisLLMProxy } from '../library/aegis-llm-proxy.ts'
import type { AegisClient, ClientAnswer, ClientEmbeddings, ClientEvent } from './aegis-client.ts'

/** The part of an `AegisLLMProxy` that adapters use. */
export type InProcessProxy = Pick<AegisLLMProxy, 'generate' | 'stream' | 'embed'>

export class ProxyClient implements AegisClient {
  readonly #proxy: InProcessProxy

  constructor(proxy: InProcessProxy) {
    this.#proxy = proxy
  }

  async generate(task: LLMTask): Promise<ClientAnswer> {
    return counted(await this.#proxy.generate(task).catch((error: unknown) => rethrow(error, task.signal)))
  }

  async *stream(task: LLMTask): AsyncGenerator<ClientEvent, void, undefined> {
    try {
      for await (const event of this.#proxy.stream(task))
        yield event.type === 'done' ? { type: 'done', answer: counted(event.answer) } : event
    } catch (error) {
      rethrow(error, task.signal)
    }
  }

  async embed(task: EmbedTask): Promise<ClientEmbeddings> {
    return counted(await this.#proxy.embed(task).catch((error: unknown) => rethrow(error, task.signal)))
  }
}

function counted<Whole extends { readonly attempts: readonly unknown[] }>(whole: Whole) {
  return { ...whole, attempts: whole.attempts.length }
}

/** Who ended a task by a signal expects that signal's reason, as `fetch` has it. */
function rethrow(error: unknown, signal: AbortSignal | undefined): never {
  if (signal?.aborted && error instanceof AegisError && error.code === 'client_closed') throw signal.reason
  throw error
}
