// Owns questions and answers between a supervisor and a worker, over the channel that Node keeps between them.
import { AegisError } from '../../domain/errors.ts'

/** What goes over a line. */
export type LineMessage =
  | { readonly type: 'call'; readonly id: number; readonly call: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly value?: unknown; readonly refusal?: Refusal }

/** Why a call was refused; its problems are those of a configuration. */
interface Refusal {
  readonly message: string
  readonly extra?: Readonly<Record<string, unknown>> | undefined
}

/** The other side did not refuse: it is gone, or says nothing. */
export class LineSilent extends Error {
  override readonly name = 'LineSilent'
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** One side. Calls of both sides may cross. */
export class Line<Outgoing, Incoming> {
  readonly #send: (message: LineMessage) => void
  readonly #answer: (call: Incoming) => unknown
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0

  /** @param answer what the other side's calls come to; an AegisError refuses them. */
  constructor(send: (message: LineMessage) => void, answer: (call: Incoming) => unknown) {
    this.#send = send
    this.#answer = answer
  }

  /** @throws AegisError when the other side refuses, LineSilent when it does not answer. */
  call(call: Outgoing, patienceMs: number): Promise<unknown> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#silent(id, `no answer within ${patienceMs / 1000} s`), patienceMs)
      this.#waiting.set(id, { resolve, reject, timer })
      this.#send({ type: 'call', id, call })
    })
  }

  received(message: LineMessage): void {
    if (message.type === 'call') void this.#reply(message.id, message.call as Incoming)
    else this.#answered(message)
  }

  /** Nobody will answer any more. */
  gone(): void {
    for (const id of this.#waiting.keys()) this.#silent(id, 'the process is gone')
  }

  async #reply(id: number, call: Incoming): Promise<void> {
    try {
      this.#send({ type: 'answer', id, value: await this.#answer(call) })
    } catch (error) {
      const known = error instanceof AegisError ? error : undefined
      const message = known?.message ?? 'the process failed on this'
      this.#send({ type: 'answer', id, refusal: { message, extra: known?.extra } })
    }
  }

  #answered({ id, value, refusal }: Extract<LineMessage, { type: 'answer' }>): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    clearTimeout(waiting?.timer)
    if (refusal) waiting?.reject(new AegisError('invalid_configuration', refusal.message, { extra: refusal.extra }))
    else waiting?.resolve(value)
  }

  #silent(id: number, why: string): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    clearTimeout(waiting?.timer)
    waiting?.reject(new LineSilent(why))
  }
}
