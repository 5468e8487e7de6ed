// Proves that a busy process is alive and a hanging one is not, and that readiness tells its dependencies apart.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { get } from './client.ts'
import { serve, startUpstreams, writeConfig } from './served.ts'
import { startWorld, temporaryFolder, until } from './world.ts'

const module = new URL('../../src/cli/serve/liveness.ts', import.meta.url).href

/** A process whose event loop stands still for as long as it is told to. */
const program = `
const { startLiveness } = await import(${JSON.stringify(module)})
const { port } = await startLiveness({ host: '127.0.0.1', port: 0, hangAfterMs: 1000 })
process.stdin.once('data', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6000)
  console.log('awake')
})
setInterval(() => {}, 1000)
console.log(port)`

test('a liveness probe is answered while the event loop stands still: with 503 after a while, and with 200 when it turns again', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program])
  try {
    let output = ''
    child.stdout.on('data', (piece: Buffer) => {
      output += piece.toString()
    })
    await until(() => /^\d+\n/.test(output), 'the port')
    const url = `http://127.0.0.1:${Number(output)}/health/liveness`
    const status = async () => (await get(url)).status
    await until(async () => (await status()) === 200, 'it is alive')
    child.stdin.write('stand still\n')
    // Answered by the thread: the event loop cannot, and has not been awake in between.
    await until(async () => (await status()) === 503, 'it hangs')
    assert.doesNotMatch(output, /awake/)
    await until(() => output.includes('awake'), 'it turns again')
    await until(async () => (await status()) === 200, 'it is alive again')
    assert.equal((await get(url.replace('liveness', 'other'))).status, 404)
  } finally {
    child.kill('SIGKILL')
  }
})

for (const workers of [1, 2]) {
  test(`liveness has a port of its own with ${workers} worker${workers > 1 ? 's' : ''}, and ends with the process`, async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    const port = await freePort()
    writeConfig(folder.path, up, `server: { liveness_port: ${port} }`)
    await using served = await serve(folder.path, undefined, ['--workers', String(workers)])
    assert.deepEqual((await get(`http://127.0.0.1:${port}/health/liveness`)).json, { status: 'alive' })
    served.child.kill('SIGTERM')
    const [code] = await once(served.child, 'exit')
    assert.equal(code, 0)
    await assert.rejects(get(`http://127.0.0.1:${port}/health/liveness`), { code: 'ECONNREFUSED' })
  })
}

test('readiness names the ledger and each provider; one that fails leaves the gateway ready, and degraded', async () => {
  await using world = await startWorld()
  const ready = async () => get(`${world.gateway.url}/health/readiness`)
  const before = await ready()
  assert.equal(before.status, 200)
  const { checks } = before.json as { checks: { config: object; ledger: string; providers: object } }
  assert.deepEqual(checks.providers, { local_ollama: 'unknown', ollama_cloud: 'unknown', openai: 'unknown' })
  assert.deepEqual([checks.ledger, Object.keys(checks.config)], ['ok', ['mode', 'loaded_at']])
  world.local_ollama.always({ status: 500 })
  await world.chat()
  const after = await ready()
  assert.equal(after.status, 200)
  const { status, detail } = after.json as { status: string; detail: string }
  assert.deepEqual([status, detail], ['degraded', 'local_ollama fails'])
})

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
