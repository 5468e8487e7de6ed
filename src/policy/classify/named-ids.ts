// Owns which earlier answers a request names: ids in the places where the dialects put them. Pure.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import type { Task } from '../../domain/task.ts'

const MOST_IDS = 5_000
const MOST_LENGTH = 512

/** Members that hold an id, at the top and in messages, items, their parts and their calls. */
const idMembers = [
  'id',
  'tool_call_id',
  'call_id',
  'tool_use_id',
  'item_id',
  'response_id',
  'previous_response_id',
  'conversation_id',
] as const
const listMembers = ['content', 'tool_calls', 'output'] as const

/**
 * Every id that the request names, once each. Only places where an id of an earlier answer can stand are looked at, so a
 * long conversation costs a few steps a message.
 * @example namedIds(task) // ['call_8f3a', 'resp_req_…']
 */
export function namedIds({ body, namedIds: beside = [] }: Pick<Task, 'body' | 'namedIds'>): ReadonlySet<string> {
  const found = new Set(beside)
  const { view } = body
  addId(view.previous_response_id, found)
  addId(view.response_id, found)
  const { conversation } = view
  if (isObject(conversation)) addId(conversation.id, found)
  else addId(conversation, found)
  for (const list of [view.messages, view.input]) if (Array.isArray(list)) addItems(list, found, 2)
  return found
}

function addItems(items: readonly JsonValue[], found: Set<string>, depth: number): void {
  for (const item of items) {
    if (!isObject(item)) continue
    if (found.size >= MOST_IDS) return
    for (const member of idMembers) addId(item[member], found)
    if (depth === 0) continue
    for (const member of listMembers) {
      const list = item[member]
      if (Array.isArray(list)) addItems(list, found, depth - 1)
    }
  }
}

function addId(value: JsonValue | undefined, found: Set<string>): void {
  if (typeof value === 'string' && value !== '' && value.length <= MOST_LENGTH) found.add(value)
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
