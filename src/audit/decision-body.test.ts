// What is put together by hand is the JSON of the decision, whatever its names are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import type { PrivacyDecision } from '../domain/privacy-decision.ts'
import { auditBody } from './audit-line.ts'
import { decisionBody } from './decision-body.ts'

const name = fc.string({ unit: 'binary', maxLength: 12 })
const place = fc.record({
  provider: name,
  location: fc.constantFrom('local', 'cloud'),
  result: fc.constantFrom('answered', 'timeout'),
})
const decisions = fc.record({
  requestId: name,
  atMs: fc.integer({ min: 0, max: 4e12 }),
  keyId: fc.option(name, { nil: undefined }),
  classification: fc.record({ level: name, restricted: fc.boolean(), undecidable: fc.boolean(), source: name }),
  rule: name,
  reason: name,
  searched: fc.boolean(),
  detected: fc.array(fc.record({ rule: name, type: name, category: name, level: name, count: fc.nat(), path: name }), {
    maxLength: 2,
  }),
  undecidableCauses: fc.array(name, { maxLength: 2 }),
  exceptions: fc.array(name, { maxLength: 2 }),
  excluded: fc.array(fc.record({ provider: name, cause: name }), { maxLength: 2 }),
  asked: fc.array(place, { maxLength: 3 }),
})

test('a decision is written as its record says, and what is empty is left out', () => {
  fc.assert(
    fc.property(decisions, (given) => {
      const decision = given as PrivacyDecision
      const { classification, detected, exceptions, excluded, asked, undecidableCauses: causes } = decision
      const answered = asked.findLast(({ result }) => result === 'answered')
      const others = asked.filter((one) => one !== answered)
      const data = {
        ...{
          request_id: decision.requestId,
          classification: classification.level,
          restricted: classification.restricted,
        },
        ...{ source: classification.source, rule: decision.rule, reason: decision.reason, searched: decision.searched },
        ...(decision.keyId === undefined ? {} : { key_id: decision.keyId }),
        ...(classification.undecidable ? { undecidable: true } : {}),
        ...(detected.length > 0 ? { detected } : {}),
        ...(causes.length > 0 ? { undecidable_causes: causes } : {}),
        ...(exceptions.length > 0 ? { exceptions } : {}),
        ...(excluded.length > 0 ? { excluded: excluded.map((one) => `${one.provider}:${one.cause}`) } : {}),
        ...(others.length > 0
          ? { asked_before: others.map((one) => `${one.provider}:${one.location}:${one.result}`) }
          : {}),
        ...{ provider: answered?.provider ?? null, location: answered?.location ?? null },
      }
      const read = (body: string) => JSON.parse(`{${body}}`) as unknown
      assert.deepEqual(
        read(decisionBody(decision)),
        JSON.parse(JSON.stringify(read(auditBody({ type: 'decision', data }, decision.atMs)))),
      )
    }),
  )
})
