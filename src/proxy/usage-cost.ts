// Owns the `cost` member that Aegis adds to the usage object of an answer.
import { scanMembers } from '../domain/json-members.ts'
import { type NanoUsd, usdText } from '../domain/money.ts'

const OPEN_BRACE = 0x7b

/** The completion with `usage.cost` in US dollars; unchanged when it has no usage object. */
export function withCost(body: Buffer, cost: NanoUsd): Buffer {
  const usage = scanMembers(body).members.findLast(({ key }) => key === 'usage')
  if (!usage || body[usage.valueStart] !== OPEN_BRACE) return body
  const object = body.subarray(usage.valueStart, usage.end)
  return Buffer.concat([body.subarray(0, usage.valueStart), priced(object, cost), body.subarray(usage.end)])
}

/** The same for the event of a stream. */
export function eventWithCost(event: Buffer, cost: NanoUsd): Buffer {
  const start = event.indexOf('{', Math.max(0, event.indexOf('data:')))
  return start < 0 ? event : Buffer.concat([event.subarray(0, start), withCost(event.subarray(start), cost)])
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
