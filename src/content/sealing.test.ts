// Proves that sealed content opens with its key and label only, and that no byte of it can be changed unseen.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { seal, unseal } from './sealing.ts'

const key = Buffer.alloc(32, 7)

test('what is sealed is opened as it was, whatever it is', () => {
  const anything = fc.uint8Array({ maxLength: 2000 })
  fc.assert(
    fc.property(anything, fc.string(), (content, label) => {
      const sealed = seal(key, label, Buffer.from(content))
      assert.deepEqual(unseal(key, label, sealed), Buffer.from(content))
      assert.deepEqual(unseal(key, label, new Uint8Array(sealed)), Buffer.from(content))
    }),
  )
})

test('another key, another label and any changed, missing or added byte open nothing', () => {
  const sealed = seal(key, 'content file-1', Buffer.from('forty-two blue boxes'))
  assert.equal(unseal(Buffer.alloc(32, 8), 'content file-1', sealed), undefined)
  assert.equal(unseal(key, 'content file-2', sealed), undefined)
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    assert.equal(unseal(key, 'content file-1', changed), undefined)
    assert.equal(unseal(key, 'content file-1', sealed.subarray(0, index)), undefined)
  }
  assert.equal(unseal(key, 'content file-1', Buffer.concat([sealed, randomBytes(1)])), undefined)
})

test('the same content is never sealed to the same bytes', () => {
  const sealed = Array.from({ length: 20 }, () => seal(key, 'a', Buffer.from('x')).toString('hex'))
  assert.equal(new Set(sealed).size, 20)
})
