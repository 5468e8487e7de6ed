// End to end: `npm run example:rag` as anybody runs it, and the same example with the packed package as a user has it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { refusingPort, startOllamaUpstream } from '../../../src/testing/index.ts'
import { temporaryFolder } from '../../e2e/world.ts'
import { checkout, root, run } from './process.ts'
import { asked } from './world.ts'

const main = join('examples', 'aegis-rag', 'src', 'main.ts')

function assertWhole(output: string): void {
  for (const shown of [
    /record.md +hipaa \(statement\), \d+ chunks/,
    /contact-note.txt +pii \(detection\)/,
    /dock-installation.pdf +embedded/,
    /answered by ollama_cloud \(cloud\), (public|internal)/,
    /answered by local_ollama \(local\), hipaa, sensitive_data_local_only/,
    /source: Record of a patient \(patient-record.md, vector\)/,
    /openai \(cloud\) +\d+ calls +\$0\.00/,
    /hipaa +\d+ calls +all on this machine/,
    /No restricted data has left this machine/,
  ])
    assert.match(output, shown)
}

test('the demonstration reads its corpus in, answers with citations, and sums up cost and privacy', async () => {
  await using nobody = await refusingPort()
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  assert.equal(scripts['example:rag'], `node --import ./scripts/examples/use-checkout.ts ${main}`)
  const { code, output } = await run(['--import', checkout, main], { OLLAMA_HOST: `127.0.0.1:${nobody.port}` })
  assert.equal(code, 0, output)
  assert.match(output, /over simulated models/)
  assertWhole(output)
})

test('the demonstration uses a real Ollama when one answers', async () => {
  await using ollama = await startOllamaUpstream({
    models: ['llama3.2:8b', 'nomic-embed-text'],
    reads: true,
    simulated: false,
  })
  using folder = temporaryFolder()
  const env = { OLLAMA_HOST: ollama.url, HOME: folder.path }
  const { code, output } = await run(
    ['--import', checkout, join(root, main), 'Which valve does the Aurora Pump use?'],
    env,
    folder.path,
  )
  assert.equal(code, 0, output)
  assert.match(output, /over the Ollama at http:\/\/127\.0\.0\.1/)
  assert.match(output, /answered by \S+ \(local\)/)
  assert.ok(asked(ollama).length > 10)
})

test('a client that there is not is refused before anything is read', async () => {
  await using nobody = await refusingPort()
  const env = { OLLAMA_HOST: `127.0.0.1:${nobody.port}`, AEGIS_RAG_CLIENT: 'openai' }
  const { code, output } = await run(['--import', checkout, main], env)
  assert.deepEqual([code, output], [1, 'AEGIS_RAG_CLIENT must be one of aegis, ollama.\n'])
})

test('an Ollama that lacks a model is told what to pull, on one line', async () => {
  for (const [models, missing] of [
    [['llama3.2:8b'], 'no model that embeds texts: ollama pull nomic-embed-text'],
    [['nomic-embed-text'], 'no model that answers: ollama pull llama3.2'],
  ] as const) {
    await using ollama = await startOllamaUpstream({ models, simulated: false })
    const { code, output } = await run(['--import', checkout, main], { OLLAMA_HOST: ollama.url })
    assert.deepEqual([code, output], [1, `The Ollama at ${ollama.url} has ${missing}\n`])
  }
})

test('the example runs with the packed package in place of the checkout', async () => {
  using folder = temporaryFolder()
  await using nobody = await refusingPort()
  const archive = pack(folder.path)
  const modules = join(folder.path, 'node_modules')
  mkdirSync(join(modules, 'aegis-llm'), { recursive: true })
  // What a registry would bring is linked; the package itself comes from its archive.
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== 'aegis-llm' && !name.startsWith('.'))
      symlinkSync(realpathSync(join(root, 'node_modules', name)), join(modules, name))
  }
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', join(modules, 'aegis-llm')])
  const { exports } = JSON.parse(readFileSync(join(modules, 'aegis-llm', 'package.json'), 'utf8')) as {
    exports: object
  }
  assert.ok('./langchain' in exports && './ai-sdk' in exports)
  cpSync(join(root, 'examples', 'aegis-rag'), join(folder.path, 'aegis-rag'), { recursive: true })
  const cwd = join(folder.path, 'aegis-rag')
  const [{ code, output }, rollout] = await Promise.all([
    run(['src/main.ts'], { OLLAMA_HOST: `127.0.0.1:${nobody.port}` }, cwd),
    run(['src/rollout/main.ts', '--fault'], {}, cwd),
  ])
  assert.equal(code, 0, output)
  assertWhole(output)
  assert.equal(rollout.code, 0, rollout.output)
  assert.match(rollout.output, /^rolled back: 0 % of the traffic, by session, candidate bad-candidate\.yml/m)
  const script =
    "import { createAegis } from 'aegis-llm/ai-sdk'; console.log(typeof createAegis({ baseURL: 'http://127.0.0.1:1' }))"
  assert.equal((await run(['--input-type=module', '-e', script], {}, cwd)).output.trim(), 'function')
})

/** Builds and packs a copy of the checkout, whose own `dist` others may be building. */
function pack(folder: string): string {
  const copy = join(folder, 'checkout')
  mkdirSync(copy)
  for (const name of readdirSync(root)) {
    if (/^(?:src|scripts|package\.json|tsconfig.*|config\.schema\.json|README\.md|LICENSE|NOTICE)$/.test(name))
      cpSync(join(root, name), join(copy, name), { recursive: true })
  }
  symlinkSync(realpathSync(join(root, 'node_modules')), join(copy, 'node_modules'))
  execFileSync('npm', ['pack', '--silent', '--offline', '--pack-destination', folder], { cwd: copy, stdio: 'pipe' })
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  assert.ok(archive)
  return join(folder, archive)
}
