// Owns the run of `aegis migrate`: the ledger's tables are made, or brought up to date.
import type { PlaceFlags } from '../gateway/find-gateway.ts'
import { say, sayJson } from '../terminal.ts'
import { changeBudgets, findLedger } from './ledger-place.ts'

export interface MigrateFlags extends PlaceFlags {
  readonly json?: boolean
}

export async function runMigrate(flags: MigrateFlags): Promise<void> {
  const place = await findLedger(flags)
  // Opening it for writing is what migrates it.
  await changeBudgets(place, async () => {})
  if (flags.json) sayJson({ ledger: place.name, up_to_date: true })
  else say(`${place.name} is up to date.`)
}
