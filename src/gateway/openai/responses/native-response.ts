// Owns the form of a request that a provider with the route for responses is sent: the caller's bytes, with the history in front.
import { type EditableBody, editMembers } from '../../../domain/edit-members.ts'
import { scanMembers } from '../../../domain/json-members.ts'
import type { JsonObject } from '../../../domain/request-body.ts'
import { type OnlyThere, ResponsesBody } from '../../../domain/responses-body.ts'
import type { History, OwnInput } from './decode-response.ts'
import type { ResponseItem } from './wire.ts'

/** What the chat beside it leaves out. */
export interface LeftOut {
  readonly isMore: boolean
  readonly onlyThere: OnlyThere | undefined
}

/**
 * Nothing of it lives at a provider: what `previous_response_id` and references name stands in `input` itself.
 * @param given the request as it came, checked.
 */
export function nativeResponse(
  given: EditableBody & { readonly view: JsonObject },
  input: OwnInput,
  history: History | undefined,
  { isMore, onlyThere }: LeftOut,
): ResponsesBody {
  const origin = { isMore, onlyThere, sealedBy: [...new Set([...(history?.sealedBy ?? []), ...input.sealedBy])] }
  if (history === undefined && !input.hasReferences) {
    return new ResponsesBody(given.bytes, given.view, given.members, origin)
  }
  const items = [
    ...(history?.items ?? []).map(inputItem).map((item) => JSON.stringify(item)),
    ...ownItems(given, input),
  ]
  const edits = new Map([
    ['previous_response_id', undefined],
    ['input', `[${items.join(',')}]`],
  ])
  const bytes = editMembers(given, edits)
  const view = JSON.parse(bytes.toString('utf8')) as JsonObject
  return new ResponsesBody(bytes, view, scanMembers(bytes).members, origin)
}

/** The caller's bytes, unless there are references among them. */
function ownItems({ bytes, members, view }: EditableBody & { readonly view: JsonObject }, input: OwnInput): string[] {
  if (input.hasReferences) return input.items.map(inputItem).map((item) => JSON.stringify(item))
  const member = members.findLast(({ key }) => key === 'input')
  const text = member ? bytes.toString('utf8', member.valueStart, member.end) : '[]'
  if (typeof view.input === 'string') return [`{"role":"user","content":${text}}`]
  const inside = text.slice(1, -1).trim()
  return inside === '' ? [] : [inside]
}

/** Kinds of items that may be sent without an id. */
const nameless: ReadonlySet<unknown> = new Set([
  ...[undefined, 'message', 'function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output'],
])

/** An item that was kept, as input again: its id is of this store, and OpenAI looks up what it knows by its id. */
function inputItem(item: ResponseItem): ResponseItem {
  if (!nameless.has(item.type)) return item
  const { id: _, ...rest } = item
  return rest
}
