// Owns the canonical embedding request: OpenAI's, whose answer is vectors and no text.
import { CanonicalBody } from './request-body.ts'

export class EmbeddingBody extends CanonicalBody {
  readonly kind = 'embedding'
  protected readonly title = 'embedding request'
  /** Vectors come whole. */
  readonly stream = false
  readonly wantsStreamUsage = false
  /** Nothing is generated, so nothing is paid for but the input. */
  readonly outputTokenCap = 0
  readonly choices = 1

  /** How many texts are embedded. */
  get inputs(): number {
    const { input } = this.view
    if (!Array.isArray(input)) return 1
    return input.every((one) => typeof one === 'number') ? 1 : input.length
  }
}
