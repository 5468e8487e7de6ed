// Owns the bytes that go to an OpenAI-wire upstream: the caller's own, but for the members that must change.
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { JsonValue } from '../../domain/chat-body.ts'
import type { OpenAIWireTraits } from '../../domain/openai-wire-traits.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { RequestBody } from '../../domain/request-body.ts'

/** A member's new JSON text; `undefined` removes the member. */
export type MemberEdits = ReadonlyMap<string, string | undefined>

type Edits = Map<string, string | undefined>

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
  capOutput(body, attempt.outputTokenCap, traits.outputCapMembers, edits)
  return editMembers(body, edits)
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

/** Changes, removes or appends top-level members and copies everything else byte for byte. */
export function editMembers(body: RequestBody, edits: MemberEdits): Buffer {
  if (edits.size === 0) return body.bytes
  const { bytes, members } = body
  const parts: (Buffer | string)[] = []
  const open = bytes.indexOf('{')
  parts.push(bytes.subarray(0, open + 1))
  let copied = open + 1
  let kept = 0
  for (const [index, member] of members.entries()) {
    const next = members[index + 1]
    const end = next ? next.start : member.end
    if (!edits.has(member.key)) {
      kept += 1
      continue
    }
    const text = edits.get(member.key)
    if (text !== undefined) {
      kept += 1
      parts.push(bytes.subarray(copied, member.valueStart), text)
      copied = member.end
      continue
    }
    // A removed member takes the comma behind it along; the last one, the comma before it.
    parts.push(bytes.subarray(copied, member.start))
    copied = end
    if (!next && kept > 0) trimComma(parts)
  }
  const present = new Set(members.map(({ key }) => key))
  const added = [...edits].filter(([key, text]) => text !== undefined && !present.has(key))
  const close = bytes.lastIndexOf('}')
  parts.push(bytes.subarray(copied, close))
  for (const [key, text] of added) {
    parts.push(`${kept > 0 ? ',' : ''}${JSON.stringify(key)}:${text}`)
    kept += 1
  }
  parts.push(bytes.subarray(close))
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/** Cuts the last comma, and what follows it, from the end of the copied parts. */
function trimComma(parts: (Buffer | string)[]): void {
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    const part = parts[index]
    if (typeof part === 'string') return
    const comma = part?.lastIndexOf(',') ?? -1
    if (
      part &&
      comma >= 0 &&
      part
        .subarray(comma + 1)
        .toString()
        .trim() === ''
    ) {
      parts[index] = part.subarray(0, comma)
      return
    }
    if (part && part.toString().trim() !== '') return
  }
}
