// Owns the run of `aegis replay`: every recorded decision, decided again.
import { createStore } from '../../compose.ts'
import { decisionsOfText } from '../../domain/decision-text.ts'
import type { RecordedDecision } from '../../domain/recorded-decision.ts'
import type { LedgerStore } from '../../ledger/store.ts'
import { systemClock } from '../../open-aegis.ts'
import { replayDecision } from '../../policy/replay.ts'
import { CommandError } from '../command-error.ts'
import { configFromFile } from '../gateway/find-gateway.ts'
import { ledgerPlaceOf } from '../money/ledger-place.ts'
import { tellNoLedger } from '../money/run-budget-list.ts'
import { pastMoment } from '../parse-flags.ts'
import { type Column, sayTable } from '../table.ts'
import { say, sayJson, styled } from '../terminal.ts'
import { replayPolicy } from './replay-policy.ts'
import { type ProviderTotals, type ReplayDifference, type ReplayReport, ReplayTotals } from './replay-totals.ts'

export interface ReplayFlags {
  readonly policy: string
  readonly since: string
  readonly until?: string
  readonly differences: number
  readonly config?: string
  readonly json?: boolean
}

/** Batches read at once. */
const PAGE = 50

export async function runReplay(flags: ReplayFlags): Promise<void> {
  const current = await configFromFile(flags.config)
  if (!current) throw new CommandError('There is no configuration file here: name one with --config.', 2)
  const { policy, priceBook } = await replayPolicy(flags.policy, current)
  const nowMs = systemClock.wallMs()
  const sinceMs = pastMoment(flags.since, nowMs)
  const untilMs = flags.until === undefined ? undefined : pastMoment(flags.until, nowMs)
  const place = ledgerPlaceOf(current)
  const totals = new ReplayTotals()
  if (place.exists) {
    const store = await createStore(place.ledger, { readOnly: true })
    await store.open()
    try {
      for await (const decision of decisionsIn(store, sinceMs, untilMs ?? Number.POSITIVE_INFINITY)) {
        totals.add(decision, replayDecision(decision, policy, priceBook))
      }
    } finally {
      await store.close()
    }
  } else tellNoLedger(place.name)
  const until = untilMs === undefined ? null : new Date(untilMs).toISOString()
  const report = totals.report(flags.policy, new Date(sinceMs).toISOString(), until, flags.differences)
  if (flags.json) sayJson(report)
  else sayReport(report)
}

async function* decisionsIn(store: LedgerStore, sinceMs: number, untilMs: number): AsyncGenerator<RecordedDecision> {
  let afterId = 0
  for (;;) {
    const batches = await store.decisions.read({ sinceMs: Math.max(0, Math.floor(sinceMs)), afterId, limit: PAGE })
    for (const { id, decisions } of batches) {
      afterId = id
      for (const decision of decisionsOfText(decisions)) {
        if (decision.receivedAtMs >= sinceMs && decision.receivedAtMs < untilMs) yield decision
      }
    }
    if (batches.length < PAGE) return
  }
}

function sayReport(report: ReplayReport): void {
  const { decisions, same, different, unpriced } = report
  if (decisions === 0) {
    say(`No decisions since ${report.since}.`)
    return
  }
  say(`${decisions} decisions since ${report.since}: ${same} the same, ${different} different under ${report.policy}`)
  say(`$${money(report.compared_cost_usd)} as recorded, $${money(report.policy_cost_usd)} under the policy`)
  if (unpriced > 0) say(styled('dim', `${unpriced} left out of the costs: no usage, or no known price`))
  if (report.restricted_leaving > 0)
    say(styled('red', `${report.restricted_leaving} restricted requests would leave this machine`))
  say()
  sayTable(providerColumns, report.providers)
  if (report.differences.length === 0) return
  say()
  sayTable(differenceColumns, report.differences)
}

function money(usd: number): string {
  return String(Number(usd.toPrecision(6)))
}

const providerColumns: readonly Column<ProviderTotals>[] = [
  { title: 'provider', value: ({ provider }) => provider || 'nobody' },
  { title: 'requests', value: ({ recorded_requests }) => String(recorded_requests), right: true },
  { title: 'cost', value: ({ recorded_cost_usd }) => `$${money(recorded_cost_usd)}`, right: true },
  { title: 'would be', value: ({ policy_requests }) => String(policy_requests), right: true },
  { title: 'would cost', value: ({ policy_cost_usd }) => `$${money(policy_cost_usd)}`, right: true },
]

const differenceColumns: readonly Column<ReplayDifference>[] = [
  { title: 'from', value: ({ from }) => from || 'nobody' },
  { title: 'to', value: ({ to }) => to || 'nobody' },
  { title: 'reason', value: ({ reason }) => reason, dispensable: 1 },
  { title: 'requests', value: ({ requests }) => String(requests), right: true },
  { title: 'cost', value: ({ recorded_cost_usd }) => `$${money(recorded_cost_usd)}`, right: true },
  { title: 'would cost', value: ({ policy_cost_usd }) => `$${money(policy_cost_usd)}`, right: true },
]
