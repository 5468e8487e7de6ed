// Owns the canonical chat request: an OpenAI chat completion.
import { CanonicalBody, type JsonObject, type MemberSpan, type NativeBody } from './request-body.ts'

export type { JsonObject, JsonValue, MemberSpan } from './request-body.ts'

export class ChatBody extends CanonicalBody {
  readonly kind = 'chat'
  protected readonly title = 'chat request'
  readonly stream: boolean
  /** The caller asked for the usage chunk of a stream. */
  readonly wantsStreamUsage: boolean

  constructor(bytes: Buffer, view: JsonObject, members: readonly MemberSpan[], native?: NativeBody) {
    super(bytes, view, members, native)
    this.stream = view.stream === true
    const streamOptions = view.stream_options
    this.wantsStreamUsage =
      this.stream && typeof streamOptions === 'object' && streamOptions !== null && 'include_usage' in streamOptions
        ? streamOptions.include_usage === true
        : false
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
}
