import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import { task } from '../../test/make/task.ts'
import { rolloutSubjects } from '../domain/rollout.ts'
import { bucketOf, cohortOf, subjectOf } from './assign-cohort.ts'

const anyName = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.uuid(), fc.nat().map(String))
const anyPercent = fc.integer({ min: 0, max: 100 })

describe('cohorts', () => {
  test('a subject has one bucket, from 0 to below 100', () => {
    fc.assert(
      fc.property(anyName, anyName, (id, subject) => {
        const bucket = bucketOf(id, subject)
        assert.ok(bucket >= 0 && bucket < 100)
        assert.equal(bucketOf(id, subject), bucket)
      }),
    )
  })

  test('who is in the candidate stays there while it grows, and who is not stays out while it shrinks', () => {
    fc.assert(
      fc.property(anyName, anyName, anyPercent, anyPercent, (id, subject, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)]
        if (cohortOf(id, subject, less) === 'candidate') assert.equal(cohortOf(id, subject, more), 'candidate')
        if (cohortOf(id, subject, more) === 'current') assert.equal(cohortOf(id, subject, less), 'current')
      }),
    )
  })

  test('nobody is in the candidate at 0 %, everybody at 100 %, with a subject or without', () => {
    fc.assert(
      fc.property(anyName, fc.option(anyName, { nil: undefined }), (id, subject) => {
        assert.equal(cohortOf(id, subject, 0), 'current')
        assert.equal(cohortOf(id, subject, 100), 'candidate')
      }),
    )
  })

  test('a request without a subject stays with the current policy until the candidate has everything', () => {
    for (const percent of [1, 50, 99]) assert.equal(cohortOf('a', undefined, percent), 'current')
  })

  for (const [kind, nameOf] of [
    ['numbered names', (index: number) => `user:user-${index}`],
    ['numbers', (index: number) => `key:${index}`],
    ['hexadecimal ids', (index: number) => `session:${(index * 2_654_435_761).toString(16)}`],
    ['names that differ in their last letter only', (index: number) => `user:${'x'.repeat(40)}${index}`],
  ] as const) {
    test(`the share is right in each stage, and stages do not overlap in odd ways, for ${kind}`, () => {
      const count = 20_000
      for (const id of ['3a9475ee89dd', '816870121ffc']) {
        const buckets = Array.from({ length: count }, (_, index) => bucketOf(id, nameOf(index)))
        for (const percent of [1, 10, 30, 50, 75, 99]) {
          const share = (buckets.filter((bucket) => bucket < percent).length / count) * 100
          // Four standard deviations of an even spread.
          const allowed = 4 * Math.sqrt((percent * (100 - percent)) / count)
          assert.ok(Math.abs(share - percent) < allowed, `${share} % instead of ${percent} % in ${id}`)
        }
      }
    })
  }

  test('another rollout chooses other subjects', () => {
    const names = Array.from({ length: 2000 }, (_, index) => `user:${index}`)
    const first = names.filter((name) => bucketOf('one', name) < 50)
    const alsoSecond = first.filter((name) => bucketOf('two', name) < 50)
    assert.ok(alsoSecond.length > first.length * 0.4 && alsoSecond.length < first.length * 0.6, `${alsoSecond.length}`)
  })
})

describe('the subject of a request', () => {
  const whole = task({ hints: { session: 's' }, user: 'u', keyId: 'k' })

  test('is what is asked for', () => {
    assert.deepEqual(
      rolloutSubjects.map((by) => subjectOf(whole, by)),
      ['key:k', 'user:u', 'session:s'],
    )
  })

  test('is the next wider thing where that is missing', () => {
    assert.equal(subjectOf(task({ user: 'u', keyId: 'k' }), 'session'), 'user:u')
    assert.equal(subjectOf(task({ keyId: 'k' }), 'session'), 'key:k')
    assert.equal(subjectOf(task({ hints: { session: 's' }, keyId: 'k' }), 'user'), 'key:k')
    assert.equal(subjectOf(task({ hints: { session: 's' }, user: 'u' }), 'key'), undefined)
    assert.equal(subjectOf(task(), 'session'), undefined)
  })

  test('a user and a session of the same name are two', () => {
    const session = subjectOf(task({ hints: { session: 'ann' } }), 'session')
    assert.notEqual(session, subjectOf(task({ user: 'ann' }), 'session'))
  })
})
