// Runs what the guide of operating shows against two workers on one PostgreSQL, and checks of the rest that what it names is there.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments } from 'yaml'
import { type RunningGateway, Workplace } from '../cli/aegis-process.ts'
import { startThreeProviders, type ThreeProviders } from '../cli/three-providers.ts'
import { assertShape, Guide, GuideShell } from '../make/guide.ts'
import { PostgresServer } from '../make/postgres.ts'

const MASTER_KEY = 'sk-master-of-the-guides-0123456789'
const NEW_KEY = 'sk-new-master-of-the-guides-012345'
const WORKERS = 2

const guide = new Guide('operating')
const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

describe('the guide of operating', () => {
  const place = new Workplace()
  let upstreams: ThreeProviders
  let postgres: PostgresServer
  let gateway: RunningGateway
  let shell: GuideShell
  let settings: ThreeProviders['config']

  const statusOf = async (path: string, key = MASTER_KEY, method = 'GET') =>
    (await fetch(gateway.url + path, { method, headers: { authorization: `Bearer ${key}` } })).status
  const reload = (key = MASTER_KEY) => statusOf('/admin/reload', key, 'POST')

  before(async () => {
    postgres = await PostgresServer.start()
    upstreams = await startThreeProviders()
    const ledger = await postgres.newDatabase()
    settings = {
      ...upstreams.config,
      ledger,
      auth: { master_key: MASTER_KEY },
      privacy: { audit: { path: './audit' } },
    }
    place.write('aegis.yml', settings)
    const command = place.start(['serve', '--workers', String(WORKERS)])
    const [, url = ''] = await command.shown(/ on (http:\/\/\S+)/)
    gateway = { url, command }
    shell = new GuideShell(place.path, { AEGIS_MASTER_KEY: MASTER_KEY })
  })
  after(async () => {
    await place[Symbol.asyncDispose]()
    await upstreams[Symbol.asyncDispose]()
    await postgres.end()
  })

  test('its reload changes what it says in all workers', async (t) => {
    if (!(await shell.has('curl'))) return t.skip('curl is not on this machine')
    const [step, ...others] = guide.steps
    assert.ok(step)
    assert.deepEqual(others, [])
    const { openai, ...rest } = settings.providers
    const changed = { ...openai, models: ['gpt-4o', 'gpt-4o-mini'] } as typeof openai
    settings = {
      ...settings,
      providers: { ...rest, ...(changed && { openai: changed }) },
      budgets: { monthly_limits: { openai: 20, ollama_cloud: 5 } },
      server: { port: 8080 },
    }
    place.write('aegis.yml', settings)
    const command = step.command.replace('localhost:8080', gateway.url)
    const { code, stdout, stderr } = await shell.run(`${command} -sS --fail-with-body`)
    assert.equal(code, 0, stdout + stderr)
    assertShape(stdout, step.shown)
    assert.equal((JSON.parse(stdout) as { workers: number }).workers, WORKERS)
  })

  test('its routes of health answer', async () => {
    assert.equal(await statusOf('/health/readiness'), 200)
    for (const path of ['/health', '/health/liveness', '/metrics']) assert.equal(await statusOf(path), 200, path)
  })

  test('its master key changes with a reload, and then another', async () => {
    const write = (auth: object) => place.write('aegis.yml', { ...settings, auth })
    write({ master_key: NEW_KEY, previous_master_key: MASTER_KEY })
    assert.equal(await reload(), 200)
    for (const key of [MASTER_KEY, NEW_KEY]) assert.equal(await statusOf('/admin/budgets', key), 200)
    write({ master_key: NEW_KEY })
    assert.equal(await reload(NEW_KEY), 200)
    assert.equal(await statusOf('/admin/budgets', NEW_KEY), 200)
    assert.equal(await statusOf('/admin/budgets', MASTER_KEY), 401)
  })
})

describe('what the guide of operating names', () => {
  const { scripts, peerDependencies } = JSON.parse(readFileSync(root('package.json'), 'utf8')) as Record<
    'scripts' | 'peerDependencies',
    Record<string, string>
  >

  test('are packages that this one may use', () => {
    const installs = guide.commands('npm install')
    assert.ok(installs.length > 1)
    for (const command of installs)
      for (const name of command.split(' ').slice(2)) assert.ok(name in peerDependencies, name)
  })

  test('are scripts that there are (not run: the chaos run takes ten minutes)', () => {
    for (const command of guide.commands('npm run')) assert.ok((command.split(' ')[2] ?? '') in scripts, command)
  })

  test('are files of deploy that there are', () => {
    const paths = [...guide.text.matchAll(/`(deploy\/[\w./-]+)`/g)].map(([, path = '']) => path)
    assert.ok(paths.length > 4)
    for (const path of paths) assert.ok(existsSync(root(path)), path)
  })

  test('is a file to copy and a file for compose (not run: there is no container engine)', (t) => {
    assert.deepEqual(guide.commands('cp'), ['cp .env.example .env'])
    const compose = root('deploy/compose/compose.yml')
    assert.ok(existsSync(root('deploy/compose/.env.example')))
    assert.ok('services' in parse(readFileSync(compose, 'utf8')))
    if (spawnSync('docker', ['compose', 'version']).status !== 0) return t.skip('docker compose is not on this machine')
    // Reads files only: no engine is asked.
    const env = { PATH: process.env.PATH, POSTGRES_PASSWORD: 'p', AEGIS_MASTER_KEY: 'k', OPENAI_API_KEY: 'k' }
    const args = ['compose', '--env-file', '/dev/null', '-f', compose, 'config', '--quiet', '--no-interpolate']
    const { status, stderr } = spawnSync('docker', args, { encoding: 'utf8', env })
    assert.equal(status, 0, stderr)
  })

  test('is a pod in a namespace that the manifest makes (not run: there is no cluster)', () => {
    const [command = ''] = guide.commands('kubectl')
    const [, namespace = '', pod = ''] = /^kubectl -n (\S+) exec (\S+)-0 -- kill -HUP 1$/.exec(command) ?? []
    const documents = parseAllDocuments(readFileSync(root('deploy/kubernetes/aegis.yml'), 'utf8')).map(
      (document) => document.toJS() as { kind: string; metadata: { name: string; namespace?: string } },
    )
    assert.ok(
      documents.some(
        ({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === pod && metadata.namespace === namespace,
      ),
      command,
    )
  })

  test('is a reload that the unit of systemd knows (not run: it would need a running systemd)', () => {
    assert.equal(guide.commands('systemctl').length, 1)
    assert.match(readFileSync(root('deploy/systemd/aegis.service'), 'utf8'), /^ExecReload=.*HUP/m)
  })
})
