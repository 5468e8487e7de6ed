// Proves the guide: its diff makes the new client out of the old one, and both do the same work.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { AegisLLMProxy } from '../../../src/index.ts'
import { startSandbox } from '../../../src/testing/index.ts'
import { temporaryFolder } from '../../e2e/world.ts'
import { root } from './process.ts'
import { aegisModels, type ModelCall, ollamaModels, simulatedConfig } from './rag.ts'

const guide = join(root, 'docs', 'guides', 'from-hard-coded-ollama.md')
const source = (name: string) => readFileSync(join(root, 'examples', 'aegis-rag', 'src', 'models', name), 'utf8')

test('the diff of the guide makes the new client out of the old one', () => {
  using folder = temporaryFolder()
  const diff = /^```diff\n(.*?)^```$/ms.exec(readFileSync(guide, 'utf8'))?.[1]
  assert.ok(diff)
  writeFileSync(join(folder.path, 'models.ts'), source('ollama-models.ts'))
  writeFileSync(join(folder.path, 'change.diff'), diff)
  execFileSync('git', ['apply', 'change.diff'], { cwd: folder.path, stdio: 'pipe' })
  assert.equal(
    readFileSync(join(folder.path, 'models.ts'), 'utf8'),
    source('aegis-models.ts'),
    'the guide is stale: put the diff of the two files into it',
  )
})

test('every file that the guide links to is there', () => {
  const links = [...readFileSync(guide, 'utf8').matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link)
  assert.ok(links.length > 3)
  for (const link of links) assert.ok(existsSync(join(dirname(guide), link)), link)
})

describe('both clients', () => {
  const schema = z.object({ names: z.array(z.string()) })
  const work = { dataClassification: 'hipaa' } as const

  for (const which of ['old', 'new'] as const) {
    test(`the ${which} client answers, extracts and embeds, and notes each call`, async () => {
      await using sandbox = await startSandbox({ instant: true, reads: true })
      await using proxy = await AegisLLMProxy.create(simulatedConfig(sandbox), { env: {} })
      const calls: ModelCall[] = []
      const note = (call: ModelCall) => void calls.push(call)
      const models = which === 'old' ? ollamaModels(note, sandbox.local.url) : aegisModels(note, { proxy })
      const pieces: string[] = []
      for await (const piece of models.answer('Why is the sky blue?', work)) pieces.push(piece)
      assert.match(pieces.join(''), /You asked about 5 words/)
      const text = 'It is made by Northwind Devices.'
      assert.deepEqual(await models.extract({ schema, instructions: 'Names.', text }, work), {
        names: ['Northwind Devices'],
      })
      assert.deepEqual(
        (await models.embed(['a', 'b'], work)).map((vector) => vector.length),
        [768, 768],
      )
      assert.deepEqual(
        calls.map(({ kind, location }) => [kind, location]),
        [
          ['answer', 'local'],
          ['extract', 'local'],
          ['embed', 'local'],
        ],
      )
    })
  }

  test('make the same vectors, so that one store serves both', async () => {
    await using sandbox = await startSandbox({ instant: true })
    await using proxy = await AegisLLMProxy.create(simulatedConfig(sandbox), { env: {} })
    const note = () => {}
    const [before, after] = await Promise.all(
      [ollamaModels(note, sandbox.local.url), aegisModels(note, { proxy })].map((models) =>
        models.embed(['a text'], work),
      ),
    )
    assert.deepEqual(after, before)
  })

  test('the old client fails on an error of Ollama instead of taking it for an answer', async () => {
    await using sandbox = await startSandbox({ instant: true })
    await sandbox.set('local', 'failing')
    const models = ollamaModels(() => {}, sandbox.local.url)
    await assert.rejects(models.embed(['a'], work), /Ollama answered 500/)
  })
})
