// Whatever way an answer is written, its usage gets one cost and everything else stays as it was.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import { nanoUsd } from '../domain/money.ts'
import { eventWithCost, withCost } from './usage-cost.ts'

const cost = nanoUsd(1_500_000)
const priced = (text: string) => withCost(Buffer.from(text), cost).toString()

describe('the cost is added to the usage of an answer', () => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    'that ends with it': ['{"id":"a","usage":{"n":1}}', '{"id":"a","usage":{"cost":0.0015,"n":1}}'],
    'that is written with spaces': [
      '{\n  "usage" : {\n    "n": 1,\n    "details": { "m": 0 }\n  }\n}\n',
      '{\n  "usage" : {"cost":0.0015,\n    "n": 1,\n    "details": { "m": 0 }\n  }\n}\n',
    ],
    'with members behind it': [
      '{"usage":{"n":1},"note":"a } and a \\" }","x":[{}]}',
      '{"usage":{"cost":0.0015,"n":1},"note":"a } and a \\" }","x":[{}]}',
    ],
    'whose usage is empty': ['{"usage":{ }}', '{"usage":{"cost":0.0015 }}'],
    'with a cost of the provider, which it replaces': ['{"usage":{"cost":7,"n":1}}', '{"usage":{"cost":0.0015,"n":1}}'],
    'with another usage deeper inside': [
      '{"a":{"usage":{"n":1}},"usage":{"n":2},"b":{"usage":{"n":3}}}',
      '{"a":{"usage":{"n":1}},"usage":{"cost":0.0015,"n":2},"b":{"usage":{"n":3}}}',
    ],
  }
  for (const [name, [answer, expected]] of Object.entries(cases)) {
    test(name, () => assert.equal(priced(answer), expected))
  }

  test('but not to one without a usage object', () => {
    for (const answer of ['{"id":"a"}', '{"usage":null}', '{"a":{"usage":{"n":1}}}', '{"note":"\\"usage\\":{}"}']) {
      assert.equal(priced(answer), answer)
    }
  })

  test('of an event, behind its data field', () => {
    const event = eventWithCost(Buffer.from('id: 1\ndata: {"usage":{"n":1}}\n\n'), cost)
    assert.equal(event.toString(), 'id: 1\ndata: {"usage":{"cost":0.0015,"n":1}}\n\n')
  })
})

test('an answer of any shape differs by the cost alone', () => {
  const json = fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown)
  const answers = fc.record({
    id: json,
    usage: fc.dictionary(fc.constantFrom('n', 'cost', 'usage', 'd'), json),
    z: json,
  })
  fc.assert(
    fc.property(answers, fc.constantFrom(undefined, 1, '\t'), (answer, indent) => {
      const read = JSON.parse(priced(JSON.stringify(answer, null, indent))) as unknown
      assert.deepEqual(read, JSON.parse(JSON.stringify({ ...answer, usage: { ...answer.usage, cost: 0.0015 } })))
    }),
  )
})
