// Owns the world of the egress table: recording upstreams of every kind, a record of every socket, and every file, all of
// which are searched for a canary after each row.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { JsonObject } from '../../src/testing/index.ts'
import { assertAbsent } from '../make/canaries.ts'
import { startServer } from '../make/http-server.ts'
import { type AskOptions, ask, type Body, get, type Reply } from './client.ts'
import { watchEgress } from './egress.ts'
import { startOpenWorld } from './undeclared.ts'
import { temporaryFolder, until, type World, type WorldOptions } from './world.ts'

/** A server that nobody has configured for prompts: what it receives is searched. */
async function startSink() {
  let bytes = Buffer.alloc(0)
  const server = await startServer(async (request, response) => {
    bytes = Buffer.concat([bytes, Buffer.from(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`)])
    for await (const piece of request) bytes = Buffer.concat([bytes, piece as Buffer])
    response.end('{}')
  })
  return { url: server.url, received: () => bytes, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

export interface EgressWorld extends AsyncDisposable {
  readonly world: World
  /** Where LangSmith and OpenTelemetry would be told by the usual variables, and the alerts' webhook. */
  readonly sinks: { readonly langsmith: Sink; readonly otlp: Sink; readonly webhook: Sink }
  /** Sends to a route; the canary is in it. */
  send(path: string, body: Body, options?: AskOptions): Promise<Reply>
  /** The same, and the answer came from here or was a refusal; then everything is searched. */
  kept(path: string, body: Body, canary: string, what: string, options?: AskOptions): Promise<Reply>
  /** A twin without the canary, that does leave: a row that nothing can fail proves nothing. */
  leaves(path: string, body: Body, what: string, options?: AskOptions): Promise<Reply>
  /** Searches all that has been received by anybody but the local provider, all that is shown, and every file. */
  search(canary: string | readonly string[], what: string): Promise<void>
}

export interface Sink {
  readonly url: string
  received(): Buffer
}

/** The ports of all worlds of this process: whoever is tried beside them is a stranger. */
const known = new Set<number>()

export async function startEgressWorld(options: WorldOptions = {}): Promise<EgressWorld> {
  await using ends = new AsyncDisposableStack()
  const folder = ends.use(temporaryFolder())
  const egress = ends.use(watchEgress())
  const [langsmith, otlp, webhook] = [
    ends.use(await startSink()),
    ends.use(await startSink()),
    ends.use(await startSink()),
  ]
  const env = {
    ...{ LANGSMITH_TRACING: 'true', LANGCHAIN_TRACING_V2: 'true', LANGSMITH_API_KEY: 'lsv2_test' },
    ...{ LANGSMITH_ENDPOINT: langsmith.url, LANGCHAIN_ENDPOINT: langsmith.url },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, OTEL_TRACES_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp' },
  }
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, env)
  ends.defer(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  const world = ends.use(
    await startOpenWorld({
      ...options,
      budgets: {
        alerts: { at_percent: [1], webhook: { url: `${webhook.url}/`, secret: 'a-passphrase-of-the-tests' } },
        ...options.budgets,
      },
      config: { ledger: `sqlite:${join(folder.path, 'aegis.db')}`, ...options.config },
      gateway: { env, ...options.gateway },
    }),
  )
  const upstreams = [world.openai, world.ollama_cloud, world.local_ollama]
  const ports = [langsmith, otlp, webhook].map(({ url }) => Number(new URL(url).port))
  for (const port of [...upstreams.map((one) => one.port), ...ports, world.gateway.port]) known.add(port)
  const clouds = [world.openai, world.ollama_cloud]
  const send: EgressWorld['send'] = (path, body, more = {}) => ask(`${world.gateway.url}${path}`, body, more)
  const search: EgressWorld['search'] = async (canary, what) => {
    const wanted = typeof canary === 'string' ? [canary] : canary
    const absent = (bytes: Buffer | string, where: string) => {
      for (const one of wanted) assertAbsent(bytes, one, `${what}: ${where}`)
    }
    for (const { label, journal } of clouds) absent(journal.allBytes(), label)
    for (const [name, sink] of Object.entries({ langsmith, otlp, webhook })) absent(sink.received(), name)
    for (const path of ['/metrics', '/admin/status', '/admin/alerts', '/admin/usage', '/admin/privacy', '/', '/health'])
      absent((await get(world.gateway.url + path)).text, path)
    absent(JSON.stringify(world.gateway.log), 'the log')
    for (const file of readdirSync(folder.path, { recursive: true, withFileTypes: true })) {
      if (file.isFile()) absent(readFileSync(join(file.parentPath, file.name)), file.name)
    }
    absent(inspect(world.gateway.aegis, { depth: 4 }), 'what is inspected')
    const foreign = egress.targets.filter((target) => {
      const at = target.lastIndexOf(':')
      return !/^(127\.0\.0\.1|::1)$/.test(target.slice(0, at)) || !known.has(Number(target.slice(at + 1)))
    })
    assert.deepEqual(foreign, [], `${what}: nobody else was tried`)
    for (const { journal } of clouds) journal.clear()
  }
  const kept: EgressWorld['kept'] = async (path, body, canary, what, more) => {
    const sent = clouds.map(({ journal }) => journal.allBytes().length)
    const reply = await send(path, body, more)
    for (const [index, { label, journal }] of clouds.entries())
      assert.equal(journal.allBytes().length, sent[index], `${what}: ${label} received something`)
    if (reply.status === 200) {
      const { 'x-aegis-location': where, 'x-aegis-reason': reason } = reply.headers
      assert.deepEqual([where, reason], ['local', 'sensitive_data_local_only'], what)
    } else assert.ok([400, 413, 503].includes(reply.status), `${what}: ${reply.status} ${reply.text}`)
    if (reply.status !== 200) assertAbsent(reply.text, canary, `${what}: the error`)
    return reply
  }
  const leaves: EgressWorld['leaves'] = async (path, body, what, more) => {
    const reply = await send(path, body, more)
    assert.equal(reply.status, 200, `${what}: ${reply.text}`)
    assert.equal(reply.headers['x-aegis-location'], 'cloud', what)
    return reply
  }
  const all = ends.move()
  return {
    ...{ world, sinks: { langsmith, otlp, webhook }, send, kept, leaves, search },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** What a restricted request says of itself. */
export const declared = (level = 'pii'): JsonObject => ({ aegis: { data_classification: level } })

/** Waits for what is written after an answer: usage, audit, metrics. */
export async function settled({ world }: EgressWorld): Promise<void> {
  await world.atRest()
  await world.gateway.aegis.privacy.audit?.flush()
  await until(() => world.metric('llm_in_flight') === 0, 'nothing in flight')
}
