// Owns the verdict on a policy case: the plan that a request would follow, beside what was expected. Pure.
import type { AegisConfig } from '../../config/aegis-config.ts'
import { AegisError } from '../../domain/errors.ts'
import type { LLMTask } from '../../domain/llm-task.ts'
import { locationOf } from '../../domain/model-location.ts'
import { taskOf } from '../../library/task-of.ts'
import { finalError } from '../../policy/fallback.ts'
import type { RoutePlan } from '../../policy/route.ts'
import { planTask } from '../../proxy/run-task.ts'
import type { CaseExpectation, CaseTask, PolicyCase } from './policy-case.ts'

/** What would become of a task, in the words of an expectation. */
export interface Decision {
  readonly provider?: string
  readonly model?: string
  readonly location?: string
  readonly reason?: string
  readonly fallback?: readonly string[]
  readonly excluded: Readonly<Record<string, string>>
  readonly error?: string
  /** The rule that chose; absent when the task was refused before routing. */
  readonly rule?: string
}

/** One thing that is not as expected. */
export interface Difference {
  readonly what: string
  readonly expected: string
  readonly got: string
}

export interface CaseResult {
  readonly name: string
  readonly line: number
  readonly passed: boolean
  readonly differences: readonly Difference[]
  readonly decision: Decision
}

/** Runs one case. Budgets and prices play no part: they depend on the day. */
export function decideCase({ name, line, task, expect }: PolicyCase, config: AegisConfig): CaseResult {
  const decision = decide(task, config)
  const differences = differencesOf(expect, decision)
  return { name, line, passed: differences.length === 0, differences, decision }
}

function decide(task: CaseTask, config: AegisConfig): Decision {
  try {
    return decisionOf(planOf(task, config))
  } catch (error) {
    if (error instanceof AegisError) return { error: error.code, excluded: {} }
    throw error
  }
}

function planOf(task: CaseTask, { providers, routing, privacy }: AegisConfig): RoutePlan {
  const { rules, fallback, timeoutMs } = routing
  const context = { requestId: 'policy-test', receivedAtMs: 0, timeoutMs, stream: false, providers }
  const policy = { rules, fallback, providers, onExplicitCloudModel: privacy.onExplicitCloudModel }
  const { defaultClassification } = privacy
  return planTask(taskOf(libraryTask(task), context), { policy, defaultClassification })
}

function libraryTask({ prompt = 'A policy test.', tags, model, ...hints }: CaseTask): LLMTask {
  const { data_classification, quality_requirement, complexity, batch_size } = hints
  return {
    prompt,
    ...(data_classification === undefined ? {} : { dataClassification: data_classification }),
    ...(quality_requirement === undefined ? {} : { qualityRequirement: quality_requirement }),
    ...(complexity === undefined ? {} : { complexity }),
    ...(batch_size === undefined ? {} : { batchSize: batch_size }),
    ...(model === undefined ? {} : { model }),
    ...(tags === undefined ? {} : { tags }),
  }
}

function decisionOf(plan: RoutePlan): Decision {
  const excluded = Object.fromEntries(plan.excluded.map(({ provider, cause }) => [provider, cause]))
  const [first, ...later] = plan.attempts
  if (!first) return { error: finalError(plan, [], []).code, excluded, rule: plan.rule }
  return {
    provider: first.provider.name,
    model: first.model,
    location: locationOf(first.provider, first.model),
    reason: first.reason,
    fallback: later.map(({ provider }) => provider.name),
    excluded,
    rule: plan.rule,
  }
}

function differencesOf(expected: CaseExpectation, got: Decision): readonly Difference[] {
  const differences: Difference[] = []
  const compare = (what: string, wanted: string | undefined, actual: string | undefined) => {
    if (wanted === undefined || wanted === actual) return
    differences.push({ what, expected: wanted, got: actual ?? (got.error ? `error ${got.error}` : 'an answer') })
  }
  for (const what of ['provider', 'model', 'location', 'reason', 'error'] as const) {
    compare(what, expected[what], got[what])
  }
  compare('fallback', expected.fallback && listText(expected.fallback), got.fallback && listText(got.fallback))
  for (const [provider, cause] of Object.entries(expected.excluded ?? {})) {
    compare(`excluded.${provider}`, cause, got.excluded[provider] ?? 'not left out')
  }
  return differences
}

function listText(names: readonly string[]): string {
  return `[${names.join(', ')}]`
}
