// Owns the `cost` member that Aegis adds to the usage object of an answer.
import { scanMembers } from '../domain/json-members.ts'
import { type NanoUsd, usdText } from '../domain/money.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const COLON = 0x3a
const SPACE = 0x20

interface ClosingUsage {
  readonly valueStart: number
  readonly end: number
  readonly hasMembers: boolean
}

/** The completion with `usage.cost` in US dollars; unchanged when it has no usage object. Events of responses have one inside. */
export function withCost(body: Buffer, cost: NanoUsd): Buffer {
  const simple = closingUsage(body)
  if (simple?.hasMembers && body.indexOf('"cost"', simple.valueStart) < 0) {
    const inside = simple.valueStart + 1
    return Buffer.concat([body.subarray(0, inside), Buffer.from(`"cost":${usdText(cost)},`), body.subarray(inside)])
  }
  const members = simple ? [] : scanMembers(body).members
  const usage = simple ?? members.findLast(({ key }) => key === 'usage')
  if (!usage) {
    const inner = members.find(({ key }) => key === 'response')
    if (!inner || body[inner.valueStart] !== OPEN_BRACE) return body
    const response = withCost(body.subarray(inner.valueStart, inner.end), cost)
    return Buffer.concat([body.subarray(0, inner.valueStart), response, body.subarray(inner.end)])
  }
  if (body[usage.valueStart] !== OPEN_BRACE) return body
  const object = body.subarray(usage.valueStart, usage.end)
  return Buffer.concat([body.subarray(0, usage.valueStart), priced(object, cost), body.subarray(usage.end)])
}

/** The same for the event of a stream. */
export function eventWithCost(event: Buffer, cost: NanoUsd): Buffer {
  const start = event.indexOf('{', Math.max(0, event.indexOf('data:')))
  return start < 0 ? event : Buffer.concat([event.subarray(0, start), withCost(event.subarray(start), cost)])
}

/**
 * The usual case without a scan of the whole: the last `"usage":{…}` of the body, when what follows its end closes
 * exactly the outer object, which proves that it is a top-level member. (In a string the quotes would be escaped.)
 */
function closingUsage(body: Buffer): ClosingUsage | undefined {
  const key = body.lastIndexOf('"usage"')
  if (key < 0) return undefined
  const colon = afterSpace(body, key + 7)
  const valueStart = afterSpace(body, colon + 1)
  if (body[colon] !== COLON || body[valueStart] !== OPEN_BRACE) return undefined
  let depth = 0
  let end = 0
  for (let at = valueStart; at < body.length; at += 1) {
    const byte = body[at]
    if (byte === QUOTE) {
      at = body.indexOf(QUOTE, at + 1)
      if (at < 0 || body[at - 1] === BACKSLASH) return undefined
    }
    if (byte === OPEN_BRACE) depth += 1
    if (byte !== CLOSE_BRACE) continue
    depth -= 1
    if (depth === 0 && end === 0) end = at + 1
  }
  return depth === -1 ? { valueStart, end, hasMembers: body[afterSpace(body, valueStart + 1)] === QUOTE } : undefined
}

function afterSpace(body: Buffer, from: number): number {
  let at = from
  while ((body[at] as number) <= SPACE) at += 1
  return at
}

/** A provider's own `cost` is replaced: with two of one name, clients would read the other one. */
function priced(usage: Buffer, cost: NanoUsd): Buffer {
  const { members } = scanMembers(usage)
  const theirs = members.findLast(({ key }) => key === 'cost')
  if (theirs) {
    return Buffer.concat([usage.subarray(0, theirs.valueStart), Buffer.from(usdText(cost)), usage.subarray(theirs.end)])
  }
  const member = `"cost":${usdText(cost)}${members.length === 0 ? '' : ','}`
  return Buffer.concat([usage.subarray(0, 1), Buffer.from(member), usage.subarray(1)])
}
