// Unit tests of the example's parts: prompts and citations, extraction, parallel work, the summary.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as z from 'zod'
import {
  answerPrompt,
  atMost,
  citedIn,
  inParallel,
  isUnusableAnswer,
  leaksIn,
  type ModelCall,
  type Passage,
  stageText,
  summarise,
  tidy,
  together,
  withScheme,
} from './rag.ts'

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

describe('a stage of the rollout', () => {
  const served = (calls: readonly ModelCall[], failures: readonly string[] = []) => ({ calls, failures })

  test('is said in calls, cost and places, and restricted data on a line of its own', () => {
    const calls = [call({ classification: 'pii' }), call({ location: 'cloud', costUsd: 0.0004 }), call()]
    assert.deepEqual(stageText(served(calls)), [
      '  3 calls, $0.000400: 2 at home, 1 in a cloud',
      '  1 of them with restricted data, all at home',
    ])
  })

  test('says how often it failed, by code', () => {
    const lines = stageText(served([], ['upstream_error', 'budget_exceeded', 'upstream_error']))
    assert.equal(lines.at(-1), '  failed: 2 upstream_error, 1 budget_exceeded')
  })

  test('has a leak when a cloud has answered restricted data, and says so', () => {
    const leak = served([call({ classification: 'hipaa', location: 'cloud' })])
    const good = served([call({ classification: 'hipaa' }), call({ location: 'cloud' })])
    assert.deepEqual([leaksIn(leak), leaksIn(good), leaksIn(together([good, leak, leak]))], [1, 0, 2])
    assert.match(stageText(leak).join(), /1 in a cloud!/)
  })
})

describe('what a model answers', () => {
  test('is unusable when it is no JSON or not what its schema asks for, and no other error is taken for that', () => {
    const failure = (work: () => unknown) => {
      try {
        work()
      } catch (error) {
        return error
      }
      return assert.fail('it did not fail')
    }
    assert.equal(isUnusableAnswer(failure(() => JSON.parse('{"entities": ['))), true)
    assert.equal(
      isUnusableAnswer(failure(() => z.object({ search: z.enum(['both']) }).parse({ search: 'none' }))),
      true,
    )
    assert.equal(isUnusableAnswer(new TypeError('fetch failed')), false)
  })
})

describe('OLLAMA_HOST', () => {
  test('is read as Ollama reads it: with or without a scheme, and with a slash at its end', () => {
    assert.equal(withScheme('127.0.0.1:11434'), 'http://127.0.0.1:11434')
    assert.equal(withScheme('https://ollama.example.org/'), 'https://ollama.example.org')
  })
})
