// Owns which ledger file the money commands look into: the one that the gateway of this directory uses. Reads only.
import { existsSync } from 'node:fs'
import type { AegisConfig } from '../../config/aegis-config.ts'
import { discover } from '../../config/discover.ts'
import { parseConfig } from '../../config/load-config.ts'
import { fromUsd, type NanoUsd, ZERO_USD } from '../../domain/money.ts'
import { type LedgerReader, openSqliteLedgerReader } from '../../ledger/sqlite/sqlite-ledger-reader.ts'
import { sandboxLedgerPath, systemClock } from '../../open-aegis.ts'
import { CommandError } from '../command-error.ts'
import { configFromFile, findGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { listModels } from '../ollama-models.ts'

/** A ledger's file and the budgets that hold on it. */
export interface LedgerPlace {
  readonly path: string
  /** False before a gateway has been started with it. */
  readonly exists: boolean
  /** By provider. */
  readonly limits: AegisConfig['budgets']['monthlyLimits']
  readonly timeZone: string
}

/** The sandbox's own limits, as open-aegis.ts sets them. */
const sandboxPlace = { limits: { ollama_cloud: fromUsd(5), openai: fromUsd(10) }, timeZone: 'UTC' }

/**
 * The ledger by the rules that a start follows: a file, else what this machine offers, else the sandbox. Nothing is
 * started. Without a file, a sandbox that runs is what the person at the terminal means.
 * @throws ConfigError; CommandError when the ledger is in a gateway's memory.
 */
export async function findLedger({ config: stated, sandbox }: PlaceFlags): Promise<LedgerPlace> {
  const file = sandbox ? undefined : await configFromFile(stated)
  const simulated = sandbox || (!file && (await findGateway({ sandbox: true })) !== undefined)
  const config = file ?? (simulated ? undefined : await discoveredConfig())
  return config ? ledgerPlaceOf(config) : placeAt(sandboxLedgerPath(), sandboxPlace)
}

/** The ledger of a configuration. */
export function ledgerPlaceOf({ ledger, budgets }: Pick<AegisConfig, 'ledger' | 'budgets'>): LedgerPlace {
  if (ledger.kind === 'sqlite') {
    return placeAt(ledger.path, { limits: budgets.monthlyLimits, timeZone: budgets.timeZone })
  }
  const message = 'The ledger is in the memory of the gateway (ledger: memory:), so there is no file to read'
  throw new CommandError(
    `${message}: ask the gateway with \`aegis budget list --url\`, or set ledger: sqlite:./aegis.db`,
  )
}

/** Runs `read` on the ledger's file, also while a gateway writes it; undefined when there is no file yet. */
export function readLedger<Result>(place: LedgerPlace, read: (reader: LedgerReader) => Result): Result | undefined {
  if (!place.exists) return undefined
  const reader = openSqliteLedgerReader(place.path, { ...place, clock: systemClock })
  try {
    return read(reader)
  } finally {
    reader.close()
  }
}

/** A limit and how much of it is gone. */
export interface BudgetState {
  readonly provider: string
  /** `2026-11`; undefined before anything was recorded. */
  readonly period: string | undefined
  readonly limit: NanoUsd
  readonly spent: NanoUsd
  readonly reserved: NanoUsd
  readonly resetsAtMs: number | undefined
}

/** All budgets as they stand; without a file nothing has been spent. */
export function budgetsAt(place: LedgerPlace): readonly BudgetState[] {
  const recorded = readLedger(place, (reader) => reader.budgets())
  if (recorded) return recorded.map((budget) => ({ ...budget, provider: budget.subject }))
  const untouched = { period: undefined, spent: ZERO_USD, reserved: ZERO_USD, resetsAtMs: undefined }
  return Object.entries(place.limits).map(([provider, limit]) => ({ ...untouched, provider, limit }))
}

async function discoveredConfig(): Promise<AegisConfig | undefined> {
  const { env } = process
  const { config, notices } = await discover({ env, probe: listModels })
  return config && parseConfig(config, { source: 'discovered', env, notices })
}

function placeAt(path: string, budgets: Pick<LedgerPlace, 'limits' | 'timeZone'>): LedgerPlace {
  return { path, exists: existsSync(path), ...budgets }
}
