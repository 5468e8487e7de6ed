// Owns the worker threads of detection: who is free, what becomes of a job whose worker fails or takes too long.
import { Worker } from 'node:worker_threads'
import type { Detection, UndecidableCause } from '../policy/classify/finding.ts'
import type { DetectionSettings } from './detection-settings.ts'
import type { DetectionAnswer, DetectionJob } from './detection-worker.ts'

/** TypeScript from a checkout, JavaScript in the package. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './detection-worker.ts' : './detection-worker.js',
  import.meta.url,
)

/** A worker that has not answered this long after its own time limit is ended. */
const GRACE_MS = 3_000

interface Pending extends DetectionJob {
  readonly resolve: (detection: Detection) => void
}

interface Thread {
  readonly worker: Worker
  job: Pending | undefined
  timer: NodeJS.Timeout | undefined
}

export class DetectionWorkerPool {
  readonly #settings: DetectionSettings
  readonly #size: number
  readonly #maxTimeMs: number
  readonly #threads = new Set<Thread>()
  readonly #waiting: Pending[] = []
  #nextId = 1
  #closed = false

  /** Threads start with the first jobs. @param maxTimeMs what the pipeline's own limit is. */
  constructor(settings: DetectionSettings, size: number, maxTimeMs: number) {
    this.#settings = settings
    this.#size = size
    this.#maxTimeMs = maxTimeMs
  }

  /** Never rejects: a worker that fails leaves its body undecidable. */
  detect(bytes: Uint8Array): Promise<Detection> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(undecidable('detector_error'))
      this.#waiting.push({ id: this.#nextId++, bytes, resolve })
      this.#dispatch()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#waiting.splice(0)) job.resolve(undecidable('detector_error'))
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, 'detector_error')))
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const thread = [...this.#threads].find(({ job }) => job === undefined) ?? this.#start()
      if (thread === undefined) return
      const job = this.#waiting.shift() as Pending
      thread.job = job
      thread.timer = setTimeout(() => void this.#end(thread, 'out_of_time'), this.#maxTimeMs + GRACE_MS)
      thread.worker.ref()
      thread.worker.postMessage({ id: job.id, bytes: job.bytes } satisfies DetectionJob)
    }
  }

  #start(): Thread | undefined {
    if (this.#threads.size >= this.#size) return undefined
    const worker = new Worker(workerFile, { workerData: this.#settings, env: {}, execArgv: [] })
    const thread: Thread = { worker, job: undefined, timer: undefined }
    this.#threads.add(thread)
    worker.on('message', (answer: DetectionAnswer) => this.#finish(thread, answer))
    worker.on('error', () => void this.#end(thread, 'detector_error'))
    worker.on('exit', () => void this.#end(thread, 'detector_error'))
    return thread
  }

  #finish(thread: Thread, { id, detection }: DetectionAnswer): void {
    if (thread.job?.id !== id) return
    this.#settle(thread, detection)
    // An idle thread keeps no process alive.
    thread.worker.unref()
    this.#dispatch()
  }

  async #end(thread: Thread, cause: UndecidableCause): Promise<void> {
    if (!this.#threads.delete(thread)) return
    this.#settle(thread, undecidable(cause))
    await thread.worker.terminate()
    if (!this.#closed) this.#dispatch()
  }

  #settle(thread: Thread, detection: Detection): void {
    clearTimeout(thread.timer)
    thread.job?.resolve(detection)
    thread.job = undefined
  }
}

function undecidable(cause: UndecidableCause): Detection {
  return {
    classification: 'public',
    categories: ['undecidable'],
    undecidable: true,
    undecidableCauses: [cause],
    findings: [],
  }
}
