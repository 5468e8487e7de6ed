// A line of the log is what JSON.stringify would make of it, whatever is in it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { jsonLine } from './json-lines.ts'

test('a line of any fields is read back as they were', () => {
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(undefined),
  )
  const fields = fc.dictionary(fc.string({ unit: 'grapheme' }), values, { noNullPrototype: true })
  const names = fc.constantFrom('request', 'a "b"')
  fc.assert(
    fc.property(names, fields, (event, given) => {
      const time = '2026-11-27T20:00:00.123Z'
      const expected = JSON.stringify(JSON.parse(JSON.stringify({ ...given, level: 'info', time, event })))
      const line = jsonLine('info', event, given, Date.parse(time))
      assert.ok(line.endsWith('}\n') && line.indexOf('\n') === line.length - 1)
      const { level, time: told, event: name, ...rest } = JSON.parse(line) as Record<string, unknown>
      const { level: _l, time: _t, event: _e, ...others } = JSON.parse(expected) as Record<string, unknown>
      if (!['level', 'time', 'event'].some((one) => one in given))
        assert.deepEqual([level, told, name], ['info', time, event])
      assert.deepEqual(rest, others)
    }),
  )
})
