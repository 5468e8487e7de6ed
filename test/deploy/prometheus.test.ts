// Proves with Prometheus itself, where it is installed, that it scrapes several workers as one, loads the rules, and understands every
// expression of the dashboard.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ask, get } from '../e2e/client.ts'
import { serve, startUpstreams, writeConfig } from '../e2e/served.ts'
import { critical, temporaryFolder, until } from '../e2e/world.ts'

const skip =
  spawnSync('prometheus', ['--version']).status === 0
    ? false
    : 'prometheus is not installed: apt-get install prometheus, or put it into PATH'
const rules = fileURLToPath(new URL('../../deploy/prometheus/aegis.rules.yml', import.meta.url))
const dashboard = new URL('../../deploy/grafana/aegis.json', import.meta.url)

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data: { readonly result: readonly { readonly metric: object; readonly value: [number, string] }[] }
}

/** Started on a free port of its own choice, which it logs. */
async function startPrometheus(folder: string, target: string): Promise<{ url: string; child: ChildProcess }> {
  const config = `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${JSON.stringify(rules)}]
scrape_configs: [{ job_name: aegis, static_configs: [{ targets: [${JSON.stringify(target)}] }] }]`
  writeFileSync(join(folder, 'prometheus.yml'), config)
  const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', '--web.listen-address=127.0.0.1:0']
  const child = spawn('prometheus', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr?.on('data', (piece: Buffer) => {
    log += piece.toString()
  })
  const address = () => /(?:address|Address)="?(127\.0\.0\.1:[1-9]\d*)/.exec(log)?.[1]
  await until(() => {
    assert.equal(child.exitCode, null, log)
    return address() !== undefined
  }, 'its address')
  return { url: `http://${address()}`, child }
}

test('Prometheus scrapes three workers as one, and understands rules and dashboard', { skip }, async () => {
  using folder = temporaryFolder()
  await using up = await startUpstreams()
  writeConfig(folder.path, up)
  await using served = await serve(folder.path, undefined, ['--workers', '3'])
  const requests = Array.from({ length: 30 }, () => ask(`${served.url}/v1/chat/completions`, critical()))
  assert.deepEqual([...new Set((await Promise.all(requests)).map(({ status }) => status))], [200])
  const { url, child } = await startPrometheus(folder.path, new URL(served.url).host)
  try {
    const query = async (expr: string) =>
      JSON.parse((await get(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`)).text) as Answer
    const numberOf = async (expr: string) => {
      const { data } = await query(expr).catch(() => ({ data: { result: [] as Answer['data']['result'] } }))
      return data?.result[0]?.value[1]
    }
    await until(
      async () => (await numberOf('sum(llm_requests_total{provider="openai",status="ok"})')) === '30',
      'the scrape',
    )
    assert.equal(await numberOf('count(up{job="aegis"} == 1)'), '1')
    const loaded = JSON.parse((await get(`${url}/api/v1/rules`)).text) as {
      data: { groups: { rules: { name: string; health: string }[] }[] }
    }
    assert.ok(loaded.data.groups.flatMap((group) => group.rules).length >= 11)
    const { panels } = JSON.parse(readFileSync(dashboard, 'utf8')) as { panels: { targets: { expr: string }[] }[] }
    for (const { expr } of panels.flatMap(({ targets }) => targets)) {
      const asked = expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h').replaceAll('$provider', '.*')
      const { status, error } = await query(asked)
      assert.equal(status, 'success', `${expr}: ${error}`)
    }
  } finally {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
})
