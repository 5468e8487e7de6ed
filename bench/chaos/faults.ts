/** Owns what a paid upstream does with a request: well more often than not, else one of the faults that providers have. */
import type { Behaviour, JsonObject } from '../../src/testing/index.ts'
import type { Random } from './random.ts'

/** The wires of the two paid upstreams. */
export type PaidWire = 'openai' | 'ollama'

const WELL: Behaviour = { chunkGapMs: 5 }
/** Providers do not bill these, and neither does the simulated one. */
const inBandError: Readonly<Record<PaidWire, Behaviour>> = {
  openai: scripted(
    'data: {"error":{"message":"The engine is overloaded.","type":"server_error"}}\n\n',
    'text/event-stream',
  ),
  ollama: scripted('{"error":"The engine is overloaded."}\n', 'application/x-ndjson'),
}

function scripted(frame: string, contentType: string): Behaviour {
  const error: JsonObject = { error: { message: 'The engine is overloaded.', type: 'server_error' } }
  return { rawFrames: [frame], rawBody: JSON.stringify(error), contentType }
}

type Draw = (random: Random, wire: PaidWire) => Behaviour

/** By the name that the report gives it. */
export const faults = {
  '429 with Retry-After': () => ({ status: 429, headers: { 'retry-after': '1' } }),
  '429 without': () => ({ status: 429 }),
  '5xx': (random) => ({ status: random.pick([500, 502, 503, 504, 529]) }),
  'hangs before its answer': () => ({ hang: 'before_headers' }),
  'hangs after its headers': () => ({ hang: 'after_headers' }),
  'hangs in the middle': () => ({ hang: 'mid_stream' }),
  'ends too soon': (random) => ({ ...WELL, truncateAfter: random.between(1, 6) }),
  'resets at once': () => ({ disconnectAfter: -1 }),
  'resets in the middle': (random) => ({ ...WELL, disconnectAfter: random.between(0, 6) }),
  'an error inside a 200': (_, wire) => inBandError[wire],
  'usage that comes late': () => ({ ...WELL, usage: 'late' }),
  'no usage': () => ({ ...WELL, usage: 'absent' }),
  'a usage of zeros': () => ({ ...WELL, usage: 'zero' }),
  'slow answers': (random) => ({ timeToFirstTokenMs: random.between(50, 400), chunkGapMs: random.between(10, 60) }),
} as const satisfies Record<string, Draw>

export type FaultName = keyof typeof faults
export const faultNames = Object.keys(faults) as FaultName[]

export interface Meeting {
  readonly fault: FaultName | undefined
  readonly behaviour: Behaviour
}

const SHARE_OF_FAULTS = 0.45

/** What the next request of this upstream meets. */
export function drawMeeting(random: Random, wire: PaidWire): Meeting {
  if (!random.chance(SHARE_OF_FAULTS)) return { fault: undefined, behaviour: WELL }
  const fault = random.pick(faultNames)
  const draw: Draw = faults[fault]
  return { fault, behaviour: draw(random, wire) }
}
