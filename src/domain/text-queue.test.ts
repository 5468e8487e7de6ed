// What waits in a queue of texts comes out as it went in, whatever is in it and however it grows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { TextQueue } from './text-queue.ts'

const texts = (queue: TextQueue, count: number) => queue.first(count).map((bytes) => bytes.toString('utf8'))

test('any texts are read in their order, and dropped in it, while others come', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constantFrom('', 'x'.repeat(40_000)))
  const step = fc.record({
    added: fc.array(text, { maxLength: 20 }),
    read: fc.nat({ max: 25 }),
    dropped: fc.nat({ max: 25 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const queue = new TextQueue()
      const model: string[] = []
      for (const { added, read, dropped } of steps) {
        for (const one of added) {
          queue.push(one)
          model.push(one)
        }
        assert.equal(queue.length, model.length)
        assert.deepEqual(texts(queue, read), model.slice(0, read))
        assert.equal(queue.text(), model.join(''))
        queue.drop(dropped)
        model.splice(0, dropped)
      }
      assert.deepEqual(texts(queue, Number.MAX_SAFE_INTEGER), model)
    }),
  )
})
