// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these tests are about
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './config-error.ts'
import { readYaml } from './read-yaml.ts'

function failure(text: string): string {
  try {
    readYaml(text, 'f.yml')
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
  }
  return 'no error'
}

test('YAML and JSON are read into the same values', () => {
  const yaml = 'a:\n  - 1\n  - x: true\nb: 0.1\nc:\n'
  const json = '{\n\t"a": [1, {"x": true}],\n\t"b": 0.1,\n\t"c": null\n}\n'
  const expected = { a: [1, { x: true }], b: 0.1, c: null }
  assert.deepEqual(readYaml(yaml, 'f.yml').root, expected)
  assert.deepEqual(readYaml(json, 'f.json').root, expected)
})

test('every key and value has its line and column', () => {
  const tree = readYaml('a: 1\nb:\n  - x: { y: 2 }\n', 'f.yml')
  assert.deepEqual(tree.positionOf(['a'], 'key'), { line: 1, column: 1 })
  assert.deepEqual(tree.positionOf(['a'], 'value'), { line: 1, column: 4 })
  assert.deepEqual(tree.positionOf(['b', 0, 'x', 'y'], 'key'), { line: 3, column: 10 })
  assert.deepEqual(tree.positionOf(['b', 0, 'x', 'y'], 'value'), { line: 3, column: 13 })
  assert.equal(tree.positionOf(['b', 1], 'value'), undefined)
})

test('positions hold with Windows line ends, a byte order mark and references before them', () => {
  const tree = readYaml('\uFEFFa: { k: ${A:-[1, 2]} }\r\nb: 1\r\n', 'f.yml')
  assert.deepEqual(tree.positionOf(['b'], 'value'), { line: 2, column: 4 })
  assert.deepEqual(tree.root, { a: { k: '${A:-[1, 2]}' }, b: 1 })
})

test('a reference needs no quotes inside braces and brackets', () => {
  const tree = readYaml('p: { key: ${KEY}, list: [${A}, x${B:-http://h:1,2}y], other: "${C}" }', 'f.yml')
  assert.deepEqual(tree.root, { p: { key: '${KEY}', list: ['${A}', 'x${B:-http://h:1,2}y'], other: '${C}' } })
})

test('an alias repeats what its anchor holds', () => {
  assert.deepEqual(readYaml('a: &x { k: 1 }\nb: *x\n', 'f.yml').root, { a: { k: 1 }, b: { k: 1 } })
})

test('keys are read as they are written', () => {
  assert.deepEqual(readYaml('4.10: a\ntrue: b\n"q": c\nconstructor: d', 'f.yml').root, {
    '4.10': 'a',
    true: 'b',
    q: 'c',
    constructor: 'd',
  })
})

const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
for (let level = 1; level < 10; level++) {
  bomb.push(
    `a${level}: &a${level} [${Array(10)
      .fill(`*a${level - 1}`)
      .join(', ')}]`,
  )
}

const failures: readonly (readonly [says: string, text: string, message: RegExp])[] = [
  ['a duplicate key', 'a:\n  b: 1\n  b: 2', /^f\.yml:3:3 a\.b: this key is given twice/],
  ['a duplicate key in other quotes', '"a": 1\na: 2', /^f\.yml:2:1 a: this key is given twice/],
  ['a tab', 'a:\n\tb: 1', /^f\.yml:2:1: a tab cannot indent YAML/],
  ['an open quote', 'a: "x', /^f\.yml:1:\d+: a closing quote/],
  ['an open bracket', 'a: [1\nb: 2', /^f\.yml:2:\d+: the indentation/],
  ['text that needs quotes', 'a: @b', /^f\.yml:1:4: text that starts with @/],
  ['a mapping on the line of its key', 'a: b: c', /^f\.yml:1:4: a mapping cannot start/],
  ['text after a value', 'a: "b" c', /^f\.yml:1:8: this is not where YAML expects it/],
  ['a list and a mapping in one', '- a\nb: c', /^f\.yml:2:1: /],
  ['an unknown escape', 'a: "\\q"', /^f\.yml:1:5: unknown escape/],
  ['an alias without an anchor', 'a: *x', /^f\.yml:1:4 a: this alias names no anchor/],
  ['an alias that contains itself', 'a: &x [*x]', /^f\.yml:1:8 a\[0\].*: the file is nested too deeply/],
  ['aliases that multiply', bomb.join('\n'), /too many values, or aliases that multiply/],
  ['more brackets than the parser takes', '['.repeat(200_000), /nested too deeply/],
  ['deep nesting that is closed', '['.repeat(90) + ']'.repeat(90), /nested too deeply/],
  ['two documents', 'a: 1\n---\nb: 2', /several documents/],
  ['a directive', '%FOO\n---\na: 1', /lines that start with %/],
  ['a tag', 'a: !!js/function x', /tags such as/],
  ["a tag of one's own", 'a: !secret x', /tags such as/],
  ['a mapping as a key', '? { a: b }\n: c', /^f\.yml:1:3: a key must be a plain word/],
  ['a key that is missing', ': a', /a key must be a plain word/],
  ['the prototype as a key', '__proto__: 1', /__proto__ cannot be a key/],
  ['an empty file', '', /^f\.yml: the file is empty/],
  ['a file of comments', '# nothing\n', /^f\.yml: the file is empty/],
  ['a file of a wrong kind', 'x'.repeat(1024 * 1024 + 1), /larger than 1 MiB/],
  ['characters that are none', 'a: \uFDD0', /not characters/],
]

for (const [says, text, message] of failures) {
  test(`${says} is an error with its place`, () => {
    assert.match(failure(text), message)
  })
}

test('a syntax error does not quote the text around it', () => {
  const text = 'providers:\n  openai: { api_key: sk-very-secret } sk-very-secret [\n'
  assert.doesNotMatch(failure(text), /secret/)
})
