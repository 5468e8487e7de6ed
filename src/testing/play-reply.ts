// Plays a reply on an exchange: the waits and the faults of its behaviour.
import type { OutgoingHttpHeaders } from 'node:http'
import type { Behaviour } from './behaviour.ts'
import type { Exchange } from './exchange.ts'
import type { Billing, BodyReply, Dialect, Frame, Reply, StreamReply } from './reply.ts'
import { bodyText } from './reply.ts'

type Headers = Readonly<Record<string, string>>

/** Sends the reply as the behaviour has it; rejects with an AbortError when the client leaves first. */
export async function playReply(
  reply: Reply,
  behaviour: Behaviour,
  dialect: Dialect,
  headers: Headers,
  exchange: Exchange,
): Promise<void> {
  if (behaviour.heldUntil) await exchange.waitFor(behaviour.heldUntil)
  await exchange.sleep(behaviour.delayHeadersMs ?? 0)
  if (behaviour.hang === 'before_headers') await exchange.hang()
  if (behaviour.disconnectAfter === -1) return exchange.disconnect()
  if (reply.billing) exchange.bill({ ...reply.billing, outputTokens: 0 })
  if (reply.kind === 'stream') return playStream(reply, behaviour, dialect, headers, exchange)
  return playBody(reply, behaviour, dialect, headers, exchange)
}

async function playStream(
  reply: StreamReply,
  behaviour: Behaviour,
  dialect: Dialect,
  headers: Headers,
  exchange: Exchange,
): Promise<void> {
  const frames = reply.raw ? reply.frames : withLineEnding(reply.frames, behaviour)
  const played = cut(withInBandError(frames, behaviour, dialect), behaviour.truncateAfter)
  const hangAfter = reply.raw ? played.length : played.findIndex((frame) => frame.kind === 'output') + 1
  const meter = new OutputMeter(reply)
  exchange.sendHeaders(behaviour.status ?? 200, { 'content-type': reply.contentType, ...headers })
  if (behaviour.disconnectAfter === 0) return exchange.disconnect()
  if (behaviour.hang === 'after_headers') await exchange.hang()
  let outputs = 0
  for (const [index, frame] of played.entries()) {
    if (behaviour.comments && dialect.keepAliveComment) await exchange.write(dialect.keepAliveComment)
    await exchange.sleep(pauseBefore(frame, outputs, behaviour))
    if (frame.kind === 'output') outputs += 1
    await exchange.write(frame.bytes)
    const billing = meter.after(frame)
    if (billing) exchange.bill(billing)
    if (behaviour.disconnectAfter === index + 1) return exchange.disconnect()
    if (behaviour.hang === 'mid_stream' && hangAfter === index + 1) await exchange.hang()
  }
  if (behaviour.disconnectAfter !== undefined) return exchange.disconnect()
  exchange.end()
}

/** The waits before an output frame are the model's; a frame that is not output may have a pause of its own. */
function pauseBefore(frame: Frame, outputs: number, behaviour: Behaviour): number {
  if (frame.kind !== 'output') return frame.pauseMs ?? 0
  return (outputs === 0 ? behaviour.timeToFirstTokenMs : behaviour.chunkGapMs) ?? 0
}

function withLineEnding(frames: readonly Frame[], behaviour: Behaviour): readonly Frame[] {
  if (behaviour.lineEnding !== 'crlf') return frames
  return frames.map((frame) =>
    typeof frame.bytes === 'string' ? { ...frame, bytes: frame.bytes.replaceAll('\n', '\r\n') } : frame,
  )
}

function withInBandError(frames: readonly Frame[], behaviour: Behaviour, dialect: Dialect): readonly Frame[] {
  if (behaviour.inBandErrorAfter === undefined) return frames
  const { errorBody } = behaviour
  const bytes = errorBody === undefined ? dialect.failureFrame() : dialect.errorFrame(errorBody)
  return [...frames.slice(0, behaviour.inBandErrorAfter), { kind: 'closing', bytes, weight: 0 }]
}

function cut<Item>(items: readonly Item[], truncateAfter: number | undefined): readonly Item[] {
  return truncateAfter === undefined ? items : items.slice(0, truncateAfter)
}

async function playBody(
  reply: BodyReply,
  behaviour: Behaviour,
  dialect: Dialect,
  headers: Headers,
  exchange: Exchange,
): Promise<void> {
  if (reply.pieces > 0) {
    const gaps = (behaviour.chunkGapMs ?? 0) * (reply.pieces - 1)
    await exchange.sleep((behaviour.timeToFirstTokenMs ?? 0) + gaps)
  }
  if (reply.billing) exchange.bill(reply.billing)
  const status = behaviour.status ?? reply.status
  const inBandError = behaviour.inBandErrorAfter !== undefined && reply.status === 200
  const body = Buffer.from(inBandError ? bodyText(behaviour.errorBody ?? dialect.errorBody(500)) : reply.body)
  const allHeaders: OutgoingHttpHeaders = { 'content-type': reply.contentType, ...reply.headers, ...headers }
  if (behaviour.truncateAfter === undefined) allHeaders['content-length'] = body.length
  if (!isBroken(behaviour)) return exchange.sendWhole(status, allHeaders, body)
  exchange.sendHeaders(status, allHeaders)
  if (behaviour.disconnectAfter === 0) return exchange.disconnect()
  if (behaviour.hang === 'after_headers') await exchange.hang()
  const middle = Math.ceil(body.length / 2)
  for (const [index, half] of cut(
    [body.subarray(0, middle), body.subarray(middle)],
    behaviour.truncateAfter,
  ).entries()) {
    await exchange.write(half)
    if (behaviour.disconnectAfter === index + 1) return exchange.disconnect()
    if (behaviour.hang === 'mid_stream') await exchange.hang()
  }
  if (behaviour.disconnectAfter !== undefined) return exchange.disconnect()
  exchange.end()
}

function isBroken(behaviour: Behaviour): boolean {
  return (
    behaviour.truncateAfter !== undefined || behaviour.disconnectAfter !== undefined || behaviour.hang !== undefined
  )
}

/** Spreads a reply's output tokens over its frames by their weight, rounded up. */
class OutputMeter {
  readonly #billing: Billing | undefined
  readonly #totalWeight: number
  #sentWeight = 0

  constructor(reply: StreamReply) {
    this.#billing = reply.billing
    this.#totalWeight = reply.frames.reduce((sum, frame) => sum + frame.weight, 0)
  }

  after(frame: Frame): Billing | undefined {
    if (!this.#billing || frame.kind !== 'output') return undefined
    this.#sentWeight += frame.weight
    const share = this.#totalWeight === 0 ? 1 : this.#sentWeight / this.#totalWeight
    return { ...this.#billing, outputTokens: Math.ceil(this.#billing.outputTokens * share) }
  }
}
