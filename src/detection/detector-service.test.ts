// Proves the two ways to a verdict, at once and in a worker, with real worker threads.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chatBody } from '../../test/make/chat-body.ts'
import { nativeBody } from '../../test/make/native-body.ts'
import { DetectionWorkerPool } from './detection-worker-pool.ts'
import { DetectorService } from './detector-service.ts'
import { KeyedVerdictCache } from './keyed-verdict-cache.ts'

const bodyOf = (content: string) => chatBody({ model: 'm', messages: [{ role: 'user', content }] })
const filler = 'Nothing to see here. '.repeat(4000)

describe('a body', () => {
  test('is judged at once when it is small, and in a worker when it is large, with the same verdict', async () => {
    const service = new DetectorService({ dictionaries: [{ name: 'projects', terms: ['Bluebird'] }] })
    try {
      const small = service.detect(bodyOf('Bluebird costs more, says jane@acme.com'))
      assert.equal(small instanceof Promise, false)
      const large = service.detect(bodyOf(`${filler} Bluebird costs more, says jane@acme.com`))
      assert.equal(large instanceof Promise, true)
      const rules = (one: Awaited<typeof large>) => one.findings.map(({ rule, path }) => [rule, path])
      assert.deepEqual(rules(await large), rules(await small))
      assert.equal((await large).classification, 'pii')
    } finally {
      await service.close()
    }
  })

  test('of two forms is judged by what stands in either, small or large', async () => {
    const service = new DetectorService({})
    try {
      const found = { note: 'mail jane@acme.com' }
      for (const [native, canonical, level] of [
        [found, {}, 'pii'],
        [{}, found, 'pii'],
        [{ ...found, filler }, {}, 'pii'],
        [{ filler }, found, 'pii'],
        [{ filler }, { filler }, 'public'],
      ] as const) {
        const body = nativeBody(native, canonical)
        assert.equal((await service.detect(body)).classification, level)
        assert.equal(service.detectNow(body).classification, level)
      }
    } finally {
      await service.close()
    }
  })

  test('many at a time are all answered, each with its own verdict', async () => {
    const service = new DetectorService({}, { workers: 2, largeBytes: 0 })
    try {
      const texts = Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? 'mail jane@acme.com' : 'good morning'))
      const verdicts = await Promise.all(texts.map((text) => service.detect(bodyOf(text))))
      assert.deepEqual(
        verdicts.map(({ classification }) => classification),
        texts.map((text) => (text.startsWith('mail') ? 'pii' : 'public')),
      )
    } finally {
      await service.close()
    }
  })

  test('is undecidable once the service is closed', async () => {
    const service = new DetectorService({}, { largeBytes: 0 })
    await service.close()
    assert.deepEqual((await service.detect(bodyOf('hello'))).undecidableCauses, ['detector_error'])
  })
})

test('a worker that cannot start leaves its bodies undecidable, and never a promise open', async () => {
  const pool = new DetectionWorkerPool({ patterns: [{ name: 'bad', pattern: '(' }] }, 1, 1000)
  const verdicts = await Promise.all([1, 2, 3].map(() => pool.detect(Buffer.from('"hello"'))))
  assert.deepEqual(
    verdicts.map(({ undecidable }) => undecidable),
    [true, true, true],
  )
  await pool.close()
})

describe('the verdict cache', () => {
  const verdict = { matches: [], undecidable: [] }
  test('gives back what was put in under the same text and label only', () => {
    const cache = new KeyedVerdictCache()
    cache.set('text', 'label', verdict)
    assert.equal(cache.get('text', 'label'), verdict)
    assert.equal(cache.get('text', ''), undefined)
    assert.equal(cache.get('texts', 'label'), undefined)
    assert.equal(cache.get('label text', ''), undefined)
  })
  test('forgets what was not asked for longest', () => {
    const cache = new KeyedVerdictCache(2)
    cache.set('a', '', verdict)
    cache.set('b', '', verdict)
    cache.get('a', '')
    cache.set('c', '', verdict)
    assert.equal(cache.size, 2)
    assert.equal(cache.get('b', ''), undefined)
    assert.equal(cache.get('a', ''), verdict)
  })
  test('tells texts apart that differ in a lone surrogate', () => {
    const cache = new KeyedVerdictCache()
    cache.set('\ud800', '', verdict)
    assert.equal(cache.get('\ud801', ''), undefined)
  })
})
