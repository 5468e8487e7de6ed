// Owns which ledger the money commands look into: the one that the gateway of this directory uses.
import { existsSync } from 'node:fs'
import { createStore } from '../../compose.ts'
import type { AegisConfig, LedgerConfig } from '../../config/aegis-config.ts'
import { discover } from '../../config/discover.ts'
import { parseConfig } from '../../config/load-config.ts'
import type { Budget, BudgetStatus } from '../../domain/budget.ts'
import { ZERO_USD } from '../../domain/money.ts'
import { BudgetBook, type KnownBudget } from '../../ledger/budget-book.ts'
import { LedgerReader } from '../../ledger/ledger-reader.ts'
import { budgetDefaults } from '../../money/budget-defaults.ts'
import type { BudgetDefaults } from '../../money/budget-entry.ts'
import { sandboxBudgets, sandboxLedger, sandboxProviderNames, systemClock } from '../../open-aegis.ts'
import { CommandError } from '../command-error.ts'
import { configFromFile, findGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { listModels } from '../ollama-models.ts'

/** A ledger and the budgets that the configuration sets on it. */
export interface LedgerPlace {
  readonly ledger: Exclude<LedgerConfig, { kind: 'memory' }>
  /** For people: a file's name, or the kind of database. Never an address, which may hold a password. */
  readonly name: string
  /** False before a gateway has been started with the file. */
  readonly exists: boolean
  readonly budgets: readonly Budget[]
  readonly defaults: BudgetDefaults
}

/**
 * The ledger by the rules that a start follows: a file, else what this machine offers, else the sandbox. Nothing is
 * started. Without a file, a sandbox that runs is what the person at the terminal means.
 * @throws ConfigError; CommandError when the ledger is in a gateway's memory.
 */
export async function findLedger({ config: stated, sandbox }: PlaceFlags): Promise<LedgerPlace> {
  const file = sandbox ? undefined : await configFromFile(stated)
  const simulated = sandbox || (!file && (await findGateway({ sandbox: true })) !== undefined)
  const config = file ?? (simulated ? undefined : await discoveredConfig())
  return ledgerPlaceOf(
    config ?? {
      ledger: sandboxLedger(),
      budgets: sandboxBudgets(),
      providers: sandboxProviderNames.map((name) => ({ name })),
    },
  )
}

/** What is needed of a configuration. */
type PlaceConfig = Pick<AegisConfig, 'ledger' | 'budgets'> & {
  readonly providers: readonly { readonly name: string }[]
}

/** The ledger of a configuration. @throws CommandError when it is in a gateway's memory. */
export function ledgerPlaceOf({ ledger, budgets, providers }: PlaceConfig): LedgerPlace {
  const place = { budgets: budgets.all, defaults: budgetDefaults({ budgets, providers }) }
  switch (ledger.kind) {
    case 'sqlite':
      return { ...place, ledger, name: ledger.path, exists: existsSync(ledger.path) }
    case 'postgres':
      return { ...place, ledger, name: 'the PostgreSQL ledger', exists: true }
    case 'memory': {
      const message = 'The ledger is in the memory of the gateway (ledger: memory:), so there is nothing to read'
      throw new CommandError(
        `${message}: ask the gateway with \`aegis budget list --url\`, or set ledger: sqlite:./aegis.db`,
      )
    }
  }
}

/** Runs `read` on the ledger, also while gateways write it; undefined when there is no file yet. */
export async function readLedger<Result>(
  place: LedgerPlace,
  read: (reader: LedgerReader) => Promise<Result>,
): Promise<Result | undefined> {
  if (!place.exists) return undefined
  const store = await createStore(place.ledger, { readOnly: true })
  await using reader = await LedgerReader.open({ store, budgets: place.budgets, clock: systemClock })
  return await read(reader)
}

/** All budgets, with how everybody stands; without a file nobody has spent anything. */
export async function knownBudgetsAt(place: LedgerPlace): Promise<readonly KnownBudget[]> {
  if (place.exists) return withBook(place, { readOnly: true }, (book) => book.list())
  const times = { createdAtMs: undefined, updatedAtMs: undefined }
  return place.budgets.map((budget) => ({ budget, source: 'configuration', ...times, standing: [] }))
}

/** Runs `change` on the budgets of the ledger, which is made when there is none. */
export function changeBudgets<Result>(
  place: LedgerPlace,
  change: (book: BudgetBook) => Promise<Result>,
): Promise<Result> {
  return withBook(place, { readOnly: false }, change)
}

async function withBook<Result>(
  { ledger, budgets }: LedgerPlace,
  mode: { readonly readOnly: boolean },
  work: (book: BudgetBook) => Promise<Result>,
): Promise<Result> {
  const store = await createStore(ledger, mode)
  await store.open()
  try {
    return await work(new BudgetBook({ store, clock: systemClock, configured: budgets, flush: async () => {} }))
  } finally {
    await store.close()
  }
}

/** A budget as it stands; `period` is empty before anything was recorded. */
export type BudgetState = Omit<BudgetStatus, 'window'> & { readonly window: string }

/** All budgets as they stand; without a file nothing has been spent. */
export async function budgetsAt(place: LedgerPlace): Promise<readonly BudgetState[]> {
  const recorded = await readLedger(place, (reader) => reader.budgets())
  return recorded ?? place.budgets.map(untouched)
}

function untouched({ id, scope, subject, window, limit, soft, rule }: Budget): BudgetState {
  const nothing = { spent: ZERO_USD, reserved: ZERO_USD, leased: ZERO_USD, unsettled: ZERO_USD }
  return { id, scope, subject, window: window.kind, limit, soft, rule, ...nothing, period: '', resetsAtMs: undefined }
}

async function discoveredConfig(): Promise<AegisConfig | undefined> {
  const { env } = process
  const { config, notices } = await discover({ env, probe: listModels })
  return config && parseConfig(config, { source: 'discovered', env, notices })
}
