// Alerts from a charge to a real HTTP server, with stores that several processes would have.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type RunningServer, startServer } from '../../test/make/http-server.ts'
import type { BudgetStatus } from '../domain/budget.ts'
import type { LogFields } from '../domain/logger.ts'
import { nanoUsd, ZERO_USD } from '../domain/money.ts'
import { Secret } from '../domain/secret.ts'
import { budgetOf, ManualClock } from '../ledger/contract/ledger-world.ts'
import { SqliteStore } from '../ledger/sqlite/sqlite-store.ts'
import type { BudgetAlertLabels } from './alert.ts'
import { Alerts } from './alerts.ts'
import { Courier, MOST_TRIES, retryAfterMs } from './courier.ts'
import { Webhook } from './webhook.ts'
import { webhookSignature } from './webhook-signature.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-alerts-'))
after(() => rmSync(folder, { recursive: true }))

const secret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
const budget = budgetOf(1000, { alertAtPercent: [80, 100] })

interface Posted {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Records what is posted and answers as told; 204 unless told. */
class Receiver implements AsyncDisposable {
  readonly posted: Posted[] = []
  answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end()
  #server: RunningServer | undefined

  static async start(): Promise<Receiver> {
    const receiver = new Receiver()
    receiver.#server = await startServer((request, response) => receiver.#take(request, response))
    return receiver
  }

  get url(): string {
    return `${this.#server?.url}/hooks/alerts?token=hidden`
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const piece of request.setEncoding('utf8')) body += piece
    this.posted.push({ headers: request.headers, body })
    this.answer(response)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
  }
}

/** What one process has, on a ledger file that it shares. */
class Process implements AsyncDisposable {
  readonly log: { readonly level: string; readonly event: string; readonly fields: LogFields }[] = []
  readonly counted: BudgetAlertLabels[] = []
  readonly store: SqliteStore
  readonly alerts: Alerts
  readonly courier: Courier | undefined

  private constructor(path: string, clock: ManualClock, url: string | undefined, timeoutMs: number) {
    const write =
      (level: string) =>
      (event: string, fields: LogFields = {}) =>
        void this.log.push({ level, event, fields })
    const logger = { info: write('info'), warn: write('warn'), error: write('error') }
    this.store = new SqliteStore({ path })
    const shared = { store: this.store.alerts, clock, logger }
    const webhook = url === undefined ? undefined : new Webhook({ url, secret, clock, timeoutMs })
    this.courier = webhook && new Courier({ ...shared, webhook, random: () => 0.5 })
    this.alerts = new Alerts({
      ...{ ...shared, courier: this.courier },
      onBudgetAlert: (labels) => void this.counted.push(labels),
    })
  }

  static async start(path: string, clock: ManualClock, url?: string, timeoutMs = 60_000): Promise<Process> {
    const started = new Process(path, clock, url, timeoutMs)
    await started.store.open()
    return started
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.alerts.close()
    await this.store.close()
  }
}

const newPath = () => join(folder, `${randomUUID()}.db`)
const noon = () => new ManualClock('2026-11-27T12:00:00Z')

function spent(amount: number): BudgetStatus {
  const { id, scope, subject, window, limit, soft, rule } = budget
  const nothing = { reserved: ZERO_USD, leased: ZERO_USD, unsettled: ZERO_USD }
  const status = { id, scope, subject, window: window.kind, limit, soft, rule, ...nothing }
  return { ...status, spent: nanoUsd(amount), period: '2026-11', resetsAtMs: Date.parse('2026-12-01T00:00:00Z') }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const patience = AbortSignal.timeout(60_000)
  while (!holds()) {
    assert.equal(patience.aborted, false, `waited for ${what}`)
    await pause(5)
  }
}

test('of two processes that see a threshold passed, one logs, counts and posts it', async () => {
  await using receiver = await Receiver.start()
  const path = newPath()
  const clock = noon()
  await using one = await Process.start(path, clock, receiver.url)
  await using two = await Process.start(path, clock, receiver.url)
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([one, two].map(({ alerts }) => alerts.standing([spent(850)], [budget])))
  }
  await until(() => receiver.posted.length > 0, 'the post')
  await Promise.all([one, two].map(({ courier }) => courier?.deliverDue()))
  assert.equal(receiver.posted.length, 1)
  assert.deepEqual([...one.counted, ...two.counted], [{ scope: 'provider', window: 'month', percent: 80 }])
  const warnings = [...one.log, ...two.log].filter(({ event }) => event === 'budget_alert')
  assert.equal(warnings.length, 1)
  const { level, fields } = warnings[0] ?? {}
  assert.deepEqual([level, fields?.subject, fields?.percent, fields?.spent_usd], ['warn', 'openai', 80, 0.00000085])
})

test('a notice that two processes give is posted once', async () => {
  await using receiver = await Receiver.start()
  const path = newPath()
  const clock = noon()
  await using one = await Process.start(path, clock, receiver.url)
  await using two = await Process.start(path, clock, receiver.url)
  const data = { rollout: '3a9475ee89dd', candidate: 'next.yml', percent: 10, gate: 'p95_ms', value: 1500, limit: 1000 }
  for (const { alerts } of [one, two, one])
    alerts.notice({ id: 'rollout:3a9475ee89dd:7', type: 'rollout.rolled_back', data })
  await until(() => receiver.posted.length > 0, 'the post')
  await Promise.all([one, two].map(({ courier }) => courier?.deliverDue()))
  assert.equal(receiver.posted.length, 1)
  assert.deepEqual(JSON.parse(receiver.posted[0]?.body ?? ''), {
    ...{ type: 'rollout.rolled_back', timestamp: '2026-11-27T12:00:00.000Z', data },
  })
})

test('what is posted is signed by the Standard Webhooks rules and says which budget', async () => {
  await using receiver = await Receiver.start()
  await using one = await Process.start(newPath(), noon(), receiver.url)
  await one.alerts.standing([spent(1000)], [budget])
  await until(() => receiver.posted.length === 2, 'both thresholds')
  for (const { headers, body } of receiver.posted) {
    const id = String(headers['webhook-id'])
    assert.match(id, /^alert_[0-9a-f]{32}$/)
    const timestamp = Number(headers['webhook-timestamp'])
    assert.equal(timestamp, Date.parse('2026-11-27T12:00:00Z') / 1000)
    assert.equal(headers['webhook-signature'], webhookSignature({ id, timestamp, payload: body }, secret))
    assert.equal(headers['content-type'], 'application/json')
    const { type, data, timestamp: at } = JSON.parse(body)
    assert.deepEqual([type, at], ['budget.threshold_reached', '2026-11-27T12:00:00.000Z'])
    assert.deepEqual(
      [data.budget, data.subject, data.period, data.limit_usd, data.spent_usd, data.resets_at],
      ['provider:openai:month', 'openai', '2026-11', 0.000001, 0.000001, '2026-12-01T00:00:00.000Z'],
    )
  }
  assert.notEqual(receiver.posted[0]?.headers['webhook-id'], receiver.posted[1]?.headers['webhook-id'])
})

test('an alert that is not taken is tried again, later each time, under the same id and a new signature', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = (response) => response.writeHead(503).end()
  const clock = noon()
  await using one = await Process.start(newPath(), clock, receiver.url)
  await one.alerts.standing([spent(850)], [budget])
  await until(() => one.log.some(({ event }) => event === 'alert_not_delivered'), 'the first try')
  for (const tries of [1, 2, 3]) {
    clock.nowMs += retryAfterMs(tries, 0.5) - 1
    await one.courier?.deliverDue()
    assert.equal(receiver.posted.length, tries, 'too early')
    clock.nowMs += 1
    if (tries === 3) receiver.answer = (response) => response.writeHead(200).end('thanks')
    await one.courier?.deliverDue()
    assert.equal(receiver.posted.length, tries + 1)
  }
  clock.nowMs += 30 * 86_400_000
  await one.courier?.deliverDue()
  assert.equal(receiver.posted.length, 4, 'posted after it was delivered')
  const ids = receiver.posted.map(({ headers }) => headers['webhook-id'])
  assert.equal(new Set(ids).size, 1)
  assert.equal(new Set(receiver.posted.map(({ headers }) => headers['webhook-signature'])).size, 4)
  assert.equal(new Set(receiver.posted.map(({ body }) => body)).size, 1)
})

test('the log of a failed delivery holds neither the secret nor the path or query of the address', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
  await using one = await Process.start(newPath(), noon(), receiver.url)
  await one.alerts.standing([spent(850)], [budget])
  await until(() => one.log.some(({ event }) => event === 'alert_not_delivered'), 'the try')
  const line = one.log.find(({ event }) => event === 'alert_not_delivered')
  assert.deepEqual([line?.level, line?.fields.cause, line?.fields.next_try_in_s], ['warn', 'http_302', 5])
  assert.doesNotMatch(JSON.stringify(one.log), /MfKQ9|hidden|hooks/)
  assert.equal(receiver.posted.length, 1, 'a redirect was followed')
})

test('a receiver that does not answer, or is not there, is a failed try', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = () => {}
  await using silent = await Process.start(newPath(), noon(), receiver.url, 50)
  await using absent = await Process.start(newPath(), noon(), 'http://127.0.0.1:1/')
  for (const [one, cause] of [
    [silent, 'timeout'],
    [absent, 'ECONNREFUSED'],
  ] as const) {
    await one.alerts.standing([spent(850)], [budget])
    await until(() => one.log.some(({ event }) => event === 'alert_not_delivered'), cause)
    assert.equal(one.log.find(({ event }) => event === 'alert_not_delivered')?.fields.cause, cause)
  }
})

test('a receiver that asks for a longer wait gets it', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = (response) => response.writeHead(429, { 'retry-after': '600' }).end()
  await using one = await Process.start(newPath(), noon(), receiver.url)
  await one.alerts.standing([spent(850)], [budget])
  await until(() => one.log.some(({ event }) => event === 'alert_not_delivered'), 'the try')
  assert.equal(one.log.find(({ event }) => event === 'alert_not_delivered')?.fields.next_try_in_s, 600)
})

test('an alert that a process took with it is delivered by the next one, once its claim has lapsed', async () => {
  await using receiver = await Receiver.start()
  const path = newPath()
  const clock = noon()
  const dead = new SqliteStore({ path })
  await dead.open()
  await dead.alerts.raise('gone', '{"type":"budget.threshold_reached"}', clock.nowMs)
  assert.equal((await dead.alerts.claim(clock.nowMs, clock.nowMs + 60_000)).length, 1)
  await dead.close()
  await using next = await Process.start(path, clock, receiver.url)
  await next.courier?.deliverDue()
  assert.equal(receiver.posted.length, 0)
  clock.nowMs += 60_000
  await next.courier?.deliverDue()
  assert.deepEqual(
    receiver.posted.map(({ body }) => body),
    ['{"type":"budget.threshold_reached"}'],
  )
})

test('after a week of tries an alert is given up, is said to be, and stays in the list', async () => {
  await using receiver = await Receiver.start()
  receiver.answer = (response) => response.writeHead(500).end()
  const clock = noon()
  await using one = await Process.start(newPath(), clock, receiver.url)
  await one.store.alerts.raise('hopeless', '{}', clock.nowMs)
  const startMs = clock.nowMs
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    await one.courier?.deliverDue()
    if (tries < MOST_TRIES) clock.nowMs += retryAfterMs(tries, 0.5)
  }
  const days = (clock.nowMs - startMs) / 86_400_000
  assert.ok(days > 6.5 && days < 7.5, `${days} days`)
  assert.equal(one.log.at(-1)?.event, 'alert_given_up')
  clock.nowMs += 365 * 86_400_000
  await one.courier?.deliverDue()
  assert.equal(receiver.posted.length, MOST_TRIES)
  assert.equal((await one.store.alerts.newest(10))[0]?.tries, MOST_TRIES)
})

test('without a webhook an alert is logged and counted, and does not wait for one', async () => {
  const path = newPath()
  const clock = noon()
  await using one = await Process.start(path, clock)
  await one.alerts.standing([spent(850)], [budget])
  assert.equal(one.counted.length, 1)
  await using receiver = await Receiver.start()
  await using later = await Process.start(path, clock, receiver.url)
  await later.courier?.deliverDue()
  assert.equal(receiver.posted.length, 0)
})

test('money that nobody could settle, and lost processes, are told of once', async () => {
  await using receiver = await Receiver.start()
  const path = newPath()
  const clock = noon()
  await using one = await Process.start(path, clock, receiver.url)
  await using two = await Process.start(path, clock, receiver.url)
  for (const { alerts } of [one, two]) {
    alerts.fault({ kind: 'unsettled_charged', owner: 'o1', reservations: 3, amount: nanoUsd(2_500_000_000) })
    alerts.fault({ kind: 'leases_forfeited', owners: ['o1', 'o2'] })
    alerts.fault({ kind: 'write_recovered' })
  }
  await until(() => receiver.posted.length === 3, 'three posts')
  await Promise.all([one, two].map(({ courier }) => courier?.deliverDue()))
  const bodies = receiver.posted.map(({ body }) => JSON.parse(body))
  assert.deepEqual(bodies.map(({ type }) => type).sort(), [
    'ledger.leases_forfeited',
    'ledger.leases_forfeited',
    'ledger.unsettled_charged',
  ])
  assert.deepEqual(bodies.find(({ type }) => type === 'ledger.unsettled_charged')?.data, {
    owner: 'o1',
    reservations: 3,
    amount_usd: 2.5,
  })
})

test('a privacy violation is told of once a day for a provider and cause, by ids and without content', async () => {
  await using receiver = await Receiver.start()
  const path = newPath()
  const clock = noon()
  await using one = await Process.start(path, clock, receiver.url)
  await using two = await Process.start(path, clock, receiver.url)
  for (const { alerts } of [one, two]) {
    for (const requestId of ['req_1', 'req_2'])
      alerts.violation({ provider: 'local_ollama', cause: 'remote_model_answered', requestId })
    alerts.violation({ provider: 'local_ollama', cause: 'address_not_local' })
  }
  await until(() => receiver.posted.length === 2, 'two posts')
  await Promise.all([one, two].map(({ courier }) => courier?.deliverDue()))
  const bodies = receiver.posted.map(({ body }) => JSON.parse(body))
  assert.deepEqual(bodies.map(({ type, data }) => [type, data.provider, data.cause, data.request_id]).sort(), [
    ['privacy.violation', 'local_ollama', 'address_not_local', null],
    ['privacy.violation', 'local_ollama', 'remote_model_answered', 'req_1'],
  ])
})
