// Owns the run of `aegis detect`: lines in, verdicts out, in the same order.
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { AegisConfig } from '../../config/aegis-config.ts'
import { pipelineOf } from '../../detection/detection-settings.ts'
import type { DetectionPipeline } from '../../policy/classify/detect.ts'
import { configFromFile } from '../gateway/find-gateway.ts'
import { readDetectLine } from './read-line.ts'

export interface DetectFlags {
  readonly config?: string
  readonly names?: AegisConfig['privacy']['detect']['names']
  readonly acceptBinary?: boolean
}

export async function runDetect(flags: DetectFlags, input: Readable, output: Writable): Promise<void> {
  const pipeline = await pipelineFor(flags)
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line.trim() === '') continue
    const answer = answerTo(line, number, pipeline)
    if ('error' in answer) process.exitCode = 1
    if (!output.write(`${JSON.stringify(answer)}\n`)) await new Promise((resolve) => output.once('drain', resolve))
  }
}

/** What a gateway with the configuration searches for; only a file that is named is read. */
async function pipelineFor({ config: stated, names, acceptBinary = false }: DetectFlags): Promise<DetectionPipeline> {
  const config = stated === undefined ? undefined : await configFromFile(stated)
  const detect = config?.privacy.detect
  const tenant = detect && {
    ignoredTypes: detect.ignoredTypes,
    dictionaries: detect.dictionaries,
    patterns: detect.patterns,
  }
  return pipelineOf({ ...tenant, names: names ?? detect?.names ?? 'balanced', acceptsBinaryParts: acceptBinary })
}

function answerTo(line: string, number: number, pipeline: DetectionPipeline): object {
  const asked = readDetectLine(line)
  if ('error' in asked) return { line: number, error: asked.error }
  const { classification, undecidable, findings } = pipeline.detect(asked.body)
  return {
    id: asked.id,
    classification,
    // Of two members of one name only the last was read.
    undecidable: undecidable || asked.repeatsName,
    spans: findings.map(({ start, end, type, score, path }) => ({ start, end, type, score, path })),
  }
}
