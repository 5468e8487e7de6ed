// Owns the shape of a detector's test: texts it must find something in, and texts that only look like it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Detector } from '../../src/policy/classify/engine/detector.ts'
import { DetectorSet } from '../../src/policy/classify/engine/detector-set.ts'
import { ScannedText } from '../../src/policy/classify/engine/scanned-text.ts'

/** A text and, when it is not all of it, the value in it. */
export type Found = string | readonly [text: string, value: string]

export interface DetectorCases {
  readonly finds: readonly Found[]
  readonly ignores: readonly string[]
}

/** What these detectors alone find, as the words themselves. */
export function valuesFoundBy(detectors: readonly Detector[], text: string, label = ''): string[] {
  return new DetectorSet(detectors).scan(new ScannedText(text, label)).map(({ start, end }) => text.slice(start, end))
}

/** Declares a test for every text. */
export function describeDetector(detector: Detector | readonly Detector[], { finds, ignores }: DetectorCases): void {
  const detectors = Array.isArray(detector) ? (detector as readonly Detector[]) : [detector as Detector]
  describe(detectors.map(({ rule }) => rule).join(', '), () => {
    for (const found of finds) {
      const [text, value] = typeof found === 'string' ? [found, found] : found
      test(`finds ${value.slice(0, 60)} in: ${text.slice(0, 60)}`, () => {
        const values = valuesFoundBy(detectors, text)
        assert.ok(values.includes(value), `found ${JSON.stringify(values)}`)
      })
    }
    for (const text of ignores) {
      test(`leaves alone: ${text.slice(0, 80)}`, () => assert.deepEqual(valuesFoundBy(detectors, text), []))
    }
    test('says where its format is defined', () => {
      for (const { source, rule } of detectors) assert.ok(source.length >= 3, rule)
    })
  })
}
