// Proves in a process behind a wall that the example's every connection is one to Aegis, and that the wall would tell.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { refusingPort, startSandbox } from '../../../src/testing/index.ts'
import { temporaryFolder } from '../../e2e/world.ts'
import { startGateway } from '../../make/gateway.ts'
import { checkout, root, run } from './process.ts'
import { simulatedConfig } from './rag.ts'
import { asked, chats } from './world.ts'

const wall = new URL('../../e2e/wall.ts', import.meta.url).href
const main = join(root, 'examples', 'aegis-rag', 'src', 'main.ts')

/** The example in a process that can reach one port alone. Gives what else it tried. */
async function behindTheWall(port: number, env: Readonly<Record<string, string>>) {
  using folder = temporaryFolder()
  const files = { WALL_LOG: join(folder.path, 'tried'), WALL_NAMES: join(folder.path, 'names') }
  writeFileSync(files.WALL_LOG, '')
  writeFileSync(files.WALL_NAMES, '{}')
  const tempting = { LANGSMITH_TRACING: 'true', LANGSMITH_API_KEY: 'lsv2_test', OPENAI_API_KEY: 'sk-test' }
  const walled = { ...files, WALL_PORTS: String(port), ...tempting, ...env, HOME: folder.path }
  const { code, output } = await run(['--import', checkout, '--import', wall, main], walled)
  return {
    code,
    output,
    tried: readFileSync(files.WALL_LOG, 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  }
}

test('every connection of the pipelines is one to Aegis', async () => {
  await using sandbox = await startSandbox({ instant: true, reads: true })
  await using gateway = await startGateway(simulatedConfig(sandbox) as Parameters<typeof startGateway>[0])
  const { code, output, tried } = await behindTheWall(gateway.port, { AEGIS_BASE_URL: gateway.url })
  assert.equal(code, 0, output)
  assert.deepEqual(tried, [])
  assert.match(output, /No restricted data has left this machine/)
  assert.ok(asked(sandbox.cloud).length > 0 && asked(sandbox.local).length > 0 && asked(sandbox.openai).length > 0)
  const outside = [sandbox.cloud, sandbox.openai].map(({ journal }) => journal.allBytes().toString()).join()
  assert.doesNotMatch(outside, /Keller|Apixaban|Whitaker/)
})

test('the old client is behind Aegis as soon as its address is that of the gateway, and all its work stays at home', async () => {
  await using sandbox = await startSandbox({ instant: true, reads: true })
  await using gateway = await startGateway(simulatedConfig(sandbox) as Parameters<typeof startGateway>[0])
  const { code, output, tried } = await behindTheWall(gateway.port, {
    AEGIS_BASE_URL: gateway.url,
    AEGIS_RAG_CLIENT: 'ollama',
    OLLAMA_HOST: gateway.url,
  })
  assert.equal(code, 0, output)
  assert.deepEqual(tried, [])
  assert.match(output, /answered by ollama \(direct\)/)
  assert.ok(chats(sandbox.local).length > 10)
  assert.deepEqual([sandbox.cloud, sandbox.openai].flatMap(asked), [])
})

test('the same check fails for the old client, whose connections pass Aegis by', async () => {
  await using sandbox = await startSandbox({ instant: true, reads: true })
  await using gateway = await startGateway(simulatedConfig(sandbox) as Parameters<typeof startGateway>[0])
  await using refusing = await refusingPort()
  const host = `127.0.0.1:${refusing.port}`
  const { code, tried } = await behindTheWall(gateway.port, {
    AEGIS_BASE_URL: gateway.url,
    AEGIS_RAG_CLIENT: 'ollama',
    OLLAMA_HOST: host,
  })
  assert.notEqual(code, 0)
  assert.ok(tried.includes(host), tried.join())
})

test('no module but the old client, the ways to Aegis, and the look at a local Ollama calls fetch or opens a socket', () => {
  const folder = join(root, 'examples', 'aegis-rag', 'src')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const open = files.filter((file) =>
    /\bfetch\(|from 'node:(?:https?|net|tls|dgram|http2)'|undici|WebSocket/.test(
      readFileSync(join(folder, file), 'utf8'),
    ),
  )
  assert.deepEqual(open.sort(), [
    'connect.ts',
    'local-ollama.ts',
    join('models', 'ollama-models.ts'),
    join('rollout', 'watch.ts'),
  ])
})
