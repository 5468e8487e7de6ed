// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these tests are about
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expandReferences, hideReferences, showReferences } from './env-reference.ts'

const env = { HOST: 'gpu', EMPTY: '', BLANK: '  ', NESTED: `\${OTHER}`, MONEY: '$$5', YAML: 'a, b: [c]' }

interface Expansion {
  readonly says: string
  readonly source: string
  readonly text: string
  readonly unset?: readonly string[]
  readonly malformed?: boolean
}

const expansions: readonly Expansion[] = [
  { says: 'a reference is replaced', source: 'http://${HOST}:1', text: 'http://gpu:1' },
  { says: 'a default is not used when the variable is set', source: '${HOST:-cpu}', text: 'gpu' },
  { says: 'a default is used when the variable is unset', source: '${NOPE:-cpu}', text: 'cpu' },
  { says: 'a default may hold colons and dashes', source: '${NOPE:-http://a:-1}', text: 'http://a:-1' },
  { says: 'a default may be empty', source: '${NOPE:-}', text: '' },
  { says: 'an empty variable counts as unset', source: '${EMPTY}', text: '', unset: ['EMPTY'] },
  { says: 'a blank variable counts as unset', source: '${BLANK:-x}', text: 'x' },
  { says: 'an unset variable is named', source: 'a${NOPE}b${NADA}', text: 'ab', unset: ['NOPE', 'NADA'] },
  { says: 'two dollar signs are one', source: '$${HOST} costs $$5', text: '${HOST} costs $5' },
  { says: 'a dollar sign alone is itself', source: 'US$ and $HOST', text: 'US$ and $HOST' },
  { says: 'a value is not read again', source: '${NESTED}', text: '${OTHER}' },
  { says: 'dollar signs of a value stay', source: '${MONEY}', text: '$$5' },
  { says: 'a reference without an end is malformed', source: '${HOST', text: 'HOST', malformed: true },
  { says: 'a reference without a name is malformed', source: '${}', text: '', malformed: true },
  { says: 'a name cannot start with a digit', source: '${1ST}', text: '', malformed: true },
  { says: 'a dash alone makes no default', source: '${HOST-x}', text: '', malformed: true },
  { says: 'a default cannot hold a reference', source: '${NOPE:-${HOST}}', text: '}', malformed: true },
  { says: 'the prototype of the environment is no variable', source: '${toString}', text: '', unset: ['toString'] },
]

for (const { says, source, text, unset = [], malformed = false } of expansions) {
  test(says, () => {
    assert.deepEqual(expandReferences(source, env), { text, unset, malformed })
  })
}

const hidden = ['{ key: ${A}, list: [${B:-x, y}] }', '"${A:-[1]}" # ${C', "$${A} ${A:-{} ${A:-it's}", '${'.repeat(20)]

for (const text of hidden) {
  test(`hiding and showing references gives back ${text.slice(0, 40)}`, () => {
    assert.equal(hideReferences(text).length, text.length)
    assert.equal(showReferences(hideReferences(text)), text)
  })
}

test('a reference is looked for in the next 4096 characters, so that many beginnings of one cost little', () => {
  assert.equal(expandReferences(`\${A:-${'x'.repeat(4093)}}`, {}).text.length, 4093)
  assert.equal(expandReferences(`\${A:-${'x'.repeat(4094)}}`, {}).malformed, true)
})

test('hiding takes time in proportion to the text', () => {
  const text = '${A:-'.repeat(20_000)
  let part = Number.POSITIVE_INFINITY
  let whole = Number.POSITIVE_INFINITY
  // A pause of the machine only lengthens a run, so the shortest of each are compared; in the square it were 256 times.
  for (let round = 0; round < 20 && (round < 5 || whole >= 64 * part); round += 1) {
    part = Math.min(
      part,
      timeOf(() => hideReferences(text.slice(0, text.length / 16))),
    )
    whole = Math.min(
      whole,
      timeOf(() => hideReferences(text)),
    )
  }
  assert.ok(whole < 64 * part, `a 16th took ${part} ms, the whole ${whole} ms`)
})

function timeOf(work: () => unknown): number {
  const startedMs = performance.now()
  work()
  return performance.now() - startedMs
}
