// Owns where a task may go: an ordered list of cleared attempts and, for each candidate left out, why.

import type { Attempt, ClearedAttempt, RouteReason } from '../domain/attempt.ts'
import type { EffectiveClassification } from '../domain/data-classification.ts'
import { locationOf } from '../domain/model-location.ts'
import type { ProviderRef, ProviderRole } from '../domain/provider-ref.ts'
import type { RoutingRule } from '../domain/routing-rule.ts'
import type { Task, TaskHints } from '../domain/task.ts'
import { clear } from './clearance.ts'
import { matchesRule } from './match-rule.ts'

/** A provider as routing sees it: closed ones are listed so that `explain` can say so. */
export interface RoutableProvider extends ProviderRef {
  readonly closedBecause: string | undefined
}

export interface RoutingPolicy {
  readonly rules: readonly RoutingRule[]
  /** Provider names in the order in which the next one is asked. */
  readonly fallback: readonly string[]
  readonly providers: readonly RoutableProvider[]
  /** What becomes of restricted data whose caller names a cloud model. */
  readonly onExplicitCloudModel: 'reroute' | 'reject'
}

export type ExclusionCause = 'restricted_data' | 'provider_closed' | 'outside_tier'

export interface ExcludedCandidate {
  readonly provider: string
  readonly model: string
  readonly cause: ExclusionCause
  readonly detail: string
}

/** Made before anything is sent. For a restricted task all attempts are local, so no fallback can leak it. */
export interface RoutePlan {
  readonly classification: EffectiveClassification
  readonly reason: RouteReason
  /** The rule that chose: `restricted data stays local`, or `explicit model`. */
  readonly rule: string
  readonly attempts: readonly ClearedAttempt[]
  /** Restricted data, a cloud model by name, and a policy that rejects rather than reroutes. No attempts then. */
  readonly rejected: boolean
  readonly excluded: readonly ExcludedCandidate[]
}

interface Candidate {
  readonly provider: RoutableProvider
  readonly model: string
}

/** Pure and synchronous: the same task, classification and policy give the same plan. */
export function route(task: Task, classification: EffectiveClassification, policy: RoutingPolicy): RoutePlan {
  const choice = choose(task, classification, policy)
  const attempts: ClearedAttempt[] = []
  const excluded: ExcludedCandidate[] = []
  let rerouted = false
  for (const [index, candidate] of candidatesInOrder(choice.first, task, policy).entries()) {
    const { provider, model } = candidate
    const later = classification.restricted ? 'sensitive_data_local_only' : 'fallback'
    const reason = index === 0 ? choice.reason : later
    const cleared = clear({ task, provider, model, reason, classification } satisfies Attempt)
    const exclusion = exclusionOf(candidate, task)
    // That the provider of a named cloud model is closed as well makes no difference to its caller.
    if (!cleared && candidate === choice.first && exclusion?.cause !== 'outside_tier') rerouted = true
    if (exclusion) {
      excluded.push(exclusion)
      continue
    }
    if (cleared) {
      attempts.push(cleared)
      continue
    }
    const detail = `${classification.undecidable ? 'undecidable' : classification.level} data stays on this machine`
    excluded.push({ provider: provider.name, model, cause: 'restricted_data', detail })
  }
  const rejected = rerouted && choice.reason === 'explicit_model' && policy.onExplicitCloudModel === 'reject'
  const reason = rerouted ? 'sensitive_data_local_only' : choice.reason
  return { classification, reason, rule: choice.rule, attempts: rejected ? [] : attempts, rejected, excluded }
}

interface Choice {
  readonly first: Candidate | undefined
  readonly reason: RouteReason
  readonly rule: string
}

function choose(task: Task, classification: EffectiveClassification, policy: RoutingPolicy): Choice {
  if (task.model.by === 'provider') {
    const { provider: name, model } = task.model
    const provider = policy.providers.find((one) => one.name === name)
    return { first: provider && { provider, model }, reason: 'explicit_model', rule: 'explicit model' }
  }
  if (task.model.by === 'model') {
    const { model } = task.model
    const having = policy.providers.filter((one) => one.models.includes(model))
    const provider =
      (classification.restricted ? having.find((one) => locationOf(one, model) === 'local') : undefined) ?? having[0]
    return { first: provider && { provider, model }, reason: 'explicit_model', rule: 'explicit model' }
  }
  if (task.model.by === 'tier') return chooseInTier(task.model.tier, task, policy)
  for (const rule of policy.rules) {
    if (!matchesRule(rule.when, task, classification)) continue
    const provider = policy.providers.find((one) => one.name === rule.use)
    if (!provider) continue
    return { first: { provider, model: rule.model ?? modelAt(provider, task) }, reason: rule.reason, rule: rule.name }
  }
  return { first: undefined, reason: 'default_local', rule: 'none' }
}

/** `auto:local` and `auto:cloud`: the provider of that role, else the first one at that location. */
function chooseInTier(tier: 'local' | 'cloud', task: Task, policy: RoutingPolicy): Choice {
  const there = policy.providers.filter((one) => one.location === tier && one.closedBecause === undefined)
  const provider = there.find((one) => one.role === tier) ?? there[0]
  return {
    first: provider && { provider, model: modelAt(provider, task) },
    reason: 'explicit_model',
    rule: `model auto:${tier}`,
  }
}

/** The chosen candidate, then the chain: on from the chosen provider's place, then around from its start. */
function candidatesInOrder(first: Candidate | undefined, task: Task, policy: RoutingPolicy): Candidate[] {
  const { fallback, providers } = policy
  const place = first ? fallback.indexOf(first.provider.name) : -1
  const ordered: Candidate[] = first ? [first] : []
  for (let step = 1; step <= fallback.length; step += 1) {
    const name = fallback[(place + step) % fallback.length]
    const provider = providers.find((one) => one.name === name)
    if (!provider) continue
    const model = modelAt(provider, task)
    if (!ordered.some((one) => isSameCandidate(one, provider, model))) ordered.push({ provider, model })
  }
  return ordered
}

/** Nobody is asked twice. But a cloud model that a local server forwards stands for the cloud, not for that server. */
function isSameCandidate(earlier: Candidate, provider: RoutableProvider, model: string): boolean {
  if (earlier.provider !== provider) return false
  return earlier.model === model || locationOf(provider, earlier.model) === provider.location
}

/** The task's own model for a provider of that role, else the provider's first. */
function modelAt(provider: ProviderRef, task: Task): string {
  return modelOfRole(provider.role, task.hints) ?? provider.models[0] ?? ''
}

function modelOfRole(role: ProviderRole, hints: TaskHints): string | undefined {
  switch (role) {
    case 'local':
      return hints.modelLocal
    case 'cloud':
      return hints.modelCloud
    case 'openai':
      return hints.modelOpenai
  }
}

function exclusionOf({ provider, model }: Candidate, task: Task): ExcludedCandidate | undefined {
  if (provider.closedBecause !== undefined) {
    return { provider: provider.name, model, cause: 'provider_closed', detail: provider.closedBecause }
  }
  if (task.model.by === 'tier' && task.model.tier === 'local' && locationOf(provider, model) !== 'local') {
    return {
      provider: provider.name,
      model,
      cause: 'outside_tier',
      detail: 'the model name auto:local asks for local providers only',
    }
  }
  return undefined
}
