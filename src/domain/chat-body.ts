// Owns the canonical request: an OpenAI chat completion as bytes and, beside them, the parsed view.
import { inspect } from 'node:util'
import { scanMembers } from './json-members.ts'

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

/**
 * A chat completion request. The bytes are what the caller sent and what a provider of the same wire receives; the
 * view is for those who must read it. Printing one shows its size, never its text.
 */
export class ChatBody {
  readonly stream: boolean
  /** The caller asked for the usage chunk of a stream. */
  readonly wantsStreamUsage: boolean
  readonly #bytes: Buffer
  #view: JsonObject | undefined
  readonly #members: readonly MemberSpan[]

  constructor(bytes: Buffer, view: JsonObject, members: readonly MemberSpan[]) {
    this.#bytes = bytes
    this.#view = view
    this.#members = members
    this.stream = view.stream === true
    const streamOptions = view.stream_options
    this.wantsStreamUsage =
      this.stream && typeof streamOptions === 'object' && streamOptions !== null && 'include_usage' in streamOptions
        ? streamOptions.include_usage === true
        : false
  }

  get bytes(): Buffer {
    return this.#bytes
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
    if (this.#bytes.length <= LARGE_BODY_BYTES || this.#view === undefined) return
    // Such a body may be parsed differently another time: see `keysAreMisread`.
    if (!scanMembers(this.#bytes).hasEscapedKey) this.#view = undefined
  }

  /** The top-level members in the order of the bytes. */
  get members(): readonly MemberSpan[] {
    return this.#members
  }

  /** The caller's cap on generated tokens by either of its names, the smaller when both are given. */
  get outputTokenCap(): number | undefined {
    const { max_completion_tokens: newer, max_tokens: older } = this.view
    if (typeof newer === 'number' && typeof older === 'number') return Math.min(newer, older)
    return typeof newer === 'number' ? newer : typeof older === 'number' ? older : undefined
  }

  /** How many answers were asked for (`n`), at least 1. */
  get choices(): number {
    const { n } = this.view
    return typeof n === 'number' ? n : 1
  }

  toJSON(): string {
    return this.toString()
  }

  toString(): string {
    return `[chat request, ${this.#bytes.length} bytes]`
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
