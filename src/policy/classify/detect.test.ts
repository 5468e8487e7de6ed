// Proves the verdict on bodies: what is looked at, how it adds up, and that what cannot be judged is said to be so.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonValue } from '../../domain/chat-body.ts'
import { createDetection, type DetectionOptions } from './detect.ts'
import type { TextDetector } from './engine/detector.ts'
import type { Verdict } from './verdict-cache.ts'

const still = { now: () => 0 }
const pipeline = (options: Partial<DetectionOptions> = {}) => createDetection({ clock: still, ...options })
const { detect, detectJson } = pipeline()
const MAIL = 'jane.doe@acme.com'
const pathsOf = (body: JsonValue) => detect(body).findings.map(({ path }) => path)

describe('every string of a body is looked at, wherever it stands', () => {
  const places: readonly (readonly [name: string, body: JsonValue, path: string])[] = [
    ['system message', { messages: [{ role: 'system', content: MAIL }] }, 'messages[0].content'],
    [
      'earlier turn',
      {
        messages: [
          { role: 'user', content: MAIL },
          { role: 'assistant', content: 'ok' },
        ],
      },
      'messages[0].content',
    ],
    [
      'content part',
      {
        messages: [
          {
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: MAIL },
            ],
          },
        ],
      },
      'messages[0].content[1].text',
    ],
    ['tool result', { messages: [{ role: 'tool', content: `{"mail":"${MAIL}"}` }] }, 'messages[0].content'],
    [
      'arguments',
      { messages: [{ tool_calls: [{ function: { arguments: JSON.stringify({ to: MAIL }) } }] }] },
      'messages[0].tool_calls[0].function.arguments',
    ],
    [
      'tool schema',
      { tools: [{ function: { parameters: { properties: { to: { description: MAIL } } } } }] },
      'tools[0].function.parameters.properties.*.description',
    ],
    [
      'default of a schema',
      { response_format: { json_schema: { schema: { default: MAIL } } } },
      'response_format.json_schema.schema.default',
    ],
    ['enum of a schema', { response_format: { enum: ['a', MAIL] } }, 'response_format.enum[1]'],
    ['user', { user: MAIL }, 'user'],
    ['stop', { stop: [MAIL] }, 'stop[0]'],
    ['name', { messages: [{ name: MAIL }] }, 'messages[0].name'],
    ['metadata', { metadata: { 'our key': MAIL } }, 'metadata.*'],
    ['prediction', { prediction: { content: MAIL } }, 'prediction.content'],
    ['unknown field', { vendor_extra: { deep: [MAIL] } }, '*.*[0]'],
    [
      'file name',
      { messages: [{ content: [{ type: 'text', file: { filename: `${MAIL}.pdf` } }] }] },
      'messages[0].content[0].file.filename',
    ],
    ['URL query', { messages: [{ content: `https://x.test/?q=${encodeURIComponent(MAIL)}` }] }, 'messages[0].content'],
    ['member name', { metadata: { [MAIL]: 1 } }, '(member names)'],
  ]
  for (const [name, body, path] of places) test(name, () => assert.deepEqual(pathsOf(body), [path]))

  test('a member called __proto__', () => {
    assert.equal(detectJson(Buffer.from(`{"__proto__":{"a":"${MAIL}"}}`)).classification, 'pii')
  })

  test('a number', () =>
    assert.equal(detect({ metadata: { card: 4111111111111111 } }).findings[0]?.type, 'credit_card'))

  test('a text in a data URL', () => {
    const url = `data:text/plain;base64,${Buffer.from(`write to ${MAIL}`).toString('base64')}`
    assert.equal(detect({ messages: [{ content: url }] }).classification, 'pii')
  })
})

describe('an identifier that is split is whole again', () => {
  const card = (parts: readonly string[]) =>
    detect({ messages: [{ content: parts.map((text) => ({ type: 'text', text })) }] })
  test('over two parts', () => assert.equal(card(['pay 4111 1111', ' 1111 1111 now']).findings[0]?.type, 'credit_card'))
  test('over sixteen parts', () => assert.equal(card([...'4111111111111111']).classification, 'pii'))
  test('over two messages', () => {
    const { findings } = detect({
      messages: [
        { role: 'user', content: 'to DE89 3704 0044' },
        { role: 'user', content: ' 0532 0130 00' },
      ],
    })
    assert.ok(findings.some(({ path }) => path === 'messages[0].content'))
  })
  test('and parts that only meet are not joined to one', () => {
    assert.equal(card(['4111 1111 1111', 'is part one of three']).classification, 'public')
  })
})

describe('the name of a member says what its value is', () => {
  test('it is context', () => assert.equal(detect({ metadata: { ssn: '078051123' } }).findings[0]?.type, 'us_ssn'))
  test('a number under another name is not taken for an identifier', () => {
    assert.equal(detect({ metadata: { order_id: '1234567893' } }).classification, 'public')
  })
  test('as the whole message it is', () =>
    assert.equal(detect({ messages: [{ content: '1234567893' }] }).classification, 'hipaa'))
})

describe('the level is the highest of what was found', () => {
  const levels: readonly (readonly [string, string, readonly string[]])[] = [
    ['What is a monad?', 'public', []],
    ['Amtsgericht München HRB 12345', 'internal', ['corporate']],
    ['This document is strictly confidential.', 'confidential', ['corporate']],
    [`write to ${MAIL}`, 'pii', ['pii']],
    ['KVNR A123456780', 'hipaa', ['phi']],
    ['My colleague is gay', 'pii', ['art9']],
    [`${MAIL} has an appointment for chemotherapy`, 'hipaa', ['pii', 'phi']],
    ['What are the side effects of chemotherapy?', 'public', []],
  ]
  for (const [text, classification, categories] of levels) {
    test(text, () => {
      const verdict = detect(text)
      assert.equal(verdict.classification, classification)
      assert.deepEqual([...verdict.categories].sort(), [...categories].sort())
    })
  }
})

describe('what cannot be judged is undecidable', () => {
  const causes = (body: JsonValue, options: Partial<DetectionOptions> = {}) =>
    pipeline(options).detect(body).undecidableCauses
  const nested = (depth: number): JsonValue => (depth === 0 ? 'x' : [nested(depth - 1)])

  test('too deep', () => assert.deepEqual(causes(nested(200)), ['too_deep']))
  test('too large', () => assert.deepEqual(causes('word '.repeat(100), { limits: { maxUnits: 400 } }), ['too_large']))
  test('out of time, and what was found before is kept', () => {
    let nowMs = 0
    const clock = { now: () => (nowMs += 1) }
    const verdict = pipeline({ clock, limits: { maxTimeMs: 40 } }).detect([
      MAIL,
      ...Array<string>(100).fill('some more text'),
    ])
    assert.deepEqual(verdict.undecidableCauses, ['out_of_time'])
    assert.equal(verdict.classification, 'pii')
  })
  test('a detector that fails', () => {
    const broken: TextDetector = {
      kind: 'text',
      rule: 'broken',
      type: 'x',
      level: 'pii',
      category: 'pii',
      source: 'test',
      find: () => {
        throw new Error('broken')
      },
    }
    const verdict = pipeline({ detectors: [broken] }).detect('anything')
    assert.deepEqual(verdict.undecidableCauses, ['detector_error'])
    assert.ok(verdict.categories.includes('undecidable'))
  })
  test('bytes that are no JSON, or say a thing twice', () => {
    for (const text of ['', '{', '{"a":1,"a":2}', '{"a":{"b":1,"b":2}}', 'x']) {
      assert.deepEqual(detectJson(Buffer.from(text)).undecidableCauses, ['unreadable'], text)
    }
    assert.equal(detectJson(Buffer.from('"a text"')).undecidable, false)
  })
  const binary: readonly (readonly [string, JsonValue])[] = [
    ['an image', { messages: [{ content: [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }] }] }],
    ['sound', { messages: [{ content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }] }],
    [
      'a file',
      { messages: [{ content: [{ type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=' } }] }] },
    ],
    ['an image as Ollama takes it', { messages: [{ role: 'user', content: 'what is it', images: ['iVBORw0KGgo='] }] }],
    ['an image inside a text', 'see ![x](data:image/png;base64,iVBORw0KGgo=)'],
    ['tokens as numbers', { input: [[1212, 318, 257, 1332]] }],
    [
      'a long stretch of something else',
      Buffer.from(Array.from({ length: 4000 }, (_, at) => (at * 7919) % 251)).toString('base64'),
    ],
  ]
  for (const [name, body] of binary) {
    test(`${name}, unless policy accepts it`, () => {
      assert.deepEqual(causes(body), ['binary_part'])
      assert.deepEqual(causes(body, { acceptsBinaryParts: true }), [])
    })
  }
  test('but not a hash, a signature or a certificate', () => {
    assert.deepEqual(
      causes(Buffer.from(Array.from({ length: 900 }, (_, at) => (at * 7919) % 251)).toString('base64')),
      [],
    )
  })
  test('an encoding inside an encoding, too often', () => {
    let text = `write to ${MAIL} at once`
    for (let times = 0; times < 7; times += 1) text = Buffer.from(text).toString('base64')
    assert.deepEqual(causes(text), ['nested_too_deep'])
  })
})

describe('history is scanned once', () => {
  const cacheOf = () => {
    const verdicts = new Map<string, Verdict>()
    let hits = 0
    return {
      verdicts,
      hits: () => hits,
      get: (text: string, label: string) => {
        const verdict = verdicts.get(`${label}|${text}`)
        if (verdict) hits += 1
        return verdict
      },
      set: (text: string, label: string, verdict: Verdict) => void verdicts.set(`${label}|${text}`, verdict),
    }
  }

  test('the second time the verdict comes from the cache and is the same', () => {
    const cache = cacheOf()
    const { detect } = pipeline({ cache })
    const body = { messages: [{ role: 'user', content: `${'A long message. '.repeat(30)}${MAIL}` }] }
    const first = detect(body)
    assert.equal(cache.hits(), 0)
    assert.deepEqual(detect(body), first)
    assert.equal(cache.hits(), 1)
    assert.equal(JSON.stringify([...cache.verdicts.values()]).includes('jane'), false)
  })

  test('a text under another member name is another text', () => {
    const cache = cacheOf()
    const { detect } = pipeline({ cache })
    const number = `078051123 ${'x '.repeat(150)}`
    assert.equal(detect({ metadata: { order: number } }).classification, 'public')
    assert.equal(detect({ metadata: { ssn: number } }).classification, 'pii')
  })
})

test('a type can be left out', () => {
  assert.equal(pipeline({ ignoredTypes: ['email_address'] }).detect(MAIL).classification, 'public')
})

test('no finding holds the value', () => {
  const verdict = detect({ messages: [{ content: `${MAIL} and 4111 1111 1111 1111` }], [MAIL]: 1 })
  assert.equal(verdict.findings.length, 3)
  assert.equal(/jane|4111/.test(JSON.stringify(verdict)), false)
})
