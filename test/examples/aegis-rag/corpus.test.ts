// Unit tests of the example's corpus: loading, cutting, classifying.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../e2e/world.ts'
import fc from '../../make/property.ts'
import { classifyDocument, type LoadedDocument, loadCorpus, splitFrontMatter, splitText, strictest } from './rag.ts'

const corpus = fileURLToPath(new URL('../../../examples/aegis-rag/corpus', import.meta.url))
const document = (stated: Record<string, string> = {}): LoadedDocument => ({
  path: 'a.md',
  title: 'A',
  text: 'text',
  hash: 'h',
  stated,
})
const finds = (level: 'public' | 'pii' | 'hipaa') => async () => level

describe('loading', () => {
  test('Markdown has its front matter apart and its title from it', async () => {
    const handbook = (await loadCorpus(corpus)).find(({ path }) => path === 'handbook.md')
    assert.deepEqual([handbook?.title, handbook?.stated.classification], ['Equipment handbook', 'public'])
    assert.doesNotMatch(handbook?.text ?? '', /classification/)
  })

  test('a text has its first short line as its title', async () => {
    const faq = (await loadCorpus(corpus)).find(({ path }) => path === 'faq.txt')
    assert.equal(faq?.title, 'Frequent questions about the Aurora Pump')
  })

  test('a PDF gives its text', async () => {
    const pdf = (await loadCorpus(corpus)).find(({ path }) => path.endsWith('.pdf'))
    assert.match(pdf?.text ?? '', /Meridian Dock contains a fuse of 4 amperes/)
  })

  test('folders below are read, and files of other kinds are not', async () => {
    using folder = temporaryFolder()
    mkdirSync(join(folder.path, 'below'))
    writeFileSync(join(folder.path, 'below', 'b.txt'), 'B')
    writeFileSync(join(folder.path, 'a.md'), '# A heading\n\ntext')
    writeFileSync(join(folder.path, 'image.png'), 'x')
    const loaded = await loadCorpus(folder.path)
    assert.deepEqual(
      loaded.map(({ path, title }) => [path, title]),
      [
        ['a.md', 'A heading'],
        [join('below', 'b.txt'), 'B'],
      ],
    )
  })

  test('the hash follows the bytes alone', async () => {
    using folder = temporaryFolder()
    cpSync(corpus, folder.path, { recursive: true })
    const [before, copied] = [await loadCorpus(corpus), await loadCorpus(folder.path)]
    assert.deepEqual(
      copied.map(({ hash }) => hash),
      before.map(({ hash }) => hash),
    )
    writeFileSync(join(folder.path, 'faq.txt'), 'changed')
    const changed = await loadCorpus(folder.path)
    assert.equal(changed.filter(({ hash }, index) => hash !== before[index]?.hash).length, 1)
  })

  test('lines of dashes inside a text are no front matter', () => {
    assert.deepEqual(splitFrontMatter('text\n---\na: b\n---\n'), { stated: {}, text: 'text\n---\na: b\n---\n' })
    assert.deepEqual(splitFrontMatter('---\r\nclassification: hipaa\r\n---\r\ntext'), {
      stated: { classification: 'hipaa' },
      text: 'text',
    })
  })
})

describe('cutting', () => {
  test('short paragraphs go together as long as they fit', () => {
    assert.deepEqual(splitText('one\n\ntwo\n\nthree', 8), ['one\ntwo', 'three'])
  })

  test('a long paragraph is cut between sentences', () => {
    assert.deepEqual(splitText('First one. Second one. Third 1.5 one.', 22), [
      'First one. Second one.',
      'Third 1.5 one.',
    ])
  })

  test('a sentence that is too long is cut between words, and a word only when it must be', () => {
    assert.deepEqual(splitText('aa bb cc', 5), ['aa bb', 'cc'])
    assert.deepEqual(splitText('abcdefgh', 3), ['abc', 'def', 'gh'])
  })

  test('nothing gives no chunk, and the marks of a heading are left out', () => {
    assert.deepEqual(splitText(' \n\n \n'), [])
    assert.deepEqual(splitText('## Heading\n\ntext'), ['Heading\ntext'])
  })

  test('no chunk is too long and no word is lost, whatever the text', () => {
    const words = fc.array(
      fc.oneof(fc.constantFrom('\n\n', '. ', '! ', ' '), fc.stringMatching(/^[a-zäß0-9]{1,12}$/)),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 80 }), (pieces, length) => {
        const text = pieces.join(' ')
        const chunks = splitText(text, length)
        assert.ok(chunks.every((chunk) => chunk.length <= length && chunk !== ''))
        const letters = (all: string) => all.replace(/\s+/g, '')
        assert.equal(letters(chunks.join('')), letters(text))
      }),
    )
  })
})

describe('classifying', () => {
  test('what a document says of itself holds', async () => {
    assert.deepEqual(await classifyDocument(document({ classification: 'public' }), finds('public')), {
      classification: 'public',
      by: 'statement',
    })
    assert.deepEqual(await classifyDocument(document({ classification: 'hipaa' }), finds('pii')), {
      classification: 'hipaa',
      by: 'statement',
    })
  })

  test('what is found adds to what is stated', async () => {
    assert.deepEqual(await classifyDocument(document({ classification: 'public' }), finds('pii')), {
      classification: 'pii',
      by: 'detection',
    })
  })

  test('what nobody says anything of is internal', async () => {
    assert.deepEqual(await classifyDocument(document(), finds('public')), { classification: 'internal', by: 'default' })
    assert.deepEqual(await classifyDocument(document(), finds('hipaa')), { classification: 'hipaa', by: 'detection' })
  })

  test('a misspelt statement stops the reading and names the document', async () => {
    await assert.rejects(
      classifyDocument(document({ classification: 'HIPAA' }), finds('public')),
      /a\.md: classification must be one of/,
    )
  })

  test('several pieces together are as sensitive as the most sensitive of them', () => {
    assert.equal(strictest(['public', 'hipaa', 'internal']), 'hipaa')
    assert.equal(strictest(['public', 'public']), 'public')
    assert.equal(strictest([]), 'public')
  })
})
