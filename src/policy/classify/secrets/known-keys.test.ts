// Proves that each rule finds the keys that its own form describes, and none that are part of a longer word.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { valuesFoundBy } from '../../../../test/make/detector-cases.ts'
import fc from '../../../../test/make/property.ts'
import { businessKeys } from './business-keys.ts'
import { cloudAndModelKeys } from './cloud-and-model-keys.ts'
import { developerKeys } from './developer-keys.ts'
import { entropyOf } from './entropy.ts'
import { knownKeys } from './known-keys.ts'
import type { SecretRule } from './secret-rule.ts'

const rules: readonly SecretRule[] = [...cloudAndModelKeys, ...developerKeys, ...businessKeys]

/** Keys made from the rule's own pattern; what must not follow is left out, as nothing follows. */
function madeKeys({ pattern, entropy = 0 }: SecretRule): string[] {
  const form = new RegExp(`^(?:${pattern.replace(/\(\?!\[[^\]]*\]\)/g, '')})$`)
  return fc
    .sample(fc.stringMatching(form), { numRuns: 60, seed: 7 })
    .filter((key) => entropyOf(key) >= entropy + 0.2)
    .slice(0, 5)
}

describe('each rule', () => {
  for (const [index, rule] of rules.entries()) {
    test(`${rule.rule} finds its keys`, () => {
      const detector = knownKeys[index]
      assert.ok(detector)
      const keys = madeKeys(rule)
      assert.ok(keys.length > 0, 'no key could be made')
      for (const key of keys) {
        for (const text of [key, `KEY=${key}\n`, `use "${key}" for it`])
          assert.equal(valuesFoundBy([detector], text).length, 1, text)
        assert.deepEqual(valuesFoundBy([detector], `x${key}`), [], `x${key}`)
      }
    })
  }
})

test('names and prefixes of the rules are in order', () => {
  assert.equal(new Set(rules.map(({ rule }) => rule)).size, rules.length)
  for (const { prefixes } of rules)
    for (const prefix of prefixes) assert.ok(prefix.length >= 3 && prefix === prefix.toLowerCase(), prefix)
})
