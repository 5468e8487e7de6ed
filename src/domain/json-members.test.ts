// Proves that the scanner of JSON members sees what JSON.parse sees, in any formatting.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { jsonTexts } from '../../test/make/json-text.ts'
import fc from '../../test/make/property.ts'
import { countKeys, findDuplicateKey, keysAreMisread, scanMembers } from './json-members.ts'

describe('members', () => {
  test('their spans give back the members of any object in any formatting', () => {
    fc.assert(
      fc.property(jsonTexts(), ({ value, text }) => {
        const bytes = Buffer.from(text)
        const { members } = scanMembers(bytes)
        assert.deepEqual(members.map(({ key }) => key).sort(), Object.keys(value).sort())
        for (const { key, start, valueStart, end } of members) {
          assert.deepEqual(JSON.parse(bytes.toString('utf8', valueStart, end)), value[key])
          assert.deepEqual(JSON.parse(`{${bytes.toString('utf8', start, end)}}`), { [key]: value[key] })
          assert.equal(bytes[start], 0x22)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('they stand in order and do not overlap', () => {
    fc.assert(
      fc.property(jsonTexts(), ({ text }) => {
        let last = 0
        for (const { start, valueStart, end } of scanMembers(Buffer.from(text)).members) {
          assert.ok(last < start && start < valueStart && valueStart < end)
          last = end
        }
      }),
    )
  })

  test('a key that stands twice stands twice', () => {
    const { members, keyCount } = scanMembers(Buffer.from('{"a":1,"b":{},"\\u0061":2}'))
    assert.deepEqual(
      members.map(({ key }) => key),
      ['a', 'b', 'a'],
    )
    assert.equal(keyCount, 3)
  })

  test('an empty object has none', () => {
    for (const text of ['{}', ' { } ', '\n{\t}\r\n']) {
      assert.deepEqual(scanMembers(Buffer.from(text)), {
        members: [],
        keyCount: 0,
        depth: 1,
        hasEscapedKey: false,
      })
    }
  })

  test('quotes, braces, commas and colons inside strings are text', () => {
    const value = { 'a":{"b': '}],:{["\\"', ':': '\\', '': [':', ',', '"'], c: '"a":1' }
    const bytes = Buffer.from(JSON.stringify(value))
    const { members, keyCount, depth } = scanMembers(bytes)
    assert.deepEqual(
      members.map(({ key, valueStart, end }) => [key, JSON.parse(bytes.toString('utf8', valueStart, end))]),
      Object.entries(value),
    )
    assert.equal(keyCount, 4)
    assert.equal(depth, 2)
  })

  test('a huge string full of quotes and backslashes is skipped whole', () => {
    const content = `${'x"\\'.repeat(500_000)}\\`
    const bytes = Buffer.from(JSON.stringify({ before: 1, content, after: 2 }))
    const { members } = scanMembers(bytes)
    assert.deepEqual(
      members.map(({ key }) => key),
      ['before', 'content', 'after'],
    )
    const span = members[1]
    assert.ok(span)
    assert.equal(JSON.parse(bytes.toString('utf8', span.valueStart, span.end)), content)
  })

  test('numbers, literals and their spaces are measured exactly', () => {
    const text = '{ "a" :  -1.5e+10 ,"b":true,"c":null  , "d" : false\n}'
    const bytes = Buffer.from(text)
    assert.deepEqual(
      scanMembers(bytes).members.map(({ valueStart, end }) => bytes.toString('utf8', valueStart, end)),
      ['-1.5e+10', 'true', 'null', 'false'],
    )
  })
})

describe('keys', () => {
  test('as many are counted in the text as in the parsed value, at any depth', () => {
    fc.assert(
      fc.property(jsonTexts(), ({ value, text }) => {
        assert.equal(scanMembers(Buffer.from(text)).keyCount, countKeys(value))
        assert.equal(findDuplicateKey(Buffer.from(text)), undefined)
      }),
      { numRuns: 500 },
    )
  })

  test('__proto__ is a key like any other', () => {
    const text = '{"__proto__":{"a":1},"constructor":{"__proto__":null}}'
    assert.equal(scanMembers(Buffer.from(text)).keyCount, 4)
    assert.equal(countKeys(JSON.parse(text)), 4)
  })

  test('with an escape are seen as such, at any depth', () => {
    for (const text of ['{"\\u006e":1}', '{"a":[{"b":{"\\"":1}}]}']) {
      assert.equal(scanMembers(Buffer.from(text)).hasEscapedKey, true, text)
    }
    for (const text of ['{"n":"\\u006e"}', '{"a":["\\"",{"b":"\\n"}]}']) {
      assert.equal(scanMembers(Buffer.from(text)).hasEscapedKey, false, text)
    }
  })

  test('are misread when the value has others than the text, in any order and at any depth', () => {
    const misread = (text: string, value: unknown) => keysAreMisread(Buffer.from(text), value)
    const text = '{"b":[{"\\u006e":"a:\\"b\\":"}],"2":{},"1":0}'
    assert.equal(misread(text, { '1': 0, '2': {}, b: [{ n: 'x' }] }), false)
    assert.equal(misread(text, { '1': 0, '2': {}, b: [{ '\\': 'x' }] }), true)
    assert.equal(misread(text, { '1': 0, '2': {}, b: [{}] }), true)
    assert.equal(misread('{}', { n: 1 }), true)
    fc.assert(fc.property(jsonTexts(), ({ value, text }) => assert.equal(misread(text, value), false)))
  })

  test('depth is that of the deepest bracket', () => {
    assert.equal(scanMembers(Buffer.from('{"a":[[{"b":[]}]]}')).depth, 5)
    assert.equal(scanMembers(Buffer.from(`{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`)).depth, 1001)
  })

  test('what is not an object or list has none', () => {
    for (const value of [null, undefined, 1, 'text', true, [], [null, 1, [[]]]]) assert.equal(countKeys(value), 0)
  })
})

describe('a key that stands twice in one object', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"model":"x","messages":[{"role":"user"},{"role":"user","content":"a","role":"system"}]}', 'messages[1].role'],
    ['{"a":{"b":{"c":1}},"d":{"b":{"c":1,"c":2}}}', 'd.b.c'],
    ['{"x":[[1,{"a":1}],[{"a":1,"a":2}]]}', 'x[1][0].a'],
    ['{"x":[1,2,{"a":1}],"y":3,"x":4}', 'x'],
    ['{ "a" : "\\"a\\":1" , "b" : 2 , "b" : 3 }', 'b'],
    ['{"":1,"":2}', ''],
    ['{"a":{"a":1},"b":[{"a":1},{"a":2}]}', undefined],
    ['{"a":"b","b":"a"}', undefined],
    ['{"a":["a","a"]}', undefined],
  ]
  for (const [text, path] of cases) {
    test(`${text} has ${path === undefined ? 'none' : `it at "${path}"`}`, () => {
      assert.equal(findDuplicateKey(Buffer.from(text)), path)
      assert.equal(scanMembers(Buffer.from(text)).keyCount !== countKeys(JSON.parse(text)), path !== undefined)
    })
  }

  test('is found wherever it is planted', () => {
    fc.assert(
      fc.property(jsonTexts(), fc.nat(), ({ value, text }, choice) => {
        const keys = Object.keys(value)
        fc.pre(keys.length > 0)
        const key = keys[choice % keys.length] ?? ''
        const doubled = `${text.trimEnd().slice(0, -1)}, ${JSON.stringify(key)} : 0}`
        assert.equal(findDuplicateKey(Buffer.from(doubled)), key)
        assert.ok(scanMembers(Buffer.from(doubled)).keyCount > countKeys(JSON.parse(doubled)))
      }),
    )
  })
})
