// Owns a request of OpenAI's Responses wire as it came, which a provider that has the route is sent.
import { CanonicalBody, type JsonObject, type MemberSpan } from './request-body.ts'

/** What only the route itself can do, in the words in which it is refused where nobody may be asked who has it. */
export interface OnlyThere {
  readonly param: string
  readonly message: string
}

export interface ResponsesOrigin {
  /** Absent where a chat says as much. */
  readonly onlyThere: OnlyThere | undefined
  /** Whether it holds what the chat beside it leaves out, and what may therefore be of any length when it is read. */
  readonly isMore: boolean
  /** Names of the providers that sealed the thoughts of earlier turns. */
  readonly sealedBy: readonly string[]
}

/** History and references stand in it as items: nothing that it needs lives elsewhere. */
export class ResponsesBody extends CanonicalBody {
  readonly kind = 'chat'
  readonly wire = 'responses'
  protected readonly title = 'request for a response'
  readonly onlyThere: OnlyThere | undefined
  readonly isMore: boolean
  readonly sealedBy: readonly string[]

  constructor(bytes: Buffer, view: JsonObject, members: readonly MemberSpan[], origin: ResponsesOrigin) {
    super(bytes, view, members)
    this.onlyThere = origin.onlyThere
    this.isMore = origin.isMore
    this.sealedBy = origin.sealedBy
  }
}
