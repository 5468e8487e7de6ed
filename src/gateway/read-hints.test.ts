// Proves that a declaration about a request is never ignored and never lowered by another.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import type { JsonValue } from '../domain/chat-body.ts'
import { compareClassifications, dataClassifications } from '../domain/data-classification.ts'
import { AegisError } from '../domain/errors.ts'
import { complexities, qualityRequirements, type TaskHints } from '../domain/task.ts'
import { readHints } from './read-hints.ts'

/** What was said, without what was not. */
function read(aegis: JsonValue | undefined, ...headers: string[]): TaskHints {
  return JSON.parse(JSON.stringify(readHints(aegis, headers))) as TaskHints
}
function refusal(aegis: JsonValue | undefined, ...headers: string[]): AegisError {
  try {
    readHints(aegis, headers)
  } catch (error) {
    assert.ok(error instanceof AegisError)
    assert.deepEqual([error.code, error.status], ['invalid_request', 400])
    return error
  }
  return assert.fail(`${JSON.stringify([aegis, headers])} was taken`)
}

const CLASSIFICATION = 'x-aegis-data-classification'

describe('hints', () => {
  test('are none when nobody gives any', () => {
    assert.deepEqual(read(undefined), {})
    assert.deepEqual(read({}), {})
    assert.deepEqual(read(undefined, 'Content-Type', 'application/json', 'x-request-id', '7', 'X-Aegi', 'x'), {})
  })

  const all = {
    data_classification: 'pii',
    quality_requirement: 'critical',
    complexity: 'very_high',
    batch_size: 11,
    session: 's',
    tags: ['team-a', 'nightly'],
    model_local: 'a',
    model_cloud: 'b',
    model_openai: 'c',
  }
  const understood = {
    dataClassification: 'pii',
    qualityRequirement: 'critical',
    complexity: 'very_high',
    batchSize: 11,
    session: 's',
    tags: ['team-a', 'nightly'],
    modelLocal: 'a',
    modelCloud: 'b',
    modelOpenai: 'c',
  }

  test('are read from the body', () => assert.deepEqual(read(all), understood))

  test('are read from headers of the same names, in any case', () => {
    const headers = Object.entries(all).flatMap(([name, value]) => [
      `x-aegis-${name.replaceAll('_', '-')}`,
      String(value),
    ])
    assert.deepEqual(read(undefined, ...headers), understood)
    const shouted = headers.map((text, index) => (index % 2 === 0 ? text.toUpperCase() : text))
    assert.deepEqual(read(undefined, ...shouted), understood)
    assert.deepEqual(read(all, ...headers), understood)
  })

  test('of the body and any number of headers are joined upward', () => {
    const declared = fc.array(fc.constantFrom(...dataClassifications), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(declared, fc.boolean(), (levels, oneInBody) => {
        const [first, ...rest] = levels
        const headers = (oneInBody ? rest : levels).flatMap((level) => [CLASSIFICATION, level])
        const body = oneInBody ? { data_classification: first ?? 'public' } : undefined
        const highest = [...levels].sort(compareClassifications).at(-1)
        assert.equal(read(body, ...headers).dataClassification, highest)
      }),
    )
  })

  test('that disagree take the more demanding one', () => {
    for (const [index, quality] of qualityRequirements.entries()) {
      for (const [other, second] of qualityRequirements.entries()) {
        const { qualityRequirement } = read({ quality_requirement: quality }, 'x-aegis-quality-requirement', second)
        assert.equal(qualityRequirement, qualityRequirements[Math.max(index, other)])
      }
    }
    assert.equal(read({ complexity: 'low' }, 'x-aegis-complexity', 'high').complexity, 'high')
    assert.equal(read({ complexity: 'high' }, 'x-aegis-complexity', 'low').complexity, 'high')
    assert.equal(read({ batch_size: 3 }, 'x-aegis-batch-size', '20').batchSize, 20)
    assert.equal(read({ batch_size: 30 }, 'x-aegis-batch-size', '20').batchSize, 30)
  })

  test('that cannot be joined must agree', () => {
    assert.equal(read({ session: 's' }, 'x-aegis-session', 's').session, 's')
    assert.equal(refusal({ session: 's' }, 'x-aegis-session', 't').param, 'aegis.session')
    assert.equal(
      refusal(undefined, 'x-aegis-model-local', 'a', 'x-aegis-model-local', 'b').param,
      'x-aegis-model-local',
    )
  })

  test('that are tags count from everywhere, each once', () => {
    const tags = (...given: Parameters<typeof read>) => read(...given).tags
    const header = 'x-aegis-tags'
    assert.deepEqual(tags({ tags: ['team a', 'x'] }, header, ' x , night/1', header, 'y'), [
      'x',
      'night/1',
      'y',
      'team a',
    ])
    assert.equal(tags({ tags: [] }), undefined)
  })

  test('that are tags are refused when one of them is no name or they are too many', () => {
    for (const tags of ['team', null, {}, [''], [' '], [1], [null], ['a,b'], ['a\n' + 'b'], ['a'.repeat(129)]])
      assert.equal(refusal({ tags }).param, 'aegis.tags', JSON.stringify(tags))
    for (const text of ['', 'a,', ',', 'a\tb', 'a'.repeat(129)])
      assert.equal(refusal(undefined, 'x-aegis-tags', text).param, 'x-aegis-tags', text)
    const many = Array.from({ length: 16 }, (_, index) => `tag_${index}`)
    assert.deepEqual(read({ tags: many }, 'x-aegis-tags', 'tag_0').tags, many)
    assert.equal(refusal({ tags: many }, 'x-aegis-tags', 'one').param, 'aegis.tags')
  })

  test('may be any of the known values', () => {
    for (const level of dataClassifications)
      assert.equal(read({ data_classification: level }).dataClassification, level)
    for (const grade of complexities) assert.equal(read({ complexity: grade }).complexity, grade)
    for (const size of [1, '1', 10, 1_000_000, '1000000', '007'])
      assert.equal(read({ batch_size: size }).batchSize, Number(size))
  })
})

describe('a hint that is not understood is an error, never ignored', () => {
  const values: readonly JsonValue[] = [
    'PII',
    'Pii',
    ' pii',
    'pii ',
    'pii,public',
    'secret',
    '',
    null,
    true,
    3,
    ['pii'],
    [],
    { level: 'pii' },
  ]
  for (const value of values) {
    test(`data_classification ${JSON.stringify(value)} in the body`, () => {
      assert.equal(refusal({ data_classification: value }).param, 'aegis.data_classification')
    })
    if (typeof value === 'string') {
      test(`data classification ${JSON.stringify(value)} in a header`, () => {
        assert.equal(refusal(undefined, CLASSIFICATION, value).param, CLASSIFICATION)
      })
    }
  }

  test('also when another source has a good one', () => {
    assert.equal(refusal({ data_classification: 'hipaa' }, CLASSIFICATION, 'top-secret').param, CLASSIFICATION)
    assert.equal(refusal({ data_classification: null }, CLASSIFICATION, 'hipaa').param, 'aegis.data_classification')
    assert.equal(refusal(undefined, CLASSIFICATION, 'pii', CLASSIFICATION, 'typo').param, CLASSIFICATION)
  })

  const misspelt = [
    'x-aegis-data-clasification',
    'x-aegis-data_classification',
    'X-Aegis-Classification',
    'x-aegis-',
    'x-aegis-batchsize',
    'x-aegis-ollama',
  ]
  for (const header of misspelt) {
    test(`the header ${header}`, () => {
      const error = refusal(undefined, header, 'pii')
      assert.equal(error.param, header.toLowerCase())
      assert.match(error.message, /x-aegis-data-classification/)
    })
  }

  for (const member of [
    'data_clasification',
    'dataClassification',
    'Data_Classification',
    'batchSize',
    '',
    '__proto__',
    'ollama',
  ]) {
    test(`the member ${JSON.stringify(member)}`, () => {
      const aegis = JSON.parse(`{${JSON.stringify(member)}:"pii"}`) as JsonValue
      assert.match(refusal(aegis).message, /Known are data_classification/)
    })
  }

  for (const aegis of [null, 'pii', 7, true, ['pii'], []] as const) {
    test(`aegis as ${JSON.stringify(aegis)}`, () => assert.equal(refusal(aegis as JsonValue).param, 'aegis'))
  }

  for (const size of [
    0,
    -1,
    1.5,
    1_000_001,
    '0',
    '-1',
    '1e3',
    '1.5',
    ' 1',
    '0x10',
    '',
    'many',
    '9999999999',
    null,
    true,
    [1],
    {},
  ] as const) {
    test(`batch_size ${JSON.stringify(size)}`, () => {
      assert.equal(refusal({ batch_size: size as JsonValue }).param, 'aegis.batch_size')
      if (typeof size === 'string')
        assert.equal(refusal(undefined, 'x-aegis-batch-size', size).param, 'x-aegis-batch-size')
    })
  }

  for (const text of ['', 'x'.repeat(257), null, 7, ['s'], {}] as const) {
    test(`session ${JSON.stringify(text).slice(0, 20)}`, () => {
      assert.equal(refusal({ session: text as JsonValue }).param, 'aegis.session')
    })
  }

  for (const name of ['quality_requirement', 'complexity']) {
    for (const value of ['HIGH', 'highest', null, 2, ['high']] as const) {
      test(`${name} ${JSON.stringify(value)}`, () => {
        assert.equal(refusal({ [name]: value as JsonValue }).param, `aegis.${name}`)
      })
    }
  }

  test('and the error does not repeat the value', () => {
    for (const error of [
      refusal({ data_classification: 'CANARY' }),
      refusal(undefined, CLASSIFICATION, 'CANARY'),
      refusal({ batch_size: 'CANARY' }),
      refusal({ session: 'CANARY'.repeat(100) }),
      refusal({ session: 'CANARY' }, 'x-aegis-session', 'CANARY2'),
    ]) {
      assert.doesNotMatch(`${error.message} ${error.param}`, /CANARY/)
    }
  })
})
