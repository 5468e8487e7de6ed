// Owns a request of Anthropic's Messages wire as it came, which a provider of the same wire is sent.
import { CanonicalBody, type JsonObject, type MemberSpan } from './request-body.ts'

/** What a caller's headers say of its request, already checked. */
export interface AnthropicHeaders {
  readonly version: string | undefined
  /** Names of beta features. */
  readonly betas: readonly string[]
}

export class AnthropicBody extends CanonicalBody {
  readonly kind = 'chat'
  readonly wire = 'anthropic'
  protected readonly title = 'messages request'
  readonly headers: AnthropicHeaders

  constructor(bytes: Buffer, view: JsonObject, members: readonly MemberSpan[], headers: AnthropicHeaders) {
    super(bytes, view, members)
    this.headers = headers
  }
}
