// Owns where a body is judged: small ones at once, on this thread; large ones in a worker.
import type { RequestBody } from '../domain/request-body.ts'
import { type DetectionPipeline, defaultDetectionLimits } from '../policy/classify/detect.ts'
import type { Detection } from '../policy/classify/finding.ts'
import { joinDetections } from '../policy/classify/join-detections.ts'
import { type DetectionSettings, pipelineOf, prepareDetection } from './detection-settings.ts'
import { DetectionWorkerPool } from './detection-worker-pool.ts'

export interface DetectorServiceOptions {
  /** Worker threads, at least 1. Default 1. */
  readonly workers?: number
  /** Bodies larger than this are judged in a worker. Default 32 KB. */
  readonly largeBytes?: number
}

/**
 * @example
 * const detector = new DetectorService({ dictionaries: [{ name: 'projects', terms: ['Bluebird'] }] })
 * const detection = await detector.detect(task.body)
 */
export class DetectorService {
  readonly #pipeline: DetectionPipeline
  readonly #pool: DetectionWorkerPool
  readonly #largeBytes: number
  readonly #settings: DetectionSettings

  /** @throws TenantRuleError for a rule of the tenant that cannot be used. */
  constructor(settings: DetectionSettings, { workers = 1, largeBytes = 32 * 1024 }: DetectorServiceOptions = {}) {
    this.#pipeline = pipelineOf(settings)
    this.#pool = new DetectionWorkerPool(
      settings,
      workers,
      settings.limits?.maxTimeMs ?? defaultDetectionLimits.maxTimeMs,
    )
    this.#largeBytes = largeBytes
    this.#settings = settings
  }

  /** The verdict itself when it is there at once, a promise of it otherwise. Neither throws nor rejects. */
  detect(body: RequestBody): Detection | Promise<Detection> {
    const found = this.#detectForm(body)
    if (body.native === undefined) return found
    // Either form may be sent, and each holds what the other has not.
    const inNative = this.#detectForm(body.native)
    if (!(found instanceof Promise) && !(inNative instanceof Promise)) return joinDetections(found, inNative)
    return Promise.all([found, inNative]).then(([one, other]) => joinDetections(one, other))
  }

  /** At once, on this thread, however large the body is: for explanations. */
  detectNow(body: RequestBody): Detection {
    const found = this.#pipeline.detect(body.view)
    return body.native === undefined ? found : joinDetections(found, this.#pipeline.detect(body.native.view))
  }

  /** The verdict on names of models that stand beside a body. */
  detectNames(names: readonly string[]): Detection {
    return this.#pipeline.detect({ model: names })
  }

  #detectForm(form: Pick<RequestBody, 'bytes' | 'view'>): Detection | Promise<Detection> {
    return form.bytes.length <= this.#largeBytes ? this.#pipeline.detect(form.view) : this.#pool.detect(form.bytes)
  }

  /** Before the first body, which would wait for it otherwise. */
  prepare(): void {
    prepareDetection(this.#settings)
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}
