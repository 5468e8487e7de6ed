// Owns the verdict on a policy case: what would become of its task, beside what was expected.
import { AegisError } from '../../domain/errors.ts'
import type { LLMTask } from '../../domain/llm-task.ts'
import type { AegisLLMProxy } from '../../library/aegis-llm-proxy.ts'
import type { CaseExpectation, CaseTask, PolicyCase } from './policy-case.ts'

/** What would become of a task, in the words of an expectation. */
export interface Decision extends CaseExpectation {
  readonly excluded: Readonly<Record<string, string>>
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

/** Runs one case. Nobody is called. Budgets and prices play no part: they depend on the day. */
export async function decideCase({ name, line, task, expect }: PolicyCase, aegis: AegisLLMProxy): Promise<CaseResult> {
  const decision = await decide(libraryTask(task), aegis)
  const differences = differencesOf(expect, decision)
  return { name, line, passed: differences.length === 0, differences, decision }
}

async function decide(task: LLMTask, aegis: AegisLLMProxy): Promise<Decision> {
  try {
    const { rule, candidates, excluded: leftOut } = aegis.explain(task)
    const excluded = Object.fromEntries(leftOut.map(({ provider, cause }) => [provider, cause]))
    const [first, ...later] = candidates
    if (!first) return { error: await refusalOf(task, aegis), excluded, rule }
    const { provider, model, location, reason } = first
    return { provider, model, location, reason, fallback: later.map((one) => one.provider), excluded, rule }
  } catch (error) {
    if (error instanceof AegisError) return { error: error.code, excluded: {} }
    throw error
  }
}

/** The error of a task without candidates, from the real path: with nobody to ask, nobody is asked. */
async function refusalOf(task: LLMTask, aegis: AegisLLMProxy): Promise<string> {
  return aegis.generate(task).then(
    () => 'internal_error',
    (error: unknown) => {
      if (error instanceof AegisError) return error.code
      throw error
    },
  )
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

function differencesOf(expected: CaseExpectation, got: Decision): readonly Difference[] {
  const differences: Difference[] = []
  const compare = (what: string, wanted: string | undefined, actual: string | undefined) => {
    if (wanted === undefined || wanted === actual) return
    const instead = got.error === undefined ? `an answer of ${got.provider}` : `error ${got.error}`
    differences.push({ what, expected: wanted, got: actual ?? instead })
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
