// Owns where `aegis usage` reads: the ledger of this directory, or a running gateway.

import { createStore } from '../../compose.ts'
import type { UsageGrouping, UsagePageQuery, UsageQuery } from '../../ledger/ledger.ts'
import type { LedgerStore } from '../../ledger/store.ts'
import { csvText } from '../../money/csv.ts'
import {
  LARGEST_PAGE,
  type SummaryView,
  summaryCsvColumns,
  type UsageRowView,
  usageCsv,
  usagePages,
  usageRowView,
  usageSummaryView,
} from '../../money/usage-view.ts'
import { CommandError } from '../command-error.ts'
import { type Gateway, namedGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { findLedger } from './ledger-place.ts'
import { tellNoLedger } from './run-budget-list.ts'

export type { SummaryView, UsageRowView }

type Query = Omit<UsagePageQuery, 'limit'>

/** Rows newest first, and the cursor of those after them. */
export interface UsageRows {
  readonly rows: readonly UsageRowView[]
  readonly next: string | undefined
}

export interface UsageSource extends AsyncDisposable {
  rows(query: Query, most: number): Promise<UsageRows>
  /** Page by page: nothing but a page is held. */
  csv(query: Query, most: number): AsyncIterable<string | Uint8Array>
  summary(by: UsageGrouping, span: UsageQuery): Promise<readonly SummaryView[]>
  summaryCsv(by: UsageGrouping, span: UsageQuery): AsyncIterable<string | Uint8Array>
}

export async function usageSource(flags: PlaceFlags): Promise<UsageSource> {
  const gateway = namedGateway(flags)
  if (gateway) return new GatewayUsage(gateway)
  const place = await findLedger(flags)
  if (!place.exists) {
    tellNoLedger(place.name)
    return new LedgerUsage(await openStore(createStore({ kind: 'memory' })))
  }
  return new LedgerUsage(await openStore(createStore(place.ledger, { readOnly: true })))
}

async function openStore(made: Promise<LedgerStore>): Promise<LedgerStore> {
  const store = await made
  await store.open()
  return store
}

class LedgerUsage implements UsageSource {
  readonly #store: LedgerStore

  constructor(store: LedgerStore) {
    this.#store = store
  }

  rows(query: Query, most: number): Promise<UsageRows> {
    return rowsOfPages(query, most, async (page) => {
      const { rows, next } = await this.#page(page)
      return { rows: rows.map(usageRowView), next }
    })
  }

  csv(query: Query, most: number): AsyncIterable<string> {
    return usageCsv(usagePages((page) => this.#page(page), query, most))
  }

  async summary(by: UsageGrouping, span: UsageQuery): Promise<readonly SummaryView[]> {
    return (await this.#store.summary(by, span)).map((group) => usageSummaryView(by, group))
  }

  async *summaryCsv(by: UsageGrouping, span: UsageQuery): AsyncIterable<string> {
    yield csvText(summaryCsvColumns(by), await this.#store.summary(by, span))
  }

  async #page(query: UsagePageQuery) {
    try {
      return await this.#store.usage(query)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new CommandError('--cursor is not one that `aegis usage` gave.', 2)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close()
  }
}

class GatewayUsage implements UsageSource {
  readonly #gateway: Gateway

  constructor(gateway: Gateway) {
    this.#gateway = gateway
  }

  rows(query: Query, most: number): Promise<UsageRows> {
    return rowsOfPages(query, most, async ({ limit, ...page }) => {
      const asked = { ...parametersOf(page), limit }
      const { data, next_cursor } = await this.#json<UsagePageReply>('/admin/usage', asked)
      return { rows: data, next: next_cursor ?? undefined }
    })
  }

  csv(query: Query, most: number): AsyncIterable<Uint8Array> {
    const limit = Number.isFinite(most) ? { limit: most } : {}
    return this.#pieces('/admin/usage', { ...parametersOf(query), ...limit, format: 'csv' })
  }

  async summary(by: UsageGrouping, span: UsageQuery): Promise<readonly SummaryView[]> {
    const asked = { by, ...parametersOf(span) }
    return (await this.#json<{ readonly data: readonly SummaryView[] }>('/admin/usage/summary', asked)).data
  }

  summaryCsv(by: UsageGrouping, span: UsageQuery): AsyncIterable<Uint8Array> {
    return this.#pieces('/admin/usage/summary', { by, ...parametersOf(span), format: 'csv' })
  }

  async *#pieces(path: string, asked: Readonly<Record<string, string | number>>): AsyncIterable<Uint8Array> {
    yield* (await this.#ask(path, asked)).body
  }

  async #json<Answer>(path: string, asked: Readonly<Record<string, string | number>>): Promise<Answer> {
    return (await (await this.#ask(path, asked)).body.json()) as Answer
  }

  #ask(path: string, asked: Readonly<Record<string, string | number>>) {
    const search = new URLSearchParams(
      Object.entries(asked).map(([name, value]) => [name, String(value)] as [string, string]),
    )
    return askGateway(this.#gateway, 'GET', `${path}?${search}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

interface UsagePageReply {
  readonly data: readonly UsageRowView[]
  readonly next_cursor: string | null
}

async function rowsOfPages(
  query: Query,
  most: number,
  readPage: (query: UsagePageQuery) => Promise<UsageRows>,
): Promise<UsageRows> {
  const rows: UsageRowView[] = []
  let { cursor } = query
  do {
    const limit = Math.min(most - rows.length, LARGEST_PAGE)
    const page = await readPage({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) })
    for (const row of page.rows) rows.push(row)
    cursor = page.next
  } while (cursor !== undefined && rows.length < most)
  return { rows, next: cursor }
}

function parametersOf({ sinceMs, untilMs, cursor, where = {} }: Query): Record<string, string> {
  const all = {
    since: sinceMs === undefined ? undefined : new Date(sinceMs).toISOString(),
    until: untilMs === undefined ? undefined : new Date(untilMs).toISOString(),
    cursor,
    ...where,
  }
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
