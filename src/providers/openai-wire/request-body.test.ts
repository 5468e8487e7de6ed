// Proves that a request's bytes are the caller's own but for the members that must change.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type AttemptParts, fundedAttempt } from '../../../test/make/attempt.ts'
import { chatBodyOfText } from '../../../test/make/chat-body.ts'
import { jsonKeys, jsonTexts, jsonValues } from '../../../test/make/json-text.ts'
import { task } from '../../../test/make/task.ts'
import type { JsonObject } from '../../domain/chat-body.ts'
import { nanoUsd } from '../../domain/money.ts'
import { editMembers, requestBody } from './request-body.ts'

const edit = (text: string, edits: Record<string, string | undefined>) =>
  editMembers(chatBodyOfText(text), new Map(Object.entries(edits))).toString()

describe('edited members', () => {
  const keys = fc.oneof(fc.constantFrom('model', 'aegis', 'stream', 'new', '', '"'), jsonKeys)
  const replacements = fc.option(
    jsonValues.map((value) => JSON.stringify(value)),
    { nil: undefined },
  )

  test('make the edited object, whatever the object and its formatting', () => {
    const edits = fc.dictionary(keys, replacements, { maxKeys: 3, noNullPrototype: true })
    // Also edits of members that are there.
    const cases = fc.tuple(jsonTexts(), edits, fc.array(fc.tuple(fc.nat(), replacements), { maxLength: 3 }))
    fc.assert(
      fc.property(cases, ([{ value, text }, drawn, aimed]) => {
        const all = new Map(Object.entries(drawn))
        const present = Object.keys(value)
        for (const [index, replacement] of aimed) {
          const key = present[index % Math.max(1, present.length)]
          if (key !== undefined) all.set(key, replacement)
        }
        const expected = new Map(Object.entries(value))
        for (const [key, json] of all) {
          if (json === undefined) expected.delete(key)
          else expected.set(key, JSON.parse(json))
        }
        const edited: unknown = JSON.parse(editMembers(chatBodyOfText(text), all).toString())
        assert.deepEqual(edited, JSON.parse(JSON.stringify(Object.fromEntries(expected))))
      }),
      { numRuns: 3000 },
    )
  })

  test('leave the bytes of every other member as they were, in their order', () => {
    fc.assert(
      fc.property(
        jsonTexts(),
        fc.array(fc.tuple(fc.nat(), replacements), { maxLength: 3 }),
        ({ value, text }, aimed) => {
          const present = Object.keys(value)
          fc.pre(present.length > 0)
          const edits = new Map(aimed.map(([index, json]) => [present[index % present.length] ?? '', json] as const))
          const body = chatBodyOfText(text)
          const edited = chatBodyOfText(editMembers(body, edits).toString())
          const kept = (of: typeof body) =>
            of.members
              .filter(({ key }) => !edits.has(key))
              .map(({ start, end }) => of.bytes.toString('latin1', start, end))
          assert.deepEqual(kept(edited), kept(body))
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('that are none give back the very same buffer', () => {
    const body = chatBodyOfText('{ "a" : 1 }')
    assert.equal(editMembers(body, new Map()), body.bytes)
  })

  const table: readonly (readonly [string, Record<string, string | undefined>, string])[] = [
    ['{"a":1,"b":2,"c":3}', { a: undefined }, '{"b":2,"c":3}'],
    ['{"a":1,"b":2,"c":3}', { b: undefined }, '{"a":1,"c":3}'],
    ['{"a":1,"b":2,"c":3}', { c: undefined }, '{"a":1,"b":2}'],
    ['{"a":1}', { a: undefined }, '{}'],
    [' {\n "a" : 1 ,\n "b" : 2\n}\n', { a: undefined }, ' {\n "b" : 2\n}\n'],
    [' {\n "a" : 1 ,\n "b" : 2\n}\n', { b: undefined }, ' {\n "a" : 1 \n}\n'],
    ['{"a":1,"b":2,"c":3}', { b: undefined, c: undefined }, '{"a":1}'],
    ['{"a":1,"b":2,"c":3}', { a: undefined, b: undefined, c: undefined }, '{}'],
    ['{"a":1,"b":2,"c":3}', { a: undefined, c: undefined, d: '4' }, '{"b":2,"d":4}'],
    ['{"a":1,"b":"x, ","c":3}', { c: undefined }, '{"a":1,"b":"x, "}'],
    ['{"a":1,"c":3}', { a: '"x,"', c: undefined }, '{"a":"x,"}'],
    ['{"a": [1, 2] }', { a: '"x"' }, '{"a": "x" }'],
    ['{}', { a: '1', b: '2' }, '{"a":1,"b":2}'],
    [' { } ', { a: '1' }, ' { "a":1} '],
    ['{"a":{"b":1},"b":2}', { b: '3' }, '{"a":{"b":1},"b":3}'],
    ['{"a":1}', { b: undefined }, '{"a":1}'],
    ['{"\\u0061":1}', { a: '2' }, '{"\\u0061":2}'],
    ['{"a":1}', { 'x"y': '2' }, '{"a":1,"x\\"y":2}'],
  ]
  for (const [text, edits, expected] of table) {
    test(`${JSON.stringify(edits)} of ${JSON.stringify(text)} give ${JSON.stringify(expected)}`, () => {
      assert.equal(edit(text, edits), expected)
    })
  }
})

describe('the body of an attempt', () => {
  const openai = { outputCapMember: 'max_completion_tokens', asksForStreamUsage: true } as const
  const compatible = { outputCapMember: 'max_tokens', asksForStreamUsage: true } as const
  const bodyOf = (text: string, parts: AttemptParts = {}, quirks: Parameters<typeof requestBody>[1] = openai) =>
    requestBody(fundedAttempt({ task: task({ body: chatBodyOfText(text) }), ...parts }), quirks).toString()
  const viewOf = (...args: Parameters<typeof bodyOf>) => JSON.parse(bodyOf(...args)) as JsonObject

  test('is the very bytes of the caller when nothing must change', () => {
    const text = '{ "model":"gpt-4o","messages" : [{"role":"user","content":"\\u0048i"}],"of_tomorrow":{"x":[1e5]} }\n'
    assert.equal(bodyOf(text), text)
  })

  test("has the model's name there and no aegis member, and is otherwise untouched", () => {
    const text = '{"aegis":{"data_classification":"pii"},"model" : "auto" , "vendor":{"x":1.0}}'
    assert.equal(bodyOf(text), '{"model" : "gpt-4o" , "vendor":{"x":1.0}}')
    assert.equal(bodyOf('{"messages":[]}'), '{"messages":[],"model":"gpt-4o"}')
    assert.equal(bodyOf('{"model":"x"}', { model: 'a"b' }), '{"model":"a\\"b"}')
  })

  test('asks for the usage of a stream, keeping what else its options say', () => {
    assert.deepEqual(viewOf('{"model":"gpt-4o","stream":true}').stream_options, { include_usage: true })
    const asked =
      '{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":false,"include_obfuscation":false}}'
    assert.deepEqual(viewOf(asked).stream_options, { include_usage: true, include_obfuscation: false })
    assert.deepEqual(viewOf('{"model":"gpt-4o","stream":true,"stream_options":null}').stream_options, {
      include_usage: true,
    })
    const unchanged = '{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true}}'
    assert.equal(bodyOf(unchanged), unchanged)
    assert.equal(bodyOf('{"model":"gpt-4o","stream":false}'), '{"model":"gpt-4o","stream":false}')
    const never = { ...openai, asksForStreamUsage: false }
    assert.equal(bodyOf('{"model":"gpt-4o","stream":true}', {}, never), '{"model":"gpt-4o","stream":true}')
  })

  test('has the output cap that the reservation pays for, under the name the upstream knows', () => {
    const cap = { outputTokenCap: 64 }
    assert.equal(bodyOf('{"model":"gpt-4o"}', cap), '{"model":"gpt-4o","max_completion_tokens":64}')
    assert.equal(bodyOf('{"model":"gpt-4o"}', cap, compatible), '{"model":"gpt-4o","max_tokens":64}')
    assert.equal(bodyOf('{"model":"gpt-4o","max_tokens":null}', cap, compatible), '{"model":"gpt-4o","max_tokens":64}')
    assert.equal(bodyOf('{"model":"gpt-4o"}'), '{"model":"gpt-4o"}')
  })

  test("keeps the caller's own cap where it is smaller and lowers each of its names where it is not", () => {
    const cap = { outputTokenCap: 64 }
    assert.equal(bodyOf('{"model":"gpt-4o","max_tokens":10}', cap), '{"model":"gpt-4o","max_tokens":10}')
    assert.equal(bodyOf('{"model":"gpt-4o","max_tokens":100}', cap), '{"model":"gpt-4o","max_tokens":64}')
    assert.equal(
      bodyOf('{"model":"gpt-4o","max_tokens":100,"max_completion_tokens":10}', cap),
      '{"model":"gpt-4o","max_tokens":64,"max_completion_tokens":10}',
    )
    assert.equal(
      bodyOf('{"model":"gpt-4o","max_tokens":100,"max_completion_tokens":200}', cap),
      '{"model":"gpt-4o","max_tokens":64,"max_completion_tokens":64}',
    )
  })

  test("has the caller's own cap under the name that the upstream obeys, where money depends on it", () => {
    const paid = { amount: nanoUsd(1) }
    const newer = '{"model":"gpt-4o","max_completion_tokens":100}'
    assert.equal(bodyOf(newer, paid, compatible), '{"model":"gpt-4o","max_tokens":100}')
    assert.equal(bodyOf(newer, { ...paid, outputTokenCap: 64 }, compatible), '{"model":"gpt-4o","max_tokens":64}')
    assert.equal(
      bodyOf('{"model":"gpt-4o","max_tokens":100,"max_completion_tokens":10}', paid, compatible),
      '{"model":"gpt-4o","max_tokens":10,"max_completion_tokens":10}',
    )
    for (const text of [newer, '{"model":"gpt-4o","max_tokens":100}', '{"model":"gpt-4o"}']) {
      assert.equal(bodyOf(text, paid), text)
      assert.equal(bodyOf(text, {}, compatible), text)
    }
    const older = '{"model":"gpt-4o","max_tokens":100}'
    assert.equal(bodyOf(older, paid, compatible), older)
  })
})
