// Owns how a rollout is shown on a terminal.
import type { CohortView, RolloutStepView, RolloutView } from '../../rollout/rollout-view.ts'
import { type Column, sayTable } from '../table.ts'
import { say, styled } from '../terminal.ts'

const SHOWN_STEPS = 10

export function sayRollout(view: RolloutView): void {
  const { phase, percent, candidate, id, by, cause, stage, shadow } = view
  const color = phase === 'rolled_back' ? 'red' : phase === 'paused' ? 'yellow' : 'green'
  say(
    `${styled(color, phase.replace('_', ' '))}: ${percent} % of the traffic, by ${by}, candidate ${candidate} (${id})`,
  )
  if (cause) say(styled('red', `sent back by ${cause.gate}: ${rounded(cause.value)}, and the limit is ${cause.limit}`))
  if (stage && phase !== 'completed') say(stageText(stage, view))
  if (view.nameless > 0) say(`${view.nameless} requests name no ${by} and stay with the current policy`)
  if (shadow) sayShadow(shadow)
  if (percent > 0) {
    say()
    sayTable(cohortColumns, Object.entries(view.cohorts))
  }
  if (view.gates.length > 0) {
    say()
    sayTable(gateColumns, view.gates)
  }
  if (view.steps.length > 0) {
    say()
    sayTable(stepColumns, view.steps.slice(0, SHOWN_STEPS))
  }
}

function stageText(stage: NonNullable<RolloutView['stage']>, { phase, cohorts }: RolloutView): string {
  const { elapsed_ms, min_time_ms, min_requests, next_percent } = stage
  const had = `${timeText(elapsed_ms)} of ${timeText(min_time_ms)}, ${cohorts.candidate.requests} of ${min_requests} requests`
  if (phase !== 'running') return `${had}; waits for \`aegis rollout resume\``
  return `${had}; then ${next_percent === null ? 'it is completed' : `${next_percent} %`}`
}

/** Seconds of a short time, minutes of a long one. */
function timeText(milliseconds: number): string {
  return milliseconds < 120_000 ? `${Math.floor(milliseconds / 1000)} s` : `${Math.floor(milliseconds / 6000) / 10} min`
}

function sayShadow(shadow: NonNullable<RolloutView['shadow']>): void {
  const { compared, agree, priced, differ } = shadow
  say(`${compared} decisions compared, ${agree} the same`)
  if (priced > 0) {
    say(
      `$${rounded(shadow.cost_current_usd)} now, $${rounded(shadow.cost_candidate_usd)} by the candidate, for ${priced}`,
    )
  }
  if (differ.length === 0) return
  say()
  sayTable(differColumns, differ)
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(6)))
}

const cohortColumns: readonly Column<[string, CohortView]>[] = [
  { title: 'policy', value: ([name]) => name },
  { title: 'requests', value: ([, { requests }]) => String(requests), right: true },
  { title: 'errors', value: ([, { error_rate_percent }]) => `${error_rate_percent.toFixed(1)}%`, right: true },
  { title: 'p95 ms', value: ([, { p95_ms }]) => String(p95_ms), right: true },
  { title: 'cost', value: ([, { cost_usd }]) => `$${rounded(cost_usd)}`, right: true },
]

const gateColumns: readonly Column<RolloutView['gates'][number]>[] = [
  { title: 'gate', value: ({ gate }) => gate },
  { title: 'value', value: ({ value }) => rounded(value), right: true },
  { title: 'limit', value: ({ limit }) => String(limit), right: true },
  {
    title: 'verdict',
    value: ({ passes }) => (passes ? 'passes' : 'fails'),
    style: ({ passes }) => (passes ? 'green' : 'red'),
  },
]

const differColumns: readonly Column<NonNullable<RolloutView['shadow']>['differ'][number]>[] = [
  { title: 'reason', value: ({ reason }) => reason },
  { title: 'now', value: ({ from }) => from || 'nobody' },
  { title: 'candidate', value: ({ to }) => to || 'nobody' },
  { title: 'requests', value: ({ requests }) => String(requests), right: true },
]

const stepColumns: readonly Column<RolloutStepView>[] = [
  { title: 'when', value: ({ at }) => at },
  { title: 'by', value: ({ by }) => by },
  { title: 'step', value: ({ action }) => action.replace('_', ' ') },
  { title: 'from', value: ({ from_percent }) => `${from_percent} %`, right: true },
  { title: 'to', value: ({ to_percent }) => `${to_percent} %`, right: true },
  { title: 'gate', value: ({ cause }) => (cause ? `${cause.gate} ${rounded(cause.value)} > ${cause.limit}` : '-') },
]
