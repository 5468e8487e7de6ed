// Proves that the library starts from a file, an object or nothing, and that closing it ends all that it began.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { AegisLLMProxy, ConfigError, explainTask } from '../../src/index.ts'
import { refusingPort, startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider } from '../make/gateway.ts'
import { patienceMs } from './world.ts'

const library = new URL('../../src/index.ts', import.meta.url).href
const prompt = 'Why is the sky blue?'

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'aegis-library-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly errors: string
}

/** Runs a program in a process of its own. It must end by itself. `go` writes a line to it. */
function startProgram(lines: string, cwd: string, env: Record<string, string> = {}) {
  const source = `import { AegisError, AegisLLMProxy } from ${JSON.stringify(library)}\n${lines}`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    cwd,
    env: { PATH: process.env.PATH, TMPDIR: cwd, ...env },
    timeout: 2 * patienceMs,
  })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return {
    go: () => child.stdin.write('go\n'),
    ended: ended.then(([output, errors, [code, signal]]): Ended => ({ code, signal, output, errors })),
  }
}

function runProgram(lines: string, cwd: string, env: Record<string, string> = {}): Promise<Ended> {
  return startProgram(lines, cwd, env).ended
}

function assertEnded({ code, signal, errors }: Ended): void {
  assert.deepEqual([code, signal, errors], [0, null, ''], 'the process ended by itself, without a complaint')
}

test('a file is a start, with variables from the environment', async () => {
  await using folder = await temporaryFolder()
  await using upstream = await startOllamaUpstream({ label: 'filed' })
  const yaml = `
providers:
  local_ollama: { base_url: "\${UPSTREAM}", models: ["llama3.2:8b"] }
ledger: "memory:"
`
  await writeFile(join(folder.path, 'my-aegis.yml'), yaml)
  await using aegis = await AegisLLMProxy.create(join(folder.path, 'my-aegis.yml'), {
    env: { UPSTREAM: upstream.url },
    cwd: folder.path,
  })
  assert.match((await aegis.generate({ prompt })).text, /^\[simulated filed llama3\.2:8b\]/)
})

test('a file that is not there or not right is a ConfigError with its lines', async () => {
  await using folder = await temporaryFolder()
  const missing = AegisLLMProxy.create('nowhere.yml', { cwd: folder.path, env: {} })
  await assert.rejects(missing, (error: unknown) => error instanceof ConfigError && /nowhere\.yml/.test(error.message))
  await writeFile(join(folder.path, 'wrong.yml'), 'providers:\n  local: { base_ulr: "http://localhost:1" }\nledgr: x\n')
  const wrong = AegisLLMProxy.create('wrong.yml', { cwd: folder.path, env: {} })
  await assert.rejects(wrong, (error: unknown) => {
    assert.ok(error instanceof ConfigError)
    assert.match(error.message, /wrong\.yml:2.*base_ulr.*base_url/s)
    assert.match(error.message, /wrong\.yml:3.*ledgr.*ledger/s)
    return true
  })
})

test('an object is a start, and its mistakes are named', async () => {
  await using upstream = await startOllamaUpstream()
  const providers = { local: localOllama(upstream) }
  await using aegis = await AegisLLMProxy.create({ providers, ledger: 'memory:' }, { env: {} })
  assert.equal((await aegis.generate({ prompt })).provider, 'local')
  const wrong = AegisLLMProxy.create({ providers: {}, budget: {} }, { env: {} })
  await assert.rejects(
    wrong,
    (error: unknown) => error instanceof ConfigError && /budget.*budgets/s.test(error.message),
  )
})

test('nothing is a start too: without any provider, simulated ones answer and say so', async () => {
  await using folder = await temporaryFolder()
  await using nobody = await refusingPort()
  const program = `
    const aegis = await AegisLLMProxy.create()
    const { text, simulated, provider } = await aegis.generate({ prompt: 'Hi', dataClassification: 'pii' })
    console.log(JSON.stringify({ text, simulated, provider }))
    await aegis.close()`
  const ended = await runProgram(program, folder.path, { OLLAMA_HOST: nobody.url })
  assertEnded(ended)
  const answer = JSON.parse(ended.output) as { text: string; simulated: boolean; provider: string }
  assert.deepEqual([answer.simulated, answer.provider], [true, 'local_ollama'])
  assert.match(answer.text, /simulated/)
})

test('nothing means what is found: an Ollama that answers is used', async () => {
  await using folder = await temporaryFolder()
  await using upstream = await startOllamaUpstream({ models: ['found:1b'], label: 'found' })
  const program = `
    await using aegis = await AegisLLMProxy.create()
    console.log((await aegis.generate({ prompt: 'Hi' })).text)`
  const ended = await runProgram(program, folder.path, { OLLAMA_HOST: upstream.url })
  assertEnded(ended)
  assert.match(ended.output, /^\[simulated found found:1b\]/)
})

test('after close the process ends by itself, with its ledger written', async () => {
  await using folder = await temporaryFolder()
  await using ollama = await startOllamaUpstream()
  await using openai = await startOpenAIUpstream()
  const providers = {
    local: localOllama(ollama),
    openai: { kind: 'openai', location: 'cloud', base_url: `${openai.url}/v1`, api_key: 'k', models: ['gpt-4o'] },
  }
  const budgets = { monthly_limits: { openai: 10 } }
  const config = JSON.stringify({ providers, budgets, ledger: 'sqlite:./ledger.db' })
  const program = `
    const aegis = await AegisLLMProxy.create(${config})
    await aegis.generate({ prompt: 'Hi', model: 'gpt-4o' })
    for await (const event of aegis.stream({ prompt: 'Hi' })) if (event.type === 'done') console.log(event.answer.provider)
    for await (const _ of aegis.stream({ prompt: 'Hi', model: 'gpt-4o' })) break
    await aegis.generateBatch([{ prompt: 'a' }, { prompt: 'b' }])
    await aegis.close()
    await aegis.close()`
  const ended = await runProgram(program, folder.path)
  assertEnded(ended)
  assert.equal(ended.output, 'local\n')

  const again = await runProgram(
    `await using aegis = await AegisLLMProxy.create(${config})
     console.log((await aegis.budgets())[0]?.spent)`,
    folder.path,
  )
  assertEnded(again)
  assert.ok(Number(again.output) > 0, 'what was spent is remembered')
})

test('closing in the middle of requests fails them, and the process still ends by itself', async () => {
  await using folder = await temporaryFolder()
  await using upstream = await startOllamaUpstream()
  upstream.next({ hang: 'before_headers' }, { hang: 'mid_stream' })
  const config = JSON.stringify({ providers: { local: localOllama(upstream) }, ledger: 'sqlite:./ledger.db' })
  const program = `
    const aegis = await AegisLLMProxy.create(${config})
    const codeOf = (error: unknown) => (error instanceof AegisError ? error.code : String(error))
    const whole = aegis.generate({ prompt: 'Hi' }).then(() => 'answered', codeOf)
    await new Promise((resolve) => process.stdin.once('data', resolve))
    const stream = aegis.stream({ prompt: 'Hi' })
    console.log((await stream.next()).value?.type)
    await aegis.close()
    console.log(await whole, await stream.next().then(() => 'went on', codeOf))
    console.log(await aegis.generate({ prompt: 'Hi' }).then(() => 'answered', codeOf))
    process.stdin.destroy()`
  const running = startProgram(program, folder.path)
  await upstream.journal.waitFor(({ rawBody }) => rawBody.length > 0, patienceMs)
  running.go()
  const ended = await running.ended
  assertEnded(ended)
  const [first, second, third] = ended.output.trim().split('\n')
  assert.equal(first, 'text')
  assert.match(second ?? '', /^(upstream_\w+|client_closed|shutting_down) (upstream_\w+|client_closed|shutting_down)$/)
  assert.match(third ?? '', /^(upstream_\w+|shutting_down)$/)
})

test('a task is explained beside a proxy that owns the ledger, and without one, and no file is made for it', async () => {
  await using folder = await temporaryFolder()
  await using openai = await startOpenAIUpstream()
  const config = {
    providers: { openai: openAIProvider(openai) },
    budgets: { monthly_limits: { openai: 10 } },
    ledger: `sqlite:${join(folder.path, 'aegis.db')}`,
  }
  const asked = { prompt, model: 'gpt-4o' }
  const spent = async () => (await explainTask(asked, config, { env: {} })).candidates[0]?.budget?.spent_usd
  assert.equal(await spent(), 0)
  assert.deepEqual(await readdir(folder.path), [])
  await using aegis = await AegisLLMProxy.create(config, { env: {} })
  openai.next({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
  await aegis.generate(asked)
  await aegis.close()
  assert.equal(await spent(), 0.0035)
  await using _again = await AegisLLMProxy.create(config, { env: {} })
  assert.equal(await spent(), 0.0035)
  await assert.rejects(explainTask({ ...asked, model: 'gpt-99' }, config, { env: {} }), { code: 'unknown_model' })
  assert.equal(openai.journal.requests.length, 1)
})
