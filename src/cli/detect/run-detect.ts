// Owns the run of `aegis detect`: lines in, verdicts out, in the same order.
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { createDetection, type DetectionPipeline } from '../../policy/classify/detect.ts'
import { readDetectLine } from './read-line.ts'

export interface DetectFlags {
  readonly acceptBinary?: boolean
}

export async function runDetect(
  { acceptBinary = false }: DetectFlags,
  input: Readable,
  output: Writable,
): Promise<void> {
  const pipeline = createDetection({ clock: performance, acceptsBinaryParts: acceptBinary })
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line.trim() === '') continue
    const answer = answerTo(line, number, pipeline)
    if ('error' in answer) process.exitCode = 1
    if (!output.write(`${JSON.stringify(answer)}\n`)) await new Promise((resolve) => output.once('drain', resolve))
  }
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
