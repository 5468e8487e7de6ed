// Owns the bytes that go to an OpenAI-wire upstream: the caller's own, but for the members that must change.
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { editMembers } from '../../domain/edit-members.ts'
import type { OpenAIWireTraits } from '../../domain/openai-wire-traits.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { RequestBody } from '../../domain/request-body.ts'

type Edits = Map<string, string | undefined>

/**
 * OpenAI's models that answer an effort with an error. A request that was translated asks for thoughts where there are
 * any, not for a model that has them.
 */
const NOT_REASONING = /^(?:openai\/)?(?:gpt-[34]|chatgpt-4o)/

/**
 * The body for one attempt: the model's name there, no `aegis` member, the output cap that the reservation pays for,
 * a request for the usage of a stream, and nothing that this server refuses. All other bytes are the caller's.
 * @param wireModel the model's name at the server.
 * @throws ProviderFailure of kind `unsupported` for a request that this server would refuse.
 */
export function requestBody(attempt: FundedAttempt, wireModel: string, traits: OpenAIWireTraits): Buffer {
  const { body } = attempt.task
  const edits: Edits = new Map()
  if (body.view.model !== wireModel) edits.set('model', JSON.stringify(wireModel))
  if ('aegis' in body.view) edits.set('aegis', undefined)
  leaveOutRefused(attempt, traits, edits)
  reportUsage(body, traits, edits)
  askForThoughts(body, wireModel, edits)
  capOutput(body, attempt.outputTokenCap, traits.outputCapMembers, edits)
  return editMembers(body, edits)
}

/** What a client of another wire says of thoughts, in OpenAI's words. One of OpenAI's own says what it wants. */
function askForThoughts({ native, view }: RequestBody, wireModel: string, edits: Edits): void {
  if (native?.wire === 'anthropic') {
    if (NOT_REASONING.test(wireModel)) edits.set('reasoning_effort', undefined)
    return
  }
  if (view.aegis === undefined) return
  const { think } = asObject(asObject(view.aegis).ollama)
  if (typeof think !== 'string' || view.reasoning_effort !== undefined || NOT_REASONING.test(wireModel)) return
  edits.set('reasoning_effort', JSON.stringify(think))
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

/** The body of an embedding: the model's name there, and no `aegis` member. All other bytes are the caller's. */
export function embeddingRequestBody({ task, model }: FundedAttempt, wireModel = model): Buffer {
  const edits: Edits = new Map()
  if (task.body.view.model !== wireModel) edits.set('model', JSON.stringify(wireModel))
  if ('aegis' in task.body.view) edits.set('aegis', undefined)
  return editMembers(task.body, edits)
}

function leaveOutRefused({ task, provider }: FundedAttempt, traits: OpenAIWireTraits, edits: Edits): void {
  const { view, choices } = task.body
  const refuse = (what: string) =>
    new ProviderFailure('unsupported', {
      provider: provider.name,
      message: `${provider.name} ${what}.`,
      dispatched: false,
    })
  if (choices > 1 && !traits.manyChoices) throw refuse('cannot give more than one choice (n)')
  for (const name of traits.refusedMembers) {
    const value = view[name]
    if (value === undefined) continue
    if (!saysNothing(value)) throw refuse(`does not take ${name}`)
    edits.set(name, undefined)
  }
}

/** Whether a member only says what holds without it: no value, off, a penalty of nothing, an empty list. */
function saysNothing(value: JsonValue): boolean {
  if (value === null || value === false || value === 0 || value === 'auto' || value === 'none') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function reportUsage(body: RequestBody, { streamUsage }: OpenAIWireTraits, edits: Edits): void {
  const asked = body.view.stream_options
  if (streamUsage === 'always') {
    if (asked !== undefined) edits.set('stream_options', undefined)
    return
  }
  if (!body.stream || body.wantsStreamUsage) return
  const options = typeof asked === 'object' && asked !== null ? asked : {}
  edits.set('stream_options', JSON.stringify({ ...options, include_usage: true }))
}

const capMembers = ['max_completion_tokens', 'max_tokens'] as const

/** @param cap what the reservation pays for; undefined when only the caller's own cap counts. */
function capOutput(
  body: RequestBody,
  cap: number | undefined,
  obeyed: OpenAIWireTraits['outputCapMembers'],
  edits: Edits,
): void {
  const named = capMembers.filter((name) => typeof body.view[name] === 'number')
  if (body.native) {
    // The name is ours and not the caller's, so it is the one that this server likes best.
    for (const name of named) if (name !== obeyed[0]) edits.set(name, undefined)
    const wanted = smaller(cap, body.outputTokenCap)
    if (wanted !== undefined && wanted !== body.view[obeyed[0]]) edits.set(obeyed[0], String(wanted))
    return
  }
  const unknown = capMembers.filter((name) => name in body.view && !obeyed.includes(name))
  for (const name of unknown) edits.set(name, undefined)
  const understood = named.filter((name) => obeyed.includes(name))
  const isHidden = named.length > understood.length
  if (understood.length === 0 || isHidden) {
    const wanted = smaller(cap, body.outputTokenCap)
    const target = understood[0] ?? obeyed[0]
    if (wanted !== undefined && wanted !== body.view[target]) edits.set(target, String(wanted))
    return
  }
  if (cap === undefined) return
  for (const name of understood) if (Number(body.view[name]) > cap) edits.set(name, String(cap))
}

function smaller(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return Math.min(left, right)
}
