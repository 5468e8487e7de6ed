// Owns the canonical request of any kind: the caller's bytes and, beside them, the parsed view.
import { inspect } from 'node:util'
import type { AnthropicBody } from './anthropic-body.ts'
import type { ChatBody } from './chat-body.ts'
import type { EmbeddingBody } from './embedding-body.ts'
import { scanMembers } from './json-members.ts'
import type { ResponsesBody } from './responses-body.ts'

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

/** Where a top-level member stands in the bytes: from its key's quote to the end of its value. */
export interface MemberSpan {
  readonly key: string
  readonly start: number
  readonly valueStart: number
  readonly end: number
}

/** Below this a parsed view is cheap to keep, and not worth a second parsing. */
const LARGE_BODY_BYTES = 32 * 1024

/** What can be asked. Each kind has its own route, answer and part of a provider; all share policy and ledger. */
export type RequestBody = ChatBody | EmbeddingBody

/** A request in the wire that it came in, where that is not the canonical one. */
export type NativeBody = AnthropicBody | ResponsesBody

/**
 * A request as bytes, which a provider of the same wire receives, and as a view for those who must read it. Printing one
 * shows its size, never its text.
 */
export abstract class CanonicalBody {
  abstract readonly kind: 'chat' | 'embedding'
  /** What it calls itself when it is printed. */
  protected abstract readonly title: string
  readonly #bytes: Buffer
  #view: JsonObject | undefined
  readonly #members: readonly MemberSpan[]
  /** The same request in the wire that it came in, for a provider of that wire; absent where it came as a chat. */
  readonly native: NativeBody | undefined

  constructor(bytes: Buffer, view: JsonObject, members: readonly MemberSpan[], native?: NativeBody) {
    this.#bytes = bytes
    this.#view = view
    this.#members = members
    this.native = native
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  /** The length of the longest form in which it may be sent. */
  get mostBytes(): number {
    return this.native === undefined ? this.#bytes.length : Math.max(this.#bytes.length, this.native.bytes.length)
  }

  get view(): JsonObject {
    this.#view ??= JSON.parse(this.#bytes.toString('utf8')) as JsonObject
    return this.#view
  }

  /**
   * Lets go of the parsed view of a large body, which weighs as much as its bytes. Call it when the request has been
   * sent and only waits; whoever reads the view again, such as a fallback, has it parsed again.
   */
  releaseView(): void {
    this.native?.releaseView()
    if (this.#bytes.length <= LARGE_BODY_BYTES || this.#view === undefined) return
    // Such a body may be parsed differently another time: see `keysAreMisread`.
    if (!scanMembers(this.#bytes).hasEscapedKey) this.#view = undefined
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
