// Owns the heart of the liveness probe: the event loop bumps a number, and a thread of its own tells whether it still does.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { LivenessSetup } from './liveness-thread.ts'

/** TypeScript from a checkout, JavaScript in the package. */
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './liveness-thread.ts' : './liveness-thread.js',
  import.meta.url,
)

const BEATS_IN_A_HANG = 10

export interface Liveness {
  readonly port: number
  close(): Promise<void>
}

/**
 * Answers `GET /health/liveness` on a port of its own: 200 while the event loop turns, also when it is busy and turns
 * late; 503 when it has stood still for `hangAfterMs`.
 * @throws what the socket says, such as EADDRINUSE.
 */
export async function startLiveness(options: {
  readonly host: string
  readonly port: number
  readonly hangAfterMs: number
}): Promise<Liveness> {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const setup: LivenessSetup = { ...options, beats: beats.buffer }
  const thread = new Worker(threadFile, { workerData: setup, env: {}, execArgv: [] })
  const beat = setInterval(() => Atomics.add(beats, 0, 1), Math.ceil(options.hangAfterMs / BEATS_IN_A_HANG))
  beat.unref()
  const close = async () => {
    clearInterval(beat)
    await thread.terminate()
  }
  try {
    const [port] = (await once(thread, 'message')) as [number]
    thread.unref()
    return { port, close }
  } catch (error) {
    await close()
    throw error
  }
}
