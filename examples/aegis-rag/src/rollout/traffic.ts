// Owns the traffic of the rollout: the corpus is read in, and conversations ask one question each.
import { AegisError } from 'aegis-llm'
import { isRestricted } from '../classification.ts'
import type { Connected } from '../connect.ts'
import { demoQuestions } from '../demo.ts'
import { inParallel } from '../ingestion/in-parallel.ts'
import type { ModelCall } from '../models/models.ts'
import { openPipeline } from '../pipeline.ts'
import { Store } from '../store/open-store.ts'

/** What came of a part of the traffic. */
export interface Served {
  readonly calls: readonly ModelCall[]
  /** Codes of the conversations that failed and of the documents that wait. */
  readonly failures: readonly string[]
}

export class Traffic implements Disposable {
  readonly #store: Store
  readonly #pipeline: ReturnType<typeof openPipeline>
  readonly #connected: Connected
  readonly #corpus: string
  #conversations = 0

  private constructor(connected: Connected, store: Store, corpus: string) {
    this.#connected = connected
    this.#store = store
    this.#corpus = corpus
    this.#pipeline = openPipeline({ connected, store })
  }

  /** Reads the corpus in, which is then asked about. */
  static async open(connected: Connected, corpus: string): Promise<Traffic> {
    const traffic = new Traffic(connected, await Store.open(':memory:'), corpus)
    await traffic.#pipeline.ingest(corpus)
    return traffic
  }

  /** The corpus once more, into a store that is thrown away: each document is a session. */
  async readInAgain(): Promise<Served> {
    using store = await Store.open(':memory:')
    const pipeline = openPipeline({ connected: this.#connected, store })
    const failures: string[] = []
    await pipeline.ingest(this.#corpus, (event) => {
      if (event.type === 'waits') failures.push(event.code)
    })
    return { calls: pipeline.calls, failures }
  }

  /** So many new conversations at once. */
  async converse(count: number): Promise<Served> {
    const before = this.#pipeline.calls.length
    const failures: string[] = []
    const numbers = Array.from({ length: count }, () => this.#conversations++)
    await inParallel(numbers, async (number) => {
      const question = demoQuestions[number % demoQuestions.length] ?? demoQuestions[0]
      try {
        await this.#pipeline.ask(question.text, { ...question, session: `conversation-${number}` })
      } catch (error) {
        if (!(error instanceof AegisError)) throw error
        failures.push(error.code)
      }
    })
    return { calls: this.#pipeline.calls.slice(before), failures }
  }

  /** Lines of the restricted documents, as no cloud may ever see them. */
  restrictedLines(): string[] {
    const restricted = this.#store.documents().filter(({ classification }) => isRestricted(classification))
    const lines = restricted.flatMap(({ path }) => this.#store.chunksOf(path).flatMap(({ text }) => text.split('\n')))
    return lines.filter((line) => line.length > 20)
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]()
  }
}
