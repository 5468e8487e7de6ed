// Owns how decisions are written for keeping: a line of JSON for many, each of them a short list, so that a day's fit.
import { classificationSources, dataClassifications } from './data-classification.ts'
import { modelCapabilities } from './model-facts.ts'
import type { NanoUsd } from './money.ts'
import type { DecisionHints, RecordedDecision } from './recorded-decision.ts'
import { complexities, type ModelChoice, qualityRequirements } from './task.ts'
import type { Usage } from './usage.ts'

/** Raised whenever the order or the meaning of a member changes; what is older can still be read. */
const VERSION = 1

type Json = string | number | null | readonly Json[]

/**
 * A batch as text.
 * @example decisionsOfText(decisionsText([decision])) // [decision]
 */
export function decisionsText(decisions: readonly RecordedDecision[]): string {
  return JSON.stringify([VERSION, ...decisions.map(listOf)])
}

/** What this version cannot read is left out. */
export function decisionsOfText(text: string): RecordedDecision[] {
  const [version, ...lists] = JSON.parse(text) as [number, ...Json[][]]
  return version === VERSION ? lists.map(decisionOf) : []
}

function listOf(decision: RecordedDecision): Json[] {
  const { classification, model, hints, needs, answeredBy, usage } = decision
  return [
    decision.requestId,
    Math.round(decision.receivedAtMs),
    Math.round(decision.durationMs),
    decision.kind === 'chat' ? 0 : 1,
    dataClassifications.indexOf(classification.level),
    classificationSources.indexOf(classification.source),
    (classification.undecidable ? 1 : 0) + (classification.restricted ? 2 : 0),
    choiceList(model),
    hintList(hints),
    needs.reduce((bits, need) => bits | (1 << modelCapabilities.indexOf(need)), 0),
    decision.bodyBytes,
    decision.status,
    answeredBy ? [answeredBy.provider, answeredBy.model, answeredBy.reason] : 0,
    usage ? usageList(usage) : 0,
    decision.cost,
  ]
}

function decisionOf(list: readonly Json[]): RecordedDecision {
  const [requestId, receivedAtMs, durationMs, kind, level, source, flags, model, hints, needs, bodyBytes, ...end] = list
  const [status, answered, usage, cost] = end
  const bits = Number(needs)
  return {
    requestId: String(requestId),
    receivedAtMs: Number(receivedAtMs),
    durationMs: Number(durationMs),
    kind: kind === 0 ? 'chat' : 'embedding',
    classification: {
      level: dataClassifications[Number(level)] ?? 'hipaa',
      source: classificationSources[Number(source)] ?? 'undecidable',
      undecidable: (Number(flags) & 1) !== 0,
      restricted: (Number(flags) & 2) !== 0,
    },
    model: choiceOf(model),
    hints: hintsOf(hints),
    needs: modelCapabilities.filter((_, index) => (bits & (1 << index)) !== 0),
    bodyBytes: Number(bodyBytes),
    status: String(status),
    answeredBy: Array.isArray(answered)
      ? { provider: String(answered[0]), model: String(answered[1]), reason: String(answered[2]) }
      : undefined,
    usage: Array.isArray(usage) ? usageOf(usage) : undefined,
    cost: Number(cost) as NanoUsd,
  }
}

function choiceList(model: ModelChoice): Json {
  switch (model.by) {
    case 'policy':
      return 0
    case 'tier':
      return model.tier
    case 'model':
      return [model.model]
    case 'provider':
      return [model.provider, model.model]
  }
}

function choiceOf(list: Json | undefined): ModelChoice {
  if (list === 'local' || list === 'cloud') return { by: 'tier', tier: list }
  if (!Array.isArray(list)) return { by: 'policy' }
  const [first, second] = list.map(String)
  if (second === undefined) return { by: 'model', model: first ?? '' }
  return { by: 'provider', provider: first ?? '', model: second }
}

/** Most requests have no hint at all. */
function hintList(hints: DecisionHints): Json {
  const { qualityRequirement, complexity, batchSize, tags, modelLocal, modelCloud, modelOpenai } = hints
  const list: Json[] = [
    qualityRequirement === undefined ? null : qualityRequirements.indexOf(qualityRequirement),
    complexity === undefined ? null : complexities.indexOf(complexity),
    batchSize ?? null,
    tags ?? null,
    modelLocal ?? null,
    modelCloud ?? null,
    modelOpenai ?? null,
  ]
  return list.every((one) => one === null) ? 0 : list
}

function hintsOf(list: Json | undefined): DecisionHints {
  if (!Array.isArray(list)) return {}
  const [quality, complexity, batchSize, tags, modelLocal, modelCloud, modelOpenai] = list as readonly Json[]
  return {
    ...(typeof quality === 'number' ? { qualityRequirement: qualityRequirements[quality] } : {}),
    ...(typeof complexity === 'number' ? { complexity: complexities[complexity] } : {}),
    ...(typeof batchSize === 'number' ? { batchSize } : {}),
    ...(Array.isArray(tags) ? { tags: tags.map(String) } : {}),
    ...(typeof modelLocal === 'string' ? { modelLocal } : {}),
    ...(typeof modelCloud === 'string' ? { modelCloud } : {}),
    ...(typeof modelOpenai === 'string' ? { modelOpenai } : {}),
  }
}

function usageList(usage: Usage): Json[] {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage
  const { cacheWriteTokens, audioInputTokens, audioOutputTokens } = usage
  const usual = [inputTokens, outputTokens, cachedInputTokens, reasoningTokens]
  const rare = [cacheWriteTokens, audioInputTokens, audioOutputTokens]
  return rare.every((tokens) => tokens === undefined) ? usual : [...usual, ...rare.map((tokens) => tokens ?? null)]
}

function usageOf(list: readonly Json[]): Usage {
  const [inputTokens = 0, outputTokens = 0, cachedInputTokens = 0, reasoningTokens = 0, ...rare] = list.map((tokens) =>
    tokens === null ? undefined : Number(tokens),
  )
  const [cacheWriteTokens, audioInputTokens, audioOutputTokens] = rare
  return {
    ...{ inputTokens, outputTokens, cachedInputTokens, reasoningTokens },
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(audioInputTokens === undefined ? {} : { audioInputTokens }),
    ...(audioOutputTokens === undefined ? {} : { audioOutputTokens }),
  }
}
