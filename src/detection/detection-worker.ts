// Owns the worker thread of detection: bodies come in as bytes, verdicts go out.
import { parentPort, workerData } from 'node:worker_threads'
import type { Detection } from '../policy/classify/finding.ts'
import { type DetectionSettings, pipelineOf, prepareDetection } from './detection-settings.ts'

export interface DetectionJob {
  readonly id: number
  readonly bytes: Uint8Array
}

export interface DetectionAnswer {
  readonly id: number
  readonly detection: Detection
}

const settings = workerData as DetectionSettings
prepareDetection(settings)
const pipeline = pipelineOf(settings)
parentPort?.on('message', ({ id, bytes }: DetectionJob) => {
  parentPort?.postMessage({ id, detection: pipeline.detectJson(bytes) } satisfies DetectionAnswer)
})
