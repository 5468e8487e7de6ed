// Owns what is kept of a request for later: what the rules look at, and nothing that its caller wrote.
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { DecisionFacts, DecisionHints } from '../domain/recorded-decision.ts'
import type { ModelChoice, Task } from '../domain/task.ts'
import type { RoutePlan } from '../policy/route.ts'

/** Of a restricted request the names of models are kept where the configuration has them; any other may be content. */
export function decisionFacts(task: Task, plan: RoutePlan, providers: readonly ProviderRef[]): DecisionFacts {
  const { hints, model, body } = task
  const { restricted } = plan.classification
  return {
    kind: plan.kind,
    model: restricted ? knownChoice(model, providers) : model,
    hints: hintsOf(hints, restricted, providers),
    needs: plan.needs,
    bodyBytes: body.bytes.length,
  }
}

function hintsOf(hints: Task['hints'], restricted: boolean, providers: readonly ProviderRef[]): DecisionHints {
  const { qualityRequirement, complexity, batchSize, tags, modelLocal, modelCloud, modelOpenai } = hints
  if (!restricted) return { qualityRequirement, complexity, batchSize, tags, modelLocal, modelCloud, modelOpenai }
  return {
    qualityRequirement,
    complexity,
    batchSize,
    modelLocal: knownName(modelLocal, providers),
    modelCloud: knownName(modelCloud, providers),
    modelOpenai: knownName(modelOpenai, providers),
  }
}

const byPolicy: ModelChoice = { by: 'policy' }

function knownChoice(model: ModelChoice, providers: readonly ProviderRef[]): ModelChoice {
  if (model.by !== 'provider' && model.by !== 'model') return model
  return knownName(model.model, providers) === undefined ? byPolicy : model
}

function knownName(name: string | undefined, providers: readonly ProviderRef[]): string | undefined {
  return name !== undefined && providers.some(({ models }) => models.includes(name)) ? name : undefined
}
