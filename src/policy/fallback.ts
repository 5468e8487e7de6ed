// Owns which error a client gets when no candidate answered.
import type { BudgetExceeded, BudgetStatus } from '../domain/budget.ts'
import { AegisError } from '../domain/errors.ts'
import { usdNumber, usdText } from '../domain/money.ts'
import type { AttemptRecord } from '../domain/outcome.ts'
import { failureKinds, type ProviderFailure } from '../domain/provider-failure.ts'
import { type ExcludedCandidate, isAboutRequest as isAboutRequestExclusion } from './exclusion.ts'
import type { RoutePlan } from './route.ts'
import type { UnboundedCost } from './unbounded-cost.ts'

/** What stood in the way of one attempt. */
export type Obstacle = { readonly kind: 'provider'; readonly failure: ProviderFailure } | UnsentObstacle

/** What stood in the way before anything was sent. */
export type UnsentObstacle =
  | { readonly kind: 'budget'; readonly exceeded: BudgetExceeded }
  /** `unbounded` is what the request asks for at an unknown cost; absent when the price itself is not known. */
  | {
      readonly kind: 'price_unknown'
      readonly provider: string
      readonly model: string
      readonly unbounded?: UnboundedCost | undefined
    }
  | { readonly kind: 'ledger'; readonly retryAfterSeconds: number }
  /** The provider has as many requests as it may have at once, and no place came free. */
  | { readonly kind: 'capacity'; readonly provider: string }

/**
 * One error for a request that nobody answered. First a refusal that no waiting would mend, then restricted data (its
 * caller must know that waiting for a local provider is the only way), then a provider that asked for patience or has no
 * place, then the last provider's failure, then money.
 */
export function finalError(
  plan: RoutePlan,
  obstacles: readonly Obstacle[],
  records: readonly AttemptRecord[],
): AegisError {
  const attempts = records.map(({ provider, model, result }) => ({ provider, model, result }))
  if (plan.rejected) return rejectedError(plan)
  const forbidden = forbiddenError(plan)
  if (forbidden && obstacles.length === 0) return forbidden
  const unfit = unfitError(plan)
  if (unfit && obstacles.length === 0) return unfit
  const failures = obstacles.flatMap((one) => (one.kind === 'provider' ? [one.failure] : []))
  const refusal = failures.find(({ kind }) => kind === 'rejected')
  if (refusal) return providerError(refusal, attempts)
  const waitingHelps =
    obstacles.length === 0 || obstacles.some((one) => one.kind !== 'provider' || !isAboutRequest(one.failure))
  if (plan.classification.restricted && waitingHelps && !failures.some((one) => one.kind === 'cancelled'))
    return restrictedError(plan, attempts, failures)
  const asked = failures.find((one) => one.retryAfterSeconds !== undefined)
  if (asked) return providerError(asked, attempts)
  const busy = obstacles.find((one) => one.kind === 'capacity')
  if (busy) return busyError(busy.provider, attempts)
  const failure = failures.at(-1)
  if (failure) return providerError(failure, attempts)
  const budget = obstacles.find((one) => one.kind === 'budget')
  if (budget) return budgetError(budget.exceeded, attempts)
  const ledger = obstacles.find((one) => one.kind === 'ledger')
  if (ledger) {
    return new AegisError(
      'ledger_unavailable',
      'The budget ledger cannot be written, so paid providers are closed; local ones are open.',
      {
        retryAfterSeconds: ledger.retryAfterSeconds,
        extra: { attempts },
      },
    )
  }
  const unpriced = obstacles.find((one) => one.kind === 'price_unknown')
  if (unpriced) {
    return unpricedError(unpriced, attempts)
  }
  const reasons = plan.excluded.map(({ provider, detail }) => `${provider}: ${detail}`).join('; ')
  return new AegisError('no_candidate', `No provider may answer this request${reasons ? ` (${reasons})` : ''}.`, {
    retryAfterSeconds: 30,
  })
}

/** The key allows nobody who might have answered: no waiting changes that. */
function forbiddenError({ attempts, excluded }: RoutePlan): AegisError | undefined {
  const forbidden = excluded.filter(({ cause }) => cause === 'key_not_allowed')
  if (attempts.length > 0 || forbidden.length === 0) return undefined
  const about = new Set(['key_not_allowed', 'restricted_data'])
  if (!excluded.every(({ cause }) => about.has(cause))) return undefined
  const names = forbidden.map(({ provider, model }) => `${provider}/${model}`).join(', ')
  return new AegisError('key_not_allowed', `This key may not use ${names}. GET /v1/models lists what it may use.`)
}

function unpricedError(
  { provider, model, unbounded }: Extract<Obstacle, { kind: 'price_unknown' }>,
  attempts: readonly object[],
): AegisError {
  const extra = { attempts }
  if (!unbounded) {
    const fix = priceLine(provider, model)
    const message = `The price of ${model} at ${provider} is not known, so its cost cannot be bounded: add ${fix}`
    return new AegisError('price_unknown', message, { extra })
  }
  const { member, reason, setting } = unbounded
  const fix = setting === undefined ? 'ask a model that is free' : `add ${setting} to pricing.${provider}."${model}"`
  const message = `The cost of this request at ${provider} cannot be bounded because of ${member}: ${reason}. Leave it out, or ${fix}.`
  return new AegisError('price_unknown', message, { param: member, extra })
}

/**
 * No candidate can serve the request, and waiting would not change that. Undefined where a provider that is closed or out
 * of the tier might have been the one; of restricted data only local ones could.
 */
function unfitError({ kind, excluded, classification }: RoutePlan): AegisError | undefined {
  const about = excluded.filter(isAboutRequestExclusion)
  if (about.length === 0) return undefined
  const others = excluded.filter((one) => !isAboutRequestExclusion(one) && one.cause !== 'restricted_data')
  const left_out = excluded.map(({ provider, model, cause, detail }) => ({ provider, model, cause, detail }))
  const refusal = about.find((one) => one.refusal)?.refusal
  // Who is out of the tier was ruled out by the caller.
  if (refusal && (classification.restricted || others.every(({ cause }) => cause === 'outside_tier'))) {
    return new AegisError('invalid_request', refusal.message, { param: refusal.param, extra: { left_out } })
  }
  if (others.length > 0 && !classification.restricted) return undefined
  const largest = about
    .filter(({ cause }) => cause === 'context_too_small')
    .reduce<ExcludedCandidate | undefined>(
      (best, one) => ((one.context_tokens ?? 0) > (best?.context_tokens ?? 0) ? one : best),
      undefined,
    )
  if (largest) {
    return new AegisError(
      'context_length_exceeded',
      `The prompt has at least ${largest.prompt_tokens} tokens, and the largest context window that may be used has ` +
        `${largest.context_tokens} (${largest.model} at ${largest.provider}). Shorten it, or configure a model with a larger one.`,
      {
        param: kind === 'chat' ? 'messages' : 'input',
        extra: { context_tokens: largest.context_tokens, prompt_tokens: largest.prompt_tokens, left_out },
      },
    )
  }
  const reasons = about.map(({ provider, model, detail }) => `${model} at ${provider} ${detail}`)
  return new AegisError('invalid_request', `No model that may be used can serve this request: ${reasons.join('; ')}.`, {
    extra: { left_out },
  })
}

/** The request would have to be another one, or the model: the same again fails again. */
function isAboutRequest({ kind }: ProviderFailure): boolean {
  const { status } = failureKinds[kind]
  return status === 400 || status === 404
}

/** The configuration line that gives a model its price. */
export function priceLine(provider: string, model: string): string {
  return `pricing: { ${provider}: { "${model}": { input_per_million: …, output_per_million: … } } }, or free: true`
}

function rejectedError(plan: RoutePlan): AegisError {
  return new AegisError(
    'invalid_request',
    `${plan.classification.level} data may not go to the model that was named. Ask for a local model or for "auto".`,
    { param: 'model' },
  )
}

function restrictedError(
  plan: RoutePlan,
  attempts: readonly object[],
  failures: readonly ProviderFailure[],
): AegisError {
  const level = plan.classification.undecidable ? 'undecidable' : plan.classification.level
  return new AegisError(
    'local_unavailable_for_restricted_data',
    `${level} data may only go to a local provider, and none can answer now. Start the local provider or try again later.`,
    { retryAfterSeconds: soonest(failures) ?? 10, extra: { classification: plan.classification.level, attempts } },
  )
}

/** Seconds until the first of those that asked for patience may be asked again. */
function soonest(failures: readonly ProviderFailure[]): number | undefined {
  const waits = failures.flatMap(({ retryAfterSeconds }) => retryAfterSeconds ?? [])
  return waits.length === 0 ? undefined : Math.min(...waits)
}

function providerError(failure: ProviderFailure, attempts: readonly object[]): AegisError {
  const { code, status } = failureKinds[failure.kind]
  // An error inside a 200 stream has no status of its own to pass on.
  const reply = failure.reply && failure.reply.status >= 400 ? failure.reply : undefined
  const retryAfterSeconds = failure.retryAfterSeconds ?? (status === 429 || status === 503 ? 5 : undefined)
  return new AegisError(code, failure.message, {
    status: reply?.status ?? status,
    retryAfterSeconds,
    source: 'provider',
    reply,
    extra: { provider: failure.provider, attempts },
    cause: failure,
  })
}

function busyError(provider: string, attempts: readonly object[]): AegisError {
  const message = `${provider} has as many requests as it may have at once, and no place came free in time.`
  return new AegisError('overloaded', message, { retryAfterSeconds: 5, extra: { provider, attempts } })
}

function budgetError({ budget, available }: BudgetExceeded, attempts: readonly object[]): AegisError {
  const inFlight = budget.reserved > 0 ? `, $${usdText(budget.reserved)} held by requests in flight` : ''
  const aside = budget.leased > 0 ? `, $${usdText(budget.leased)} set aside by other processes` : ''
  return new AegisError(
    'budget_exceeded',
    `The ${periodText(budget)}budget of ${subjectText(budget)} is $${usdText(budget.limit)}: $${usdText(budget.spent)} spent${inFlight}${aside}, ` +
      `$${usdText(available)} left, which this request could exceed. It was set by ${budget.rule}.`,
    {
      ...(budget.reserved + budget.leased > 0 ? { retryAfterSeconds: 5 } : {}),
      extra: {
        scope: budget.scope,
        subject: budget.subject,
        limit: usdNumber(budget.limit),
        spent: usdNumber(budget.spent),
        reserved: usdNumber(budget.reserved),
        period: budget.period,
        resets_at: budget.resetsAtMs === undefined ? null : new Date(budget.resetsAtMs).toISOString(),
        rule: budget.rule,
        attempts,
      },
    },
  )
}

function periodText({ window, period }: BudgetStatus): string {
  if (window === 'interval') return ''
  return window === 'rolling' ? `rolling ${period} ` : `${period} `
}

/** Keys, users and tags are named by their scope; restricted data has no names here. */
function subjectText({ scope, subject }: BudgetStatus): string {
  return scope === 'global' ? 'everything together' : `${scope} ${subject}`
}
