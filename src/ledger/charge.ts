// Owns how charges become spending: for each of their subjects, in the slots of time in which they were reserved.
import type { BudgetScope } from '../domain/budget.ts'
import { nanoUsd } from '../domain/money.ts'
import { COARSE_GRAIN_SECONDS, slotOf } from './slots.ts'
import type { SpendChange, Subject } from './store.ts'

/** What an attempt came to. Amounts in nano-dollars. */
export interface Charge {
  readonly subjects: readonly ChargedSubject[]
  readonly madeAtMs: number
  readonly cost: number
  /** Nobody knows whether it was billed. */
  readonly unsettled: boolean
}

export interface ChargedSubject extends Subject {
  readonly fineGrains: readonly number[]
}

interface Sum {
  readonly scope: BudgetScope
  readonly name: string
  readonly grainSeconds: number
  readonly slotMs: number
  amount: number
  unsettled: number
}

/** Adds charges up: one change for each subject and slot. */
export function spendOf(charges: readonly Charge[]): SpendChange[] {
  const sums = new Map<string, Sum>()
  for (const charge of charges) {
    if (charge.cost === 0) continue
    for (const subject of charge.subjects) {
      add(sums, charge, subject, COARSE_GRAIN_SECONDS)
      for (const grainSeconds of subject.fineGrains) add(sums, charge, subject, grainSeconds)
    }
  }
  return [...sums.values()].map((sum) => ({ ...sum, amount: nanoUsd(sum.amount), unsettled: nanoUsd(sum.unsettled) }))
}

function add(sums: Map<string, Sum>, charge: Charge, { scope, name }: Subject, grainSeconds: number): void {
  const slotMs = slotOf(charge.madeAtMs, grainSeconds)
  const id = `${scope} ${grainSeconds} ${slotMs} ${name}`
  const sum = sums.get(id)
  const unsettled = charge.unsettled ? charge.cost : 0
  if (sum === undefined) {
    sums.set(id, { scope, name, grainSeconds, slotMs, amount: charge.cost, unsettled })
    return
  }
  sum.amount += charge.cost
  sum.unsettled += unsettled
}
