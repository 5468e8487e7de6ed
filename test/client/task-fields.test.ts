// Proves how the fields of a task are joined: the later place wins, but a classification only ever goes up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinTaskFields } from '../../src/client/task-fields.ts'
import { dataClassifications, join } from '../../src/domain/data-classification.ts'

test('a later place wins, and what it leaves out stays', () => {
  const joined = joinTaskFields({ model: 'a', batchSize: 2, user: 'ann' }, { model: 'b', batchSize: undefined })
  assert.deepEqual(joined, { model: 'b', batchSize: 2, user: 'ann' })
})

test('of two classifications the higher one holds, in either order', () => {
  for (const left of dataClassifications) {
    for (const right of dataClassifications) {
      const joined = joinTaskFields({ dataClassification: left }, { dataClassification: right })
      assert.equal(joined.dataClassification, join(left, right))
    }
  }
})

test('what is no classification is not passed over for one that is', () => {
  const wrong = 'secret' as 'hipaa'
  assert.equal(joinTaskFields({ dataClassification: 'hipaa' }, { dataClassification: wrong }).dataClassification, wrong)
  assert.equal(
    joinTaskFields({ dataClassification: wrong }, { dataClassification: 'public' }).dataClassification,
    wrong,
  )
})

test('members that are no fields of a task are left where they are', () => {
  assert.deepEqual(joinTaskFields({ apiKey: 'x', signal: 'y' } as object), {})
})
