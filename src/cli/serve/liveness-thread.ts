// Owns the thread that answers liveness probes. It shares nothing with the event loop that it judges but one number.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

export interface LivenessSetup {
  readonly host: string
  readonly port: number
  readonly hangAfterMs: number
  /** One 32-bit number, which grows for as long as the event loop turns. */
  readonly beats: SharedArrayBuffer
}

const { host, port, hangAfterMs, beats } = workerData as LivenessSetup
const counter = new Int32Array(beats)
let seen = -1
let seenMs = performance.now()

function silentMs(): number {
  const now = Atomics.load(counter, 0)
  if (now !== seen) {
    seen = now
    seenMs = performance.now()
  }
  return performance.now() - seenMs
}

// Also when nobody asks: the time of the last beat is what a probe is answered by.
setInterval(silentMs, hangAfterMs / 10)

const server = createServer((request, response) => {
  const known = request.url === '/health/liveness' || request.url === '/health/liveliness'
  const hangs = silentMs() >= hangAfterMs
  const body = hangs ? { status: 'hanging', silent_ms: Math.round(silentMs()) } : { status: 'alive' }
  response.writeHead(known ? (hangs ? 503 : 200) : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(known ? body : { status: 'not_found' }))
})
server.listen({ host, port }, () => parentPort?.postMessage((server.address() as AddressInfo).port))
