// Proves that no text makes detection slower than linear: ten hostile shapes, at 50 and at 100 KB.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDetection } from './detect.ts'

const { detect } = createDetection({ clock: { now: () => 0 }, limits: { maxUnits: 1e9 } })

const shapes: Readonly<Record<string, (length: number) => string>> = {
  'one letter': (length) => 'a'.repeat(length),
  'one digit': (length) => '1'.repeat(length),
  'digits and spaces': (length) => '1 '.repeat(length / 2),
  'digits and hyphens': (length) => '123-'.repeat(length / 4),
  'at signs': (length) => 'a@a.'.repeat(length / 4),
  'colons and hexadecimal digits': (length) => 'ab:1:'.repeat(length / 5),
  'the words of keywords': (length) => 'password born patient token key: '.repeat(length / 33),
  'openings without an end': (length) => '-----BEGIN RSA PRIVATE KEY-----eyJ{[("\''.repeat(length / 39),
  'escapes of all kinds': (length) => '%41\\u0041&#64;=3D'.repeat(length / 17),
  'capital words and numbers': (length) => 'Am Weg Street 12 A1B2 Straße '.repeat(length / 29),
  'marks and look-alikes': (length) => 'a\u0301\u200bа４'.repeat(length / 5),
}

/** The least of several runs in microseconds of this process: what else the machine does counts less. */
function cost(text: string): number {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 4; run += 1) {
    const before = process.cpuUsage()
    detect(text)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, user + system)
  }
  return least
}

for (const [name, shape] of Object.entries(shapes)) {
  test(`${name}: twice the text costs about twice as much`, () => {
    detect(shape(20_000))
    const [single, double] = [cost(shape(50_000)), cost(shape(100_000))]
    // A quadratic pattern shows a ratio of 4 or more. Short times are all noise.
    assert.ok(double < 3.2 * single + 4_000, `${single} us at 50 KB, ${double} us at 100 KB`)
  })
}
