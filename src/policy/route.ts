// Owns where a task may go: an ordered list of cleared attempts and, for each candidate left out, why.

import type { Attempt, ClearedAttempt, RouteReason } from '../domain/attempt.ts'
import type { EffectiveClassification } from '../domain/data-classification.ts'
import { locationOf } from '../domain/model-location.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { OnlyThere } from '../domain/responses-body.ts'
import type { RoutingRule } from '../domain/routing-rule.ts'
import type { Task } from '../domain/task.ts'
import { type ChosenModel, chooseModel, namedModel } from './choose-model.ts'
import { clear } from './clearance.ts'
import type { ExcludedCandidate } from './exclusion.ts'
import { keyAllows } from './key-allows.ts'
import { matchesRule } from './match-rule.ts'
import type { ModelCatalogue } from './model-catalogue.ts'
import { type RequestNeeds, requestNeeds } from './request-needs.ts'

/** A provider as routing sees it: closed ones are listed so that `explain` can say so. */
export interface RoutableProvider extends ProviderRef {
  readonly closedBecause: string | undefined
}

export interface RoutingPolicy {
  readonly rules: readonly RoutingRule[]
  /** Provider names in the order in which the next one is asked. */
  readonly fallback: readonly string[]
  readonly providers: readonly RoutableProvider[]
  readonly catalogue: ModelCatalogue
  /** What becomes of restricted data whose caller names a cloud model. */
  readonly onExplicitCloudModel: 'reroute' | 'reject'
}

export type { ExcludedCandidate, ExclusionCause } from './exclusion.ts'

/** Made before anything is sent. For a restricted task all attempts are local, so no fallback can leak it. */
export interface RoutePlan {
  readonly kind: Task['body']['kind']
  readonly classification: EffectiveClassification
  readonly reason: RouteReason
  /** The rule that chose: `restricted data stays local`, or `explicit model`. */
  readonly rule: string
  readonly attempts: readonly ClearedAttempt[]
  /** Restricted data, a cloud model by name, and a policy that rejects rather than reroutes. No attempts then. */
  readonly rejected: boolean
  readonly excluded: readonly ExcludedCandidate[]
  /** What the request asks of a model. */
  readonly needs: RequestNeeds['capabilities']
}

/**
 * Pure and synchronous: the same task, classification and policy give the same plan.
 * @param needs what the task's body asks of a model, when that is known without the body.
 */
export function route(
  task: Task,
  classification: EffectiveClassification,
  policy: RoutingPolicy,
  needs: RequestNeeds = requestNeeds(task.body),
): RoutePlan {
  const look: Look = { task, policy, needs }
  const choice = choose(classification, look)
  const { native } = task.body
  const onlyThere = native?.wire === 'responses' ? native.onlyThere : undefined
  const { restricted } = classification
  const attempts: ClearedAttempt[] = []
  const excluded: ExcludedCandidate[] = []
  let rerouted = false
  let embedsWith: string | undefined
  for (const [index, planned] of candidatesInOrder(choice.first, look).entries()) {
    excluded.push(...planned.passedOver)
    const candidate = embedsWith === undefined ? planned : withModel(planned, embedsWith, look)
    const { provider, model } = candidate
    const later = restricted ? 'sensitive_data_local_only' : 'fallback'
    const reason = index === 0 ? choice.reason : later
    const cleared = clear({ task, provider, model, reason, classification } satisfies Attempt)
    const exclusion = exclusionOf(candidate, task)
    // That the provider of a named cloud model is closed as well makes no difference to its caller.
    if (!cleared && planned === choice.first && exclusion?.cause !== 'outside_tier') rerouted = true
    if (look.needs.kind === 'embedding' && cleared && (candidate.isNamed || !candidate.unfit)) embedsWith ??= model
    if (exclusion) excluded.push(exclusion)
    else if (!cleared) excluded.push(restrictedExclusion(candidate, classification))
    else if (onlyThere && (restricted || !provider.responses))
      excluded.push(routeless(candidate, onlyThere, restricted))
    else {
      const unfit = embedsWith === undefined || embedsWith === model ? candidate.unfit : otherVectors(candidate)
      if (unfit) excluded.push(unfit)
      else attempts.push(cleared)
    }
  }
  const rejected = rerouted && choice.reason === 'explicit_model' && policy.onExplicitCloudModel === 'reject'
  const reason = rerouted ? 'sensitive_data_local_only' : choice.reason
  return {
    kind: needs.kind,
    classification,
    reason,
    rule: choice.rule,
    attempts: rejected ? [] : attempts,
    rejected,
    excluded,
    needs: needs.capabilities,
  }
}

/** What is looked at for every candidate. */
interface Look {
  readonly task: Task
  readonly policy: RoutingPolicy
  readonly needs: RequestNeeds
}

/** A provider and the model that it would be asked for. */
interface Candidate extends ChosenModel {
  readonly provider: RoutableProvider
}

interface Choice {
  readonly first: Candidate | undefined
  readonly reason: RouteReason
  readonly rule: string
}

function choose(classification: EffectiveClassification, look: Look): Choice {
  const { task, policy } = look
  if (task.model.by === 'provider') {
    const { provider: name, model } = task.model
    const provider = policy.providers.find((one) => one.name === name)
    return { first: provider && named(provider, model, look), reason: 'explicit_model', rule: 'explicit model' }
  }
  if (task.model.by === 'model') {
    const { model } = task.model
    const { allowed } = task
    const having = policy.providers.filter(
      (one) => one.models.includes(model) && (allowed === undefined || keyAllows(allowed, one.name, model)),
    )
    const provider =
      (classification.restricted ? having.find((one) => locationOf(one, model) === 'local') : undefined) ?? having[0]
    return { first: provider && named(provider, model, look), reason: 'explicit_model', rule: 'explicit model' }
  }
  if (task.model.by === 'tier') return chooseInTier(task.model.tier, look)
  for (const rule of policy.rules) {
    if (!matchesRule(rule.when, task, classification)) continue
    const provider = policy.providers.find((one) => one.name === rule.use)
    if (!provider) continue
    const first = rule.model === undefined ? candidateAt(provider, look) : named(provider, rule.model, look)
    return { first, reason: rule.reason, rule: rule.name }
  }
  return { first: undefined, reason: 'default_local', rule: 'none' }
}

/** `auto:local` and `auto:cloud`: the provider of that role, else the first one at that location. */
function chooseInTier(tier: 'local' | 'cloud', look: Look): Choice {
  const there = look.policy.providers.filter((one) => one.location === tier && one.closedBecause === undefined)
  const provider = there.find((one) => one.role === tier) ?? there[0]
  return { first: provider && candidateAt(provider, look), reason: 'explicit_model', rule: `model auto:${tier}` }
}

/** The chosen candidate, then the chain: on from the chosen provider's place, then around from its start. */
function candidatesInOrder(first: Candidate | undefined, look: Look): Candidate[] {
  const { fallback, providers } = look.policy
  const place = first ? fallback.indexOf(first.provider.name) : -1
  const ordered: Candidate[] = first ? [first] : []
  for (let step = 1; step <= fallback.length; step += 1) {
    const name = fallback[(place + step) % fallback.length]
    const provider = providers.find((one) => one.name === name)
    if (!provider) continue
    const candidate = candidateAt(provider, look)
    if (!ordered.some((one) => isSameCandidate(one, candidate))) ordered.push(candidate)
  }
  return ordered
}

/**
 * Nobody is asked twice. But a cloud model that a local server forwards stands for the cloud, not for that server, and a
 * model that cannot serve the request does not stand for another one that can.
 */
function isSameCandidate(earlier: Candidate, { provider, model }: Candidate): boolean {
  if (earlier.provider !== provider) return false
  if (earlier.model === model) return true
  return locationOf(provider, earlier.model) === provider.location && !earlier.unfit
}

function candidateAt(provider: RoutableProvider, { task, needs, policy }: Look): Candidate {
  return candidateOf(provider, chooseModel(provider, task.hints, needs, policy.catalogue, task.allowed))
}

function named(provider: RoutableProvider, model: string, { needs, policy }: Look): Candidate {
  return candidateOf(provider, namedModel(provider, model, needs, policy.catalogue))
}

/** Member by member: a spread is several times slower, and this is done for every request. */
function candidateOf(provider: RoutableProvider, { model, isNamed, unfit, passedOver }: ChosenModel): Candidate {
  return { provider, model, isNamed, unfit, passedOver }
}

/** Vectors of two models do not compare, so only another provider of the same model can step in. */
function withModel(candidate: Candidate, model: string, look: Look): Candidate {
  return candidate.provider.models.includes(model) ? named(candidate.provider, model, look) : candidate
}

function otherVectors({ provider, model }: Candidate): ExcludedCandidate {
  const detail = 'does not have the embedding model that was chosen, and vectors of another one do not compare'
  return { provider: provider.name, model, cause: 'lacks_capability', detail }
}

function restrictedExclusion(
  { provider, model }: Candidate,
  { level, undecidable }: EffectiveClassification,
): ExcludedCandidate {
  const detail = `${undecidable ? 'undecidable' : level} data stays on this machine`
  return { provider: provider.name, model, cause: 'restricted_data', detail }
}

/** Tools that a provider runs may ask others, so restricted data is kept from them wherever that provider is. */
function routeless({ provider, model }: Candidate, refusal: OnlyThere, restricted: boolean): ExcludedCandidate {
  const { param } = refusal
  const detail = restricted
    ? `is not asked for ${param} with restricted data`
    : `has no route for responses, which ${param} needs`
  return { provider: provider.name, model, cause: 'lacks_route', detail, refusal }
}

function exclusionOf({ provider, model }: Candidate, task: Task): ExcludedCandidate | undefined {
  if (task.allowed !== undefined && !keyAllows(task.allowed, provider.name, model)) {
    return { provider: provider.name, model, cause: 'key_not_allowed', detail: 'the key that asks may not use it' }
  }
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
