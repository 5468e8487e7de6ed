// Proves that a request's bytes are the caller's own but for the members that must change.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AttemptParts, fundedAttempt } from '../../../test/make/attempt.ts'
import { chatBody, chatBodyOfText } from '../../../test/make/chat-body.ts'
import { jsonKeys, jsonTexts, jsonValues } from '../../../test/make/json-text.ts'
import { nativeBody } from '../../../test/make/native-body.ts'
import fc from '../../../test/make/property.ts'
import { task } from '../../../test/make/task.ts'
import { openAIPreset } from '../../config/presets/presets.ts'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { ChatBody, JsonObject } from '../../domain/chat-body.ts'
import { editMembers } from '../../domain/edit-members.ts'
import { type OpenAIWireTraits, plainTraits } from '../../domain/openai-wire-traits.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import { requestBody } from './request-body.ts'

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
  const requestOf = (attempt: FundedAttempt, traits: OpenAIWireTraits) => requestBody(attempt, attempt.model, traits)
  const openai = openAIPreset.traits
  const compatible = plainTraits
  const bodyOf = (text: string, parts: AttemptParts = {}, traits: OpenAIWireTraits = openai) =>
    requestOf(fundedAttempt({ task: task({ body: chatBodyOfText(text) }), ...parts }), traits).toString()
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

  test('of a request that came in another wire has its cap by the name that the server likes best', () => {
    const body = nativeBody({}, { max_tokens: 100 })
    const sent = (traits: OpenAIWireTraits, parts: AttemptParts = {}) =>
      JSON.parse(requestOf(fundedAttempt({ task: task({ body }), ...parts }), traits).toString()) as JsonObject
    const caps = ({ max_tokens, max_completion_tokens }: JsonObject) => [max_tokens, max_completion_tokens]
    assert.deepEqual(caps(sent(openai)), [undefined, 100])
    assert.deepEqual(caps(sent(compatible)), [100, undefined])
    assert.deepEqual(caps(sent(openai, { outputTokenCap: 20 })), [undefined, 20])
    assert.deepEqual(caps(sent(compatible, { outputTokenCap: 20 })), [20, undefined])
  })

  test('asks for thoughts as clients of other wires want them, and not where that is an error', () => {
    const effortOf = (body: ChatBody, model: string) => {
      const attempt = fundedAttempt({ task: task({ body }), model })
      return (JSON.parse(requestOf(attempt, openai).toString()) as JsonObject).reasoning_effort
    }
    const anthropic = nativeBody({}, { reasoning_effort: 'low' })
    const ollama = chatBody({ aegis: { ollama: { think: 'low' } } })
    const own = chatBody({ reasoning_effort: 'low' })
    for (const [body, model, expected] of [
      [anthropic, 'gpt-5', 'low'],
      [anthropic, 'gpt-4o', undefined],
      [ollama, 'gpt-5', 'low'],
      [ollama, 'gpt-4o', undefined],
      [chatBody({ aegis: { ollama: { think: true } } }), 'gpt-5', undefined],
      [own, 'gpt-4o', 'low'],
    ] as const)
      assert.equal(effortOf(body, model), expected, model)
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
    const never = { ...openai, streamUsage: 'always' } as const
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

  describe('at a server that obeys one name of the output cap only', () => {
    const older = { ...plainTraits, outputCapMembers: ['max_tokens'] } as const
    const newer = { ...plainTraits, outputCapMembers: ['max_completion_tokens'] } as const

    test("has the caller's cap under that name, so that it is kept", () => {
      assert.equal(
        bodyOf('{"max_completion_tokens":9,"model":"gpt-4o"}', {}, older),
        '{"model":"gpt-4o","max_tokens":9}',
      )
      assert.equal(
        bodyOf('{"model":"gpt-4o","max_tokens":9}', {}, newer),
        '{"model":"gpt-4o","max_completion_tokens":9}',
      )
    })

    test('has the smaller of two caps, and no other name', () => {
      const both = '{"model":"gpt-4o","max_completion_tokens":9,"max_tokens":20}'
      assert.equal(bodyOf(both, {}, older), '{"model":"gpt-4o","max_tokens":9}')
      assert.equal(bodyOf(both, { outputTokenCap: 5 }, older), '{"model":"gpt-4o","max_tokens":5}')
      assert.equal(bodyOf(both, { outputTokenCap: 50 }, newer), '{"model":"gpt-4o","max_completion_tokens":9}')
    })

    test('has no name that it does not know, not even without a value', () => {
      assert.equal(bodyOf('{"model":"gpt-4o","max_completion_tokens":null}', {}, older), '{"model":"gpt-4o"}')
    })

    test('is untouched where the caller used the right name', () => {
      const text = '{ "model":"gpt-4o", "max_tokens" : 9 }'
      assert.equal(bodyOf(text, {}, older), text)
    })
  })

  describe('at a server that refuses members', () => {
    const strict = { ...plainTraits, refusedMembers: ['logit_bias', 'frequency_penalty', 'tools'], manyChoices: false }

    for (const nothing of ['null', '{}', '[]', '0', 'false', '"auto"', '"none"']) {
      test(`is without one that says nothing: ${nothing}`, () => {
        assert.equal(bodyOf(`{"model":"gpt-4o","logit_bias":${nothing}}`, {}, strict), '{"model":"gpt-4o"}')
      })
    }

    for (const something of ['{"5":1}', '0.5', 'true', '[{}]', '"x"']) {
      test(`is not sent with one that says something: ${something}`, () => {
        assert.throws(
          () => bodyOf(`{"model":"gpt-4o","logit_bias":${something}}`, {}, strict),
          (error) =>
            error instanceof ProviderFailure && error.kind === 'unsupported' && error.fallback && !error.dispatched,
        )
      })
    }

    test('is not sent for several choices where there is only one', () => {
      assert.throws(() => bodyOf('{"model":"gpt-4o","n":2}', {}, strict), /more than one choice/)
      assert.equal(bodyOf('{"model":"gpt-4o","n":1}', {}, strict), '{"model":"gpt-4o","n":1}')
    })
  })

  test('has no stream_options where the usage comes unasked, since there they are refused', () => {
    const always = { ...plainTraits, streamUsage: 'always' } as const
    const asked = '{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true}}'
    assert.equal(bodyOf(asked, {}, always), '{"model":"gpt-4o","stream":true}')
  })
})
