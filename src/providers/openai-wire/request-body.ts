// Owns the bytes that go to an OpenAI-wire upstream: the caller's own, but for the members that must change.
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { ChatBody } from '../../domain/chat-body.ts'

/** What differs between upstreams of this wire, as data. */
export interface OpenAIWireQuirks {
  /** The member that caps the answer when the caller named none. */
  readonly outputCapMember: 'max_completion_tokens' | 'max_tokens'
  /** Whether a stream reports its usage only when asked to. */
  readonly asksForStreamUsage: boolean
}

/** A member's new JSON text; `undefined` removes the member. */
export type MemberEdits = ReadonlyMap<string, string | undefined>

/**
 * The body for one attempt: the model's name there, no `aegis` member, the output cap that the reservation pays for,
 * and a request for the usage of a stream. All other bytes are the caller's.
 */
export function requestBody(attempt: FundedAttempt, quirks: OpenAIWireQuirks): Buffer {
  const { body } = attempt.task
  const edits = new Map<string, string | undefined>()
  if (body.view.model !== attempt.model) edits.set('model', JSON.stringify(attempt.model))
  if ('aegis' in body.view) edits.set('aegis', undefined)
  if (body.stream && quirks.asksForStreamUsage && !body.wantsStreamUsage) {
    const asked = body.view.stream_options
    const options = typeof asked === 'object' && asked !== null ? asked : {}
    edits.set('stream_options', JSON.stringify({ ...options, include_usage: true }))
  }
  capOutput(attempt, quirks, edits)
  return editMembers(body, edits)
}

/**
 * The cap that the reservation pays for. An upstream that is known to obey `max_tokens` may ignore the newer name, as
 * Ollama's /v1 does; where money depends on the cap, it goes by the name that is obeyed.
 */
function capOutput(attempt: FundedAttempt, quirks: OpenAIWireQuirks, edits: Map<string, string | undefined>): void {
  const { view } = attempt.task.body
  const cap = attempt.outputTokenCap
  const named = (['max_completion_tokens', 'max_tokens'] as const).filter((name) => typeof view[name] === 'number')
  if (named.length === 0) {
    if (cap !== undefined) edits.set(quirks.outputCapMember, String(cap))
    return
  }
  for (const name of named) if (cap !== undefined && Number(view[name]) > cap) edits.set(name, String(cap))
  if (attempt.reservation.amount === 0 || quirks.outputCapMember !== 'max_tokens') return
  const obeyed = Math.min(cap ?? Number.POSITIVE_INFINITY, ...named.map((name) => Number(view[name])))
  if (view.max_tokens !== obeyed) edits.set('max_tokens', String(obeyed))
  if (!named.includes('max_tokens')) edits.set('max_completion_tokens', undefined)
}

/** Changes, removes or appends top-level members and copies everything else byte for byte. */
export function editMembers(body: ChatBody, edits: MemberEdits): Buffer {
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
