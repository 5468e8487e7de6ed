// Proves which bodies are JSON objects, and that no error about one quotes its text.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { jsonTexts } from '../../test/make/json-text.ts'
import fc from '../../test/make/property.ts'
import { AegisError } from '../domain/errors.ts'
import { parseJsonObject } from './parse-json.ts'

const parse = (text: string) => parseJsonObject(Buffer.from(text))
function errorOf(text: string): AegisError {
  try {
    parse(text)
  } catch (error) {
    assert.ok(error instanceof AegisError)
    assert.deepEqual([error.code, error.status], ['invalid_request', 400])
    return error
  }
  return assert.fail(`${text.slice(0, 60)} was taken`)
}

describe('a body', () => {
  test('of a JSON object is its value and where its members stand', () => {
    fc.assert(
      fc.property(jsonTexts(), ({ value, text }) => {
        const { view, members } = parse(text)
        assert.deepEqual(view, value)
        assert.deepEqual(members.map(({ key }) => key).sort(), Object.keys(value).sort())
      }),
    )
  })

  for (const [text, message] of [
    ['', 'The body is empty. Send a JSON object.'],
    [' ', 'The body is not valid JSON: it ends too early.'],
    ['{"a":1', /^The body is not valid JSON at line 1, column 7\.$/],
    ['{"a":', 'The body is not valid JSON: it ends too early.'],
    ['{"a":1,\n  "b" 2}', 'The body is not valid JSON at line 2, column 7.'],
    ['{"é漢😀":1,\n "b":2,}', /^The body is not valid JSON at line 2, column 8\.$/],
    ['{"a":"\n"}', 'The body is not valid JSON at line 1, column 7.'],
    ['{a:1}', 'The body is not valid JSON at line 1, column 2.'],
    ['{} {}', 'The body is not valid JSON at line 1, column 4.'],
    ['{"a":x}', 'The body is not valid JSON.'],
    ['\ufeff{}', 'The body is not valid JSON.'],
    // V8's error quotes the text; what the text says of a position is not one.
    ['{"a":position 99}', 'The body is not valid JSON.'],
    ['{"a":x in JSON at position 2 }', 'The body is not valid JSON.'],
    ['[]', 'The body must be a JSON object.'],
    ['null', 'The body must be a JSON object.'],
    ['"x"', 'The body must be a JSON object.'],
    ['7', 'The body must be a JSON object.'],
  ] as const) {
    test(`${JSON.stringify(text)} is refused: ${message}`, () => {
      if (typeof message === 'string') assert.equal(errorOf(text).message, message)
      else assert.match(errorOf(text).message, message)
    })
  }

  test('may nest 128 levels and not one more', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    assert.ok(parse(nested(128)))
    assert.match(errorOf(nested(129)).message, /deeper than 128/)
    assert.match(errorOf(nested(500_000)).message, /deeper than 128|not valid JSON/)
    const objects = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`
    assert.match(errorOf(objects).message, /deeper than 128|not valid JSON/)
  })

  test('with a key twice is refused with its path', () => {
    assert.equal(errorOf('{"model":"a","model":"b"}').param, 'model')
    assert.equal(errorOf('{"model":"a","\\u006dodel":"b"}').param, 'model')
    const error = errorOf('{"messages":[{"role":"user","content":"x","role":"system"}]}')
    assert.equal(error.param, 'messages[0].role')
    assert.match(error.message, /messages\[0\]\.role/)
    assert.ok(parse('{"a":{"x":1},"b":{"x":1}}'))
  })

  test('with a key twice whose path is long is refused with its beginning', () => {
    const key = 'k'.repeat(1000)
    assert.ok(errorOf(`{"${key}":1,"${key}":2}`).message.length < 300)
  })

  test('with a member in another case, as servers in Go would still read it, is refused', () => {
    for (const key of [
      'Model',
      'MODEL',
      'Messages',
      'meSSages',
      'STREAM',
      'max_Tokens',
      'N',
      'Aegis',
      'options'.toUpperCase(),
    ]) {
      assert.equal(errorOf(JSON.stringify({ model: 'x', [key]: 1 })).param, key.toLowerCase())
    }
    // The long s and the Kelvin sign fold to s and k.
    for (const key of ['me\u017f\u017fages', '\u017ftream', 'max_to\u212aen\u017f']) {
      assert.equal(errorOf(JSON.stringify({ [key]: 1 })).param, key.toUpperCase().toLowerCase())
    }
    assert.ok(parse('{"Temperature":1,"x":{"Model":1}}'))
  })
})

test('a key that V8 misreads after a body of somebody else is never taken for another', () => {
  // https://github.com/nodejs/node/issues/63785: the first body teaches the parser to misread the second.
  for (const [before, text, key, value] of [
    ['{"model":"x","\\\\":1}', '{"model":"x","\\u006e":128}', 'n', 128],
    ['{"model":"x","max_token\\\\":1}', '{"model":"x","max_token\\u0073":7}', 'max_tokens', 7],
    ['{"x":{"y":1,"\\\\":1}}', '{"x":{"y":1,"\\u006e":128}}', 'x', { y: 1, n: 128 }],
  ] as const) {
    for (let time = 0; time < 3; time += 1) parse(before)
    try {
      assert.deepEqual(parse(text).view[key], value)
    } catch (error) {
      assert.ok(error instanceof AegisError, String(error))
      assert.match(error.message, /written with an escape/)
    }
  }
  assert.deepEqual(parse('{"mod\\u0065l":"x","pr\\u00e9nom":"\\u00e9"}').view, { model: 'x', prénom: 'é' })
})

describe('an error', () => {
  const CANARY = 'KANARIENVOGEL'
  /** Damages of a JSON text that holds the canary in its values. */
  const damaged = fc
    .tuple(
      jsonTexts(),
      fc.nat(),
      fc.nat(),
      fc.constantFrom('cut', 'drop', 'insert', 'double'),
      fc.constantFrom('x', '"', '\\', '}', ',', '\n', ':', '\u0000', 'é'),
    )
    .map(([{ value }, at, length, how, junk]) => {
      const text = JSON.stringify({
        secret: CANARY,
        ...value,
        messages: [{ role: 'user', content: `${CANARY} ${CANARY}` }],
      })
      const place = at % text.length
      if (how === 'cut') return text.slice(0, place)
      if (how === 'drop') return text.slice(0, place) + text.slice(place + 1 + (length % 3))
      if (how === 'double') return text.slice(0, place) + text.slice(Math.max(0, place - (length % 20)))
      return text.slice(0, place) + junk + text.slice(place)
    })

  test('holds none of the text of the values, however the body is damaged', () => {
    let refused = 0
    fc.assert(
      fc.property(damaged, (text) => {
        try {
          parse(text)
        } catch (error) {
          refused += 1
          assert.ok(error instanceof AegisError)
          const told = JSON.stringify([error.message, error.param, error.extra, error.stack, String(error.cause ?? '')])
          assert.doesNotMatch(told, /KANA|VOGEL/)
        }
      }),
      { numRuns: 3000 },
    )
    assert.ok(refused > 1000, `only ${refused} bodies were refused`)
  })

  test('holds none of the text around the place that V8 quotes', () => {
    for (const text of [
      `${CANARY}`,
      `{"a":${CANARY}}`,
      `{"a":"${CANARY}"x}`,
      `"${CANARY}" ${CANARY}`,
      `{"a":"${CANARY}`,
      `{"${CANARY}"}`,
    ]) {
      const { message, cause } = errorOf(text)
      assert.doesNotMatch(message, /KANA/)
      assert.equal(cause, undefined)
    }
  })
})
