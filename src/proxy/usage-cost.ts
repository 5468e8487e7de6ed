// Owns the `cost` member that Aegis adds to the usage object of an answer.
import { scanMembers } from '../domain/json-members.ts'
import { type NanoUsd, usdText } from '../domain/money.ts'

/** The completion with `usage.cost` in US dollars; unchanged when it has no usage object. */
export function withCost(body: Buffer, cost: NanoUsd): Buffer {
  const usage = scanMembers(body).members.find(({ key }) => key === 'usage')
  return usage ? insertCost(body, usage.valueStart, cost) : body
}

/** The same for the event of a stream. */
export function eventWithCost(event: Buffer, cost: NanoUsd): Buffer {
  const key = event.lastIndexOf('"usage"')
  return key < 0 ? event : insertCost(event, event.indexOf('{', key), cost)
}

function insertCost(bytes: Buffer, brace: number, cost: NanoUsd): Buffer {
  if (brace < 0 || bytes[brace] !== 0x7b) return bytes
  let next = brace + 1
  while (bytes[next] === 0x20 || bytes[next] === 0x0a || bytes[next] === 0x0d || bytes[next] === 0x09) next += 1
  const member = `"cost":${usdText(cost)}${bytes[next] === 0x7d ? '' : ','}`
  return Buffer.concat([bytes.subarray(0, brace + 1), Buffer.from(member), bytes.subarray(brace + 1)])
}
