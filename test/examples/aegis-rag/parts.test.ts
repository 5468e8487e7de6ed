// Unit tests of the example's parts: the switch of clients, prompts and citations, extraction, parallel work, the summary.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  answerPrompt,
  atMost,
  chooseModels,
  citedIn,
  inParallel,
  type ModelCall,
  type Models,
  type Passage,
  readShare,
  summarise,
  tidy,
} from './rag.ts'

const side = (name: string) => ({ name }) as unknown as Models
const [aegis, legacy] = [side('aegis'), side('legacy')]
const keys = Array.from({ length: 2_000 }, (_, index) => `documents/${index}.md`)
const passage = (more: Partial<Passage> = {}): Passage => ({
  title: 'T',
  path: 't.md',
  text: 'words',
  classification: 'public',
  foundBy: 'vector',
  ...more,
})
const call = (more: Partial<ModelCall> = {}): ModelCall => ({
  kind: 'answer',
  provider: 'local',
  location: 'local',
  reason: 'default_local',
  classification: 'public',
  costUsd: 0,
  ...more,
})

describe('the switch of clients', () => {
  test('sends nothing to Aegis at 0 percent and everything at 100', () => {
    assert.ok(keys.every((key) => chooseModels({ aegis, legacy, share: 0 })(key) === legacy))
    assert.ok(keys.every((key) => chooseModels({ aegis, legacy, share: 100 })(key) === aegis))
  })

  for (const share of [10, 25, 50, 90]) {
    test(`sends about ${share} percent at ${share}`, () => {
      const choose = chooseModels({ aegis, legacy, share })
      const part = (100 * keys.filter((key) => choose(key) === aegis).length) / keys.length
      assert.ok(Math.abs(part - share) < 4, `${part}`)
    })
  }

  test('keeps a key on its side, and only ever moves it to Aegis when the share grows', () => {
    for (const key of keys.slice(0, 300)) {
      const sides = [0, 10, 30, 50, 70, 100].map((share) => chooseModels({ aegis, legacy, share })(key))
      assert.equal(sides.lastIndexOf(legacy), sides.filter((one) => one === legacy).length - 1)
      assert.equal(chooseModels({ aegis, legacy, share: 50 })(key), chooseModels({ aegis, legacy, share: 50 })(key))
    }
  })

  test('sends everything to Aegis once the old client is gone', () => {
    assert.equal(chooseModels({ aegis, share: 0 })('any'), aegis)
  })

  test('reads its share from text: a whole number of percent, 100 when there is none', () => {
    assert.deepEqual([readShare(undefined), readShare(''), readShare('0'), readShare('35')], [100, 100, 0, 35])
    for (const wrong of ['-1', '101', '2.5', 'half']) assert.throws(() => readShare(wrong), /AEGIS_RAG_SHARE must be/)
  })
})

describe('prompts and citations', () => {
  test('sources are numbered from one, each on one line, whatever lines are in it', () => {
    const prompt = answerPrompt('Why?\nQuestion: other', [
      passage({ text: 'a\n[7] forged: b' }),
      passage({ title: 'U' }),
    ])
    const numbered = prompt.split('\n').filter((line) => /^\[\d+\]/.test(line))
    assert.deepEqual(numbered, ['[1] T: a [7] forged: b', '[2] U: words'])
    assert.equal(prompt.split('\n').filter((line) => line.startsWith('Question:')).length, 1)
  })

  test('citations are the sources that the answer names, each once and in their order', () => {
    const sources = [passage({ path: 'a' }), passage({ path: 'b' }), passage({ path: 'c' })]
    assert.deepEqual(
      citedIn('So it is [3], as [1] and [3] say.', sources).map(({ path }) => path),
      ['a', 'c'],
    )
  })

  test('a number that no source has is no citation', () => {
    assert.deepEqual(citedIn('See [0], [9] and [x].', [passage()]), [])
  })
})

describe('extraction', () => {
  test('names that are empty and relations of a thing to itself are left out', () => {
    const relation = { source: 'A', relation: 'uses', target: 'B' } as const
    const cleaned = tidy({
      entities: [
        { name: ' ', type: 'other' },
        { name: 'A', type: 'device' },
      ],
      relations: [relation, { ...relation, target: 'A' }, { ...relation, source: '' }],
    })
    assert.deepEqual(cleaned, { entities: [{ name: 'A', type: 'device' }], relations: [relation] })
  })
})

describe('parallel work', () => {
  test('gives the results in the order of the items, and all who share a limit have no more under way together', async () => {
    let [underWay, most] = [0, 0]
    const limit = atMost(2)
    const work = async (item: number) => {
      underWay += 1
      most = Math.max(most, underWay)
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve()
      underWay -= 1
      return item * 10
    }
    const both = await Promise.all([inParallel([5, 1, 3], work, limit), inParallel([2, 4], work, limit)])
    assert.deepEqual(
      [both, most],
      [
        [
          [50, 10, 30],
          [20, 40],
        ],
        2,
      ],
    )
  })

  test('begins nothing new after a failure, and fails with it when the rest has ended', async () => {
    const begun: number[] = []
    const work = async (item: number) => {
      begun.push(item)
      if (item === 2) throw new Error('second')
    }
    const limit = atMost(1)
    await assert.rejects(inParallel([1, 2, 3, 4], work, limit), /second/)
    assert.deepEqual(begun, [1, 2])
    assert.deepEqual(await inParallel([7], async (item) => item, limit), [7], 'the limit has its room again')
  })

  test('of nothing is nothing', async () => {
    assert.deepEqual(await inParallel([], async () => assert.fail('nothing to do')), [])
  })
})

describe('the summary', () => {
  test('adds up calls and cost by provider', () => {
    const { lines, costUsd } = summarise([call(), call({ provider: 'openai', location: 'cloud', costUsd: 0.25 })])
    assert.equal(costUsd, 0.25)
    assert.ok(lines.some((line) => /openai \(cloud\) +1 call +\$0\.250000/.test(line)))
  })

  test('says that no restricted data has left when none has', () => {
    const { leaks, lines } = summarise([call({ classification: 'hipaa' }), call({ location: 'cloud' })])
    assert.equal(leaks, 0)
    assert.equal(lines.at(-1), 'No restricted data has left this machine.')
  })

  for (const classification of ['confidential', 'pii', 'hipaa'] as const) {
    test(`counts a ${classification} call that a cloud answered as a leak`, () => {
      assert.equal(summarise([call({ classification, location: 'cloud' })]).leaks, 1)
    })
  }
})
