// Four processes on one ledger: they agree on the stage, one of them judges the gates, and each can die.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PostgresServer } from '../../test/make/postgres.ts'
import { CHECK_EVERY_MS, type Fate, HOUR_MS, RolloutProcess, rolloutPlan } from '../../test/make/rollout.ts'
import { PostgresStore } from '../ledger/postgres/postgres-store.ts'
import { SqliteStore } from '../ledger/sqlite/sqlite-store.ts'
import type { LedgerStore } from '../ledger/store.ts'
import type { RolloutAction } from './rollout-state.ts'
import type { RolloutStep } from './rollout-step.ts'

/** What a child is told: serve, and then do something and say what is known. */
interface Order {
  readonly nowMs: number
  readonly serve?: { readonly requests: number; readonly fate?: Fate }
  readonly change?: RolloutAction
}

interface Answer {
  readonly brief: string
  readonly epoch: number
  readonly leads: boolean
  readonly steps: readonly RolloutStep[]
}

if (process.argv[2] === 'take-part') await takePart(process.argv[3] ?? '', process.argv[4] ?? '')
else testParent()

function storeAt(address: string): LedgerStore {
  return address.startsWith('postgres')
    ? new PostgresStore({ connectionString: address, timeoutMs: 60_000 })
    : new SqliteStore({ path: address, busyTimeoutMs: 60_000 })
}

/** A child: does what each line of its input says, at the time that the line says. */
async function takePart(address: string, owner: string): Promise<void> {
  let nowMs = 0
  const store = storeAt(address)
  await store.open()
  const one = new RolloutProcess(store.rollouts, { wallMs: () => nowMs }, rolloutPlan(), owner)
  await one.controller.open()
  const say = () => {
    const { epoch } = one.controller.known.state
    const answer: Answer = { brief: one.brief, epoch, leads: one.controller.leads, steps: one.steps }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
  say()
  for await (const line of createInterface({ input: process.stdin })) {
    const { serve, change, ...order } = JSON.parse(line) as Order
    nowMs = order.nowMs
    if (serve) one.serveCandidate(serve.requests, serve.fate)
    if (change) await one.controller.change(change)
    else await one.controller.look()
    say()
  }
  await one.controller.close()
  await store.close()
}

class Child {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(address: string, owner: string) {
    this.#process = spawn(process.execPath, [fileURLToPath(import.meta.url), 'take-part', address, owner], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#lines = createInterface({ input: this.#process.stdout ?? assert.fail() })[Symbol.asyncIterator]()
  }

  /** What it says next. */
  async heard(): Promise<Answer> {
    const { value, done } = await this.#lines.next()
    assert.ok(!done, 'the child ended')
    return JSON.parse(value) as Answer
  }

  do(order: Order): Promise<Answer> {
    this.#process.stdin?.write(`${JSON.stringify(order)}\n`)
    return this.heard()
  }

  async kill(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.stdin?.end()
    await exited
  }
}

class Crowd implements AsyncDisposable {
  readonly children: Child[]
  readonly #address: string
  nowMs = 1_000_000

  private constructor(address: string) {
    this.#address = address
    this.children = Array.from({ length: 4 }, (_, index) => new Child(address, `owner ${index}`))
  }

  static async start(address: string): Promise<Crowd> {
    const crowd = new Crowd(address)
    await Promise.all(crowd.children.map((child) => child.heard()))
    return crowd
  }

  /** All at once. */
  all(order: Omit<Order, 'nowMs'> = {}): Promise<Answer[]> {
    return Promise.all(this.children.map((child) => child.do({ nowMs: this.nowMs, ...order })))
  }

  one(index: number, order: Omit<Order, 'nowMs'> = {}): Promise<Answer> {
    const child = this.children[index] ?? assert.fail()
    return child.do({ nowMs: this.nowMs, ...order })
  }

  async replace(index: number): Promise<void> {
    await this.children[index]?.kill()
    const born = new Child(this.#address, `owner ${index}, again`)
    this.children[index] = born
    await born.heard()
  }

  /** After a round of looks everybody has seen what somebody did in the round before. */
  async agreed(): Promise<string> {
    await this.all()
    const answers = await this.all()
    assert.equal(new Set(answers.map(({ brief, epoch }) => `${brief} ${epoch}`)).size, 1, JSON.stringify(answers))
    return answers[0]?.brief ?? ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.children.map((child) => child.end()))
  }
}

function testParent(): void {
  describe('four processes on one SQLite file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-rollout-'))
    after(() => rmSync(folder, { recursive: true }))
    let files = 0
    behave(async () => join(folder, `${++files}.db`))
  })

  describe('four processes on one PostgreSQL', () => {
    let postgres: PostgresServer
    before(async () => {
      postgres = await PostgresServer.start()
    })
    after(() => postgres.end())
    behave(() => postgres.newDatabase())
  })
}

function behave(newAddress: () => Promise<string>): void {
  test('agree on every stage, by what all of them have served together', async () => {
    await using crowd = await Crowd.start(await newAddress())
    await crowd.one(2, { change: { kind: 'start', shadow: false } })
    assert.equal(await crowd.agreed(), 'running 10')
    for (const next of ['running 30', 'running 50', 'running 75', 'running 100', 'completed 100']) {
      crowd.nowMs += HOUR_MS
      await crowd.all({ serve: { requests: 24 } })
      assert.notEqual(await crowd.agreed(), next, '96 requests are too few')
      await crowd.one(1, { serve: { requests: 4 } })
      assert.equal(await crowd.agreed(), next)
    }
    const steps = (await crowd.all()).flatMap((answer) => answer.steps)
    assert.deepEqual(
      steps.map(({ revision }) => revision).toSorted((left, right) => left - right),
      [1, 2, 3, 4, 5, 6],
      'each step was made once, by one of them',
    )
  })

  test('have one leader, and another one when it dies', async () => {
    await using crowd = await Crowd.start(await newAddress())
    await crowd.one(0, { change: { kind: 'start', shadow: false } })
    await crowd.agreed()
    const leaders = (answers: readonly Answer[]) => answers.flatMap(({ leads }, index) => (leads ? [index] : []))
    const [first, ...others] = leaders(await crowd.all())
    assert.ok(first !== undefined)
    assert.deepEqual(others, [])
    await crowd.replace(first)
    assert.deepEqual(leaders(await crowd.all()), [], 'the time of the dead one is not over')
    crowd.nowMs += 3 * CHECK_EVERY_MS
    assert.equal(leaders(await crowd.all()).length, 1)
  })

  test('roll back together by the failures that each of them has seen a part of', async () => {
    await using crowd = await Crowd.start(await newAddress())
    await crowd.one(3, { change: { kind: 'start', shadow: false } })
    await crowd.one(3, { change: { kind: 'advance' } })
    assert.equal(await crowd.agreed(), 'running 30')
    await crowd.all({ serve: { requests: 20 } })
    assert.equal(await crowd.agreed(), 'running 30')
    await crowd.all({ serve: { requests: 2, fate: { status: 'failed', httpStatus: 502 } } })
    assert.equal(await crowd.agreed(), 'rolled_back 10', '8 of 100')
    await crowd.replace(0)
    assert.equal(await crowd.agreed(), 'rolled_back 10', 'also the one that was started since')
  })

  test('take one of two wishes that come at once, and then the other', async () => {
    await using crowd = await Crowd.start(await newAddress())
    await crowd.one(0, { change: { kind: 'start', shadow: false } })
    await crowd.agreed()
    await crowd.all({ change: { kind: 'advance' } })
    assert.equal(await crowd.agreed(), 'running 100')
  })
}
