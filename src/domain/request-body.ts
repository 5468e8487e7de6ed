// Owns the canonical request of any kind: the caller's bytes and, beside them, the parsed view.
import { inspect } from 'node:util'
import type { ChatBody } from './chat-body.ts'
import type { EmbeddingBody } from './embedding-body.ts'

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

/** Where a top-level member stands in the bytes: from its key's quote to the end of its value. */
export interface MemberSpan {
  readonly key: string
  readonly start: number
  readonly valueStart: number
  readonly end: number
}

/** What can be asked. Each kind has its own route, answer and part of a provider; all share policy and ledger. */
export type RequestBody = ChatBody | EmbeddingBody

/**
 * A request as bytes, which a provider of the same wire receives, and as a view for those who must read it. Printing one
 * shows its size, never its text.
 */
export abstract class CanonicalBody {
  abstract readonly kind: 'chat' | 'embedding'
  /** What it calls itself when it is printed. */
  protected abstract readonly title: string
  readonly #bytes: Buffer
  readonly #view: JsonObject
  readonly #members: readonly MemberSpan[]

  constructor(bytes: Buffer, view: JsonObject, members: readonly MemberSpan[]) {
    this.#bytes = bytes
    this.#view = view
    this.#members = members
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  get view(): JsonObject {
    return this.#view
  }

  /** The top-level members in the order of the bytes. */
  get members(): readonly MemberSpan[] {
    return this.#members
  }

  toJSON(): string {
    return this.toString()
  }

  toString(): string {
    return `[${this.title}, ${this.#bytes.length} bytes]`
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
