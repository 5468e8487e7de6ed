// Owns the bytes that go to a route for responses: the caller's own, but for the members that must change.
import type { FundedAttempt } from '../../domain/attempt.ts'
import { editMembers } from '../../domain/edit-members.ts'
import type { JsonObject, JsonValue } from '../../domain/request-body.ts'
import type { ResponsesBody } from '../../domain/responses-body.ts'

/**
 * The body for one attempt: the model's name there, no `aegis` member, nothing that is kept there, the output cap that the
 * reservation pays for, and no thoughts that this provider cannot open. All other bytes are the caller's.
 * @param wireModel the model's name at the server.
 */
export function responsesRequest(attempt: FundedAttempt, wireModel: string, native: ResponsesBody): Buffer {
  const { view, sealedBy } = native
  const edits = new Map<string, string | undefined>()
  if (view.model !== wireModel) edits.set('model', JSON.stringify(wireModel))
  if ('aegis' in view) edits.set('aegis', undefined)
  // Unless it is told so, OpenAI keeps every response for a month. What is to be kept is kept here.
  if (view.store !== false) edits.set('store', 'false')
  const { max_output_tokens: wanted } = view
  const { outputTokenCap: paid } = attempt
  if (paid !== undefined && (typeof wanted !== 'number' || wanted > paid)) edits.set('max_output_tokens', String(paid))
  const input = withoutLostThoughts(
    view.input,
    sealedBy.every((name) => name === attempt.provider.name),
  )
  if (input) edits.set('input', JSON.stringify(input))
  return editMembers(native, edits)
}

/**
 * Thoughts travel sealed (`encrypted_content`), and only who sealed them can open them. Those that are not sealed stand for
 * what would be kept at the provider, where nothing is. Undefined, and so the caller's bytes, when there are none.
 */
function withoutLostThoughts(input: JsonValue | undefined, canOpen: boolean): JsonValue[] | undefined {
  if (!Array.isArray(input)) return undefined
  const isLost = (item: JsonValue) => isObject(item) && item.type === 'reasoning' && !(canOpen && isSealed(item))
  return input.some(isLost) ? input.filter((item: JsonValue) => !isLost(item)) : undefined
}

function isSealed({ encrypted_content: sealed }: JsonObject): boolean {
  return typeof sealed === 'string' && sealed !== ''
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
