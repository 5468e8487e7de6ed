// Owns how decisions are written for keeping: a line of JSON for many, each of them a short list, so that a day's fit.
import { classificationSources, dataClassifications } from './data-classification.ts'
import { jsonText } from './json-text.ts'
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
  return batchText(decisions.map(decisionText).join(''))
}

/** One of them, to stand behind others: it begins with a comma. */
export function decisionText(decision: RecordedDecision): string {
  const { classification, answeredBy: by, usage, needs } = decision
  const flags = (classification.undecidable ? 1 : 0) + (classification.restricted ? 2 : 0)
  const times = `${Math.round(decision.receivedAtMs)},${Math.round(decision.durationMs)}`
  const level = `${dataClassifications.indexOf(classification.level)},${classificationSources.indexOf(classification.source)}`
  let bits = 0
  for (const need of needs) bits |= 1 << modelCapabilities.indexOf(need)
  const asked = `${choiceText(decision.model)},${hintText(decision.hints)},${bits},${decision.bodyBytes}`
  const answered = by ? `[${jsonText(by.provider)},${jsonText(by.model)},${jsonText(by.reason)}]` : '0'
  const head = `${jsonText(decision.requestId)},${times},${decision.kind === 'chat' ? 0 : 1},${level},${flags}`
  return `,[${head},${asked},${jsonText(decision.status)},${answered},${usage ? usageText(usage) : '0'},${decision.cost}]`
}

/** @param texts of `decisionText`, one after another. */
export function batchText(texts: string): string {
  return `[${VERSION}${texts}]`
}

/** What this version cannot read is left out. */
export function decisionsOfText(text: string): RecordedDecision[] {
  const [version, ...lists] = JSON.parse(text) as [number, ...Json[][]]
  return version === VERSION ? lists.map(decisionOf) : []
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

function choiceText(model: ModelChoice): string {
  switch (model.by) {
    case 'policy':
      return '0'
    case 'tier':
      return jsonText(model.tier)
    case 'model':
      return `[${jsonText(model.model)}]`
    case 'provider':
      return `[${jsonText(model.provider)},${jsonText(model.model)}]`
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
function hintText(hints: DecisionHints): string {
  const { qualityRequirement, complexity, batchSize, tags, modelLocal, modelCloud, modelOpenai } = hints
  const named = tags ?? modelLocal ?? modelCloud ?? modelOpenai
  if ((qualityRequirement ?? complexity ?? batchSize ?? named) === undefined) return '0'
  const list: Json[] = [
    qualityRequirement === undefined ? null : qualityRequirements.indexOf(qualityRequirement),
    complexity === undefined ? null : complexities.indexOf(complexity),
    batchSize ?? null,
    tags ?? null,
    modelLocal ?? null,
    modelCloud ?? null,
    modelOpenai ?? null,
  ]
  return JSON.stringify(list)
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

function usageText(usage: Usage): string {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage
  const { cacheWriteTokens, audioInputTokens, audioOutputTokens } = usage
  const usual = `${inputTokens},${outputTokens},${cachedInputTokens},${reasoningTokens}`
  const rare = [cacheWriteTokens, audioInputTokens, audioOutputTokens]
  if (rare.every((tokens) => tokens === undefined)) return `[${usual}]`
  return `[${usual},${rare.map((tokens) => tokens ?? 'null').join(',')}]`
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
