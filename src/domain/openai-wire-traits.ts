// Owns what differs between servers of the OpenAI wire, as data: their adapter asks these and never their names.

/** The two names of the cap on generated tokens. */
export type OutputCapMember = 'max_completion_tokens' | 'max_tokens'

export interface OpenAIWireTraits {
  /**
   * The names of the output cap that the server obeys; the first is the one we write. A cap under the other name is
   * sent under the first one, so that no server answers without the limit that its caller set.
   */
  readonly outputCapMembers: readonly [OutputCapMember, ...OutputCapMember[]]
  /**
   * - `on_request`: a stream reports its usage when `stream_options.include_usage` asks for it.
   * - `always`: it comes unasked, and `stream_options` is refused or without effect, so it is not sent.
   */
  readonly streamUsage: 'on_request' | 'always'
  /**
   * Members that the server answers with an error. One that says what holds anyway, such as `null` or a penalty of 0, is
   * left out; any other makes the request one for the next candidate.
   */
  readonly refusedMembers: readonly string[]
  /** Whether more than one answer (`n`) can be asked for. */
  readonly manyChoices: boolean
  /** Whether `GET /models` exists. */
  readonly listsModels: boolean
  /** Whether `POST /embeddings` exists; undefined when nobody said. */
  readonly embeds: boolean | undefined
  /**
   * Whether a server of one's own may forward a model to a cloud without a word, as Ollama does. Restricted data then
   * needs the proof that it does not.
   */
  readonly mayForward: boolean
}

/** A server of which nothing is known but its wire. It is told `max_tokens`, which is the older and more common name. */
export const plainTraits: OpenAIWireTraits = {
  outputCapMembers: ['max_tokens', 'max_completion_tokens'],
  streamUsage: 'on_request',
  refusedMembers: [],
  manyChoices: true,
  listsModels: true,
  embeds: undefined,
  mayForward: false,
}

/** How a key travels: `authorization: Bearer KEY`, or `api-key: KEY`. */
export interface KeyHeader {
  /** In lower case. */
  readonly name: string
  /** Stands before the key; empty for the key alone. */
  readonly scheme: '' | 'Bearer'
}

export const bearerKey: KeyHeader = { name: 'authorization', scheme: 'Bearer' }
