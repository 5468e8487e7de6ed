// Proves the reading of a batch's file: every line by its number, its body byte for byte, and others' turns in between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { readLines } from './read-lines.ts'

const url = '/v1/chat/completions' as const
const line = (id: string, body: string) =>
  `{"custom_id":${JSON.stringify(id)},"method":"POST","url":"${url}","body":${body}}`

test('a body is what stands in the file, byte for byte, and lines keep their numbers', async () => {
  const odd = '{ "big":12345678901234567890 ,"exact":1.10, "text":"caf\\u00e9 } \\" 日本"}'
  const file = ['', line('a', '{}'), '  ', `${line('b', odd)}\r`, ''].join('\n')
  const { lines, errors } = await readLines(Buffer.from(file), url)
  assert.deepEqual(errors, [])
  assert.deepEqual(
    lines.map(({ line: number, customId, body }) => [number, customId, body.toString()]),
    [
      [2, 'a', '{}'],
      [4, 'b', odd],
    ],
  )
})

test('any requests are read as they were written', async () => {
  const bodies = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(bodies, async (written) => {
      const file = written.map((body, index) => line(`q${index}`, JSON.stringify(body))).join('\n')
      const { lines } = await readLines(Buffer.from(file), url)
      assert.deepEqual(
        lines.map(({ body }) => body.toString()),
        written.map((body) => JSON.stringify(body)),
      )
    }),
  )
})

test('whatever bytes are sent, there are lines or errors, and no error quotes them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', minLength: 8 }), async (text) => {
      const { lines, errors } = await readLines(Buffer.from(text), url)
      assert.ok(lines.length === 0 && errors.length > 0)
      for (const { message } of errors) assert.ok(!message.includes(text))
    }),
  )
})

test('a large file lets others have their turn while it is read', async () => {
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(1000) }] })
  const file = Buffer.from(Array.from({ length: 4000 }, (_, index) => line(`q${index}`, body)).join('\n'))
  let turns = 0
  let reading = true
  const turn = () => {
    turns += 1
    if (reading) setImmediate(turn)
  }
  setImmediate(turn)
  const { lines } = await readLines(file, url)
  reading = false
  assert.equal(lines.length, 4000)
  assert.ok(turns > 5, `${turns}`)
})

test('more lines than a batch may have are an error, and so is a file of none', async () => {
  const many = Array.from({ length: 50_001 }, (_, index) => line(`q${index}`, '{}')).join('\n')
  assert.equal((await readLines(Buffer.from(many), url)).errors[0]?.code, 'too_many_requests')
  assert.equal((await readLines(Buffer.alloc(0), url)).errors[0]?.code, 'empty_file')
})
