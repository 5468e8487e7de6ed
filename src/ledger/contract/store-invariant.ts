// Owns the property that all stores exist for: in any order of events, what is spent and leased stays within every limit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../../test/make/property.ts'
import type { LedgerStore, SpendSpan, Subject } from '../store.ts'
import {
  ALWAYS,
  batch,
  GLOBAL,
  leaseRequest,
  type MakeStore,
  NOW_MS,
  OPENAI,
  SLOT_MS,
  StoreWorld,
} from './store-world.ts'

const OWNERS = ['a', 'b', 'c'] as const
const SUBJECTS: readonly Subject[] = [GLOBAL, OPENAI, { scope: 'user', name: 'ann' }]
const TODAY: SpendSpan = { grainSeconds: 900, sinceMs: SLOT_MS - 43_200_000, untilMs: SLOT_MS + 43_200_000 }
/** Of each subject: what it may cost ever, and today. */
const LIMITS = [
  { ...ALWAYS, limit: 1000 },
  { ...TODAY, limit: 700 },
]

const owner = fc.constantFrom(...OWNERS)
const event = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('acquire'), owner, need: fc.integer({ min: 1, max: 300 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('commit'), owner, percent: fc.integer({ min: 0, max: 100 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('retire'), owner, percent: fc.integer({ min: 0, max: 100 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('forfeit'), idleMs: fc.integer({ min: 0, max: 5 }) }) },
)
type Event = typeof event extends fc.Arbitrary<infer One> ? One : never

/** A process as the ledger would run it: it spends only what it has been granted. */
class Process {
  readonly #name: string
  readonly #store: LedgerStore
  #lives = 0
  #lease = 0
  #batches = 0

  constructor(name: string, store: LedgerStore) {
    this.#name = name
    this.#store = store
  }

  get id(): string {
    return `${this.#name}${this.#lives}`
  }

  async start(nowMs: number): Promise<void> {
    this.#lives += 1
    this.#lease = 0
    this.#batches = 0
    await this.#store.announce({ id: this.id, host: '', pid: 1 }, nowMs)
  }

  async acquire(need: number, nowMs: number): Promise<void> {
    const requests = SUBJECTS.map((subject) => leaseRequest(subject, { need, want: need, limits: LIMITS }))
    const grants = await this.#store.acquire(this.id, requests, nowMs)
    this.#lease += grants[0]?.granted ?? 0
  }

  async write(how: 'commit' | 'retire', percent: number, nowMs: number): Promise<void> {
    const taken = Math.floor((this.#lease * percent) / 100)
    this.#lease -= taken
    this.#batches += 1
    const changes = SUBJECTS.map((subject) => ({ ...subject, taken, amount: Math.ceil(taken / 2) }))
    const written = batch(this.#batches, { leases: changes, spend: changes })
    assert.equal(await this.#store[how](this.id, written, nowMs), 'written')
    assert.equal(await this.#store[how](this.id, written, nowMs), 'repeated')
    if (how === 'retire') await this.start(nowMs)
  }
}

async function happen(one: Event, processes: ReadonlyMap<string, Process>, store: LedgerStore, nowMs: number) {
  if ('idleMs' in one) {
    await store.forfeit(nowMs - one.idleMs)
    return
  }
  const process = processes.get(one.owner)
  if ('need' in one) await process?.acquire(one.need, nowMs)
  else await process?.write(one.kind === 'retire' ? 'retire' : 'commit', one.percent, nowMs)
}

async function assertWithinLimits(store: LedgerStore): Promise<void> {
  const asked = SUBJECTS.flatMap((subject) => LIMITS.map((limit) => ({ ...subject, ...limit })))
  const figures = await store.figures(asked, 0)
  for (const [index, { spent, leased, lost, unsettled }] of figures.entries()) {
    assert.ok(spent + leased + lost <= (asked[index]?.limit ?? 0), `${spent} + ${leased} + ${lost} of ${index}`)
    assert.ok(unsettled <= spent)
  }
}

async function start(world: StoreWorld): Promise<ReadonlyMap<string, Process>> {
  const processes = new Map<string, Process>()
  for (const name of OWNERS) {
    const process = new Process(name, await world.another())
    await process.start(NOW_MS)
    processes.set(name, process)
  }
  return processes
}

export function storeInvariant(makeStore: MakeStore): void {
  test('spent and leased money stays within every limit after every step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
        await using world = await StoreWorld.open(makeStore)
        const processes = await start(world)
        for (const [index, one] of events.entries()) {
          await happen(one, processes, world.store, NOW_MS + index)
          await assertWithinLimits(world.store)
        }
      }),
      { numRuns: 10 },
    )
  })

  test('spent and leased money stays within every limit while all happens at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: 40 }), async (events) => {
        await using world = await StoreWorld.open(makeStore)
        const processes = await start(world)
        // What one process does is done in turn; the processes, and who forfeits leases, do not wait for each other.
        const turns = [...OWNERS, undefined].map(async (name) => {
          for (const [index, one] of events.entries()) {
            if (('owner' in one ? one.owner : undefined) !== name) continue
            await happen(one, processes, world.store, NOW_MS + index)
          }
        })
        let done = false
        const all = Promise.all(turns).finally(() => {
          done = true
        })
        while (!done) await assertWithinLimits(world.store)
        await all
        await assertWithinLimits(world.store)
      }),
      { numRuns: 10 },
    )
  })
}
