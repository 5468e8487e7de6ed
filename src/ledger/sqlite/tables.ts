// Owns the tables of an open ledger file: what each of them can do, over the same prepared statements.
import type { DatabaseSync } from 'node:sqlite'
import { AccessTable } from './access-table.ts'
import { AlertTable } from './alert-table.ts'
import { BudgetTable } from './budget-table.ts'
import { ContentTable } from './content-table.ts'
import { DecisionTable } from './decision-table.ts'
import { DoorTable } from './door-table.ts'
import { LimitTable } from './limit-table.ts'
import { MoneyTables } from './money-tables.ts'
import { RolloutTable } from './rollout-table.ts'
import { Statements } from './statements.ts'
import { TaintTable } from './taint-table.ts'
import { UsageWriter } from './usage-writer.ts'

export interface Tables {
  readonly database: DatabaseSync
  readonly money: MoneyTables
  readonly usage: UsageWriter
  readonly budgets: BudgetTable
  readonly alerts: AlertTable
  readonly contents: ContentTable
  readonly access: AccessTable
  readonly taint: TaintTable
  readonly rollouts: RolloutTable
  readonly decisions: DecisionTable
  readonly limits: LimitTable
  readonly doors: DoorTable
}

/** How a port of the store asks its tables. */
export interface Transactions {
  /** Sees one state of the file. */
  readonly read: <Result>(work: (tables: Tables) => Result) => Promise<Result>
  /** All of it or nothing. */
  readonly write: <Result>(work: (tables: Tables) => Result) => Promise<Result>
}

export function tablesOf(database: DatabaseSync): Tables {
  const sql = new Statements(database)
  return {
    database,
    money: new MoneyTables(sql),
    usage: new UsageWriter(database),
    budgets: new BudgetTable(sql),
    alerts: new AlertTable(sql),
    contents: new ContentTable(sql),
    access: new AccessTable(sql),
    taint: new TaintTable(sql),
    rollouts: new RolloutTable(sql),
    decisions: new DecisionTable(sql),
    limits: new LimitTable(sql),
    doors: new DoorTable(sql),
  }
}
