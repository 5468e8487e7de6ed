// Owns the walk down a plan: fund, send, and on a failure that permits it the next candidate. One budget of attempts, one deadline.
import type { Attempt, FundedAttempt } from '../domain/attempt.ts'
import type { CancelSignal } from '../domain/cancellation.ts'
import type { Completion } from '../domain/completion.ts'
import { AegisError } from '../domain/errors.ts'
import { ZERO_USD } from '../domain/money.ts'
import type { AttemptFailure } from '../domain/outcome.ts'
import { ProviderFailure } from '../domain/provider-failure.ts'
import { finalError, type Obstacle, type UnsentObstacle } from '../policy/fallback.ts'
import type { RoutePlan } from '../policy/route.ts'
import type { Provider } from '../providers/provider.ts'
import type { Answer, CompletionAnswer } from './answer.ts'
import { AttemptWalk } from './attempt-walk.ts'
import { committed } from './commit-point.ts'
import type { Funding } from './fund-attempt.ts'
import { fundInSlot } from './fund-in-slot.ts'
import { leaves, type Planned } from './plan-task.ts'
import type { ProxyDeps } from './proxy-deps.ts'
import type { RequestRecord } from './request-record.ts'
import { settleAttempt } from './settle-attempt.ts'
import { SettledStream } from './settle-stream.ts'
import { showsOutput } from './shown-output.ts'
import { withCost } from './usage-cost.ts'

/**
 * The first cleared attempt that can be paid and that answers.
 * @param search what must be done before the first candidate is asked that is not local; its plan takes the place of this.
 * @throws AegisError when none does; the error says what stood in the way of each.
 */
export async function tryAttempts(
  plan: RoutePlan,
  record: RequestRecord,
  deps: ProxyDeps,
  signal: CancelSignal,
  search?: Planned['search'],
): Promise<Answer> {
  const obstacles: Obstacle[] = []
  const asked = new Set<string>()
  let walk = new AttemptWalk(plan, record, obstacles, deps)
  let sent = 0
  for (let index = 0; sent < deps.maxAttempts && !signal.cancelled; index += 1) {
    const cleared = walk.next() ?? (await walk.again(signal))
    if (!cleared) break
    if (search && leaves(cleared)) {
      deps.breakers.leftOpen(cleared.provider, cleared.model, record.now())
      const searched = search()
      const planned = searched instanceof Promise ? await searched : searched
      plan = untried(planned.plan, asked)
      search = undefined
      record.replanned({ ...planned, plan })
      walk = new AttemptWalk(plan, record, obstacles, deps)
      continue
    }
    asked.add(nameOf(cleared))
    const startedMs = record.now()
    const funded = fundInSlot(cleared, index, deps, signal)
    const result = funded instanceof Promise ? await funded : funded
    if ('obstacle' in result) {
      deps.breakers.leftOpen(cleared.provider, cleared.model, startedMs)
      obstacles.push(result.obstacle)
      record.add(cleared, attemptFailureOf(result.obstacle), startedMs, ZERO_USD)
      if (result.obstacle.kind === 'budget' && result.obstacle.exceeded.onExceeded === 'reject') break
      continue
    }
    sent += 1
    try {
      return await send(result.funding, record, deps, signal, startedMs)
    } catch (error) {
      const failure = settleFailure(error, result.funding, record, deps, startedMs)
      // A deadline that a caller chose, or its going away, says nothing of the provider.
      if (signal.cancelled) deps.breakers.leftOpen(cleared.provider, cleared.model, record.now())
      else deps.breakers.failed(cleared.provider, cleared.model, failure, record.now())
      obstacles.push({ kind: 'provider', failure })
      if (!failure.fallback) break
      walk.failed(cleared, failure)
    }
  }
  const left = signal.cancelled === 'client_closed'
  const error = left
    ? new AegisError('client_closed', 'The caller left before the request was answered.')
    : finalError(plan, obstacles, record.attempts)
  const status = left ? 'client_closed' : sent === 0 ? 'refused' : 'failed'
  record.finish({ status, httpStatus: left ? 499 : error.status })
  throw error
}

/** Whoever was asked under the old plan is not asked again under the new one. */
function untried(plan: RoutePlan, asked: ReadonlySet<string>): RoutePlan {
  return { ...plan, attempts: plan.attempts.filter((attempt) => !asked.has(nameOf(attempt))) }
}

function nameOf({ provider, model }: Attempt): string {
  return `${provider.name}/${model}`
}

async function send(
  funding: Funding,
  record: RequestRecord,
  deps: ProxyDeps,
  signal: CancelSignal,
  startedMs: number,
): Promise<Answer> {
  const { attempt } = funding
  const provider = deps.providers.get(attempt.provider.name)
  if (!provider) throw new Error(`provider ${attempt.provider.name} is in the policy but was not constructed`)
  const isEmbedding = attempt.task.body.kind === 'embedding'
  const replying = isEmbedding ? embed(provider, attempt, signal) : provider.execute(attempt, signal)
  attempt.task.body.releaseView()
  const reply = await replying
  if (reply.kind === 'completion') {
    answered(attempt, record, deps, startedMs)
    return settleCompletion(reply, funding, record, deps, startedMs)
  }
  const stream = await committed(reply)
  answered(attempt, record, deps, startedMs)
  record.add(attempt, 'answered', startedMs, ZERO_USD)
  record.firstByte()
  record.decided()
  return { kind: 'stream', facts: record.facts(attempt), stream: new SettledStream(stream, funding, record, deps) }
}

/** What following requests should know of an answer that has begun. */
function answered(
  { provider, model }: FundedAttempt,
  record: RequestRecord,
  { breakers, balancer }: ProxyDeps,
  startedMs: number,
): void {
  const nowMs = record.now()
  breakers.answered(provider, model, nowMs)
  balancer.answered(provider, nowMs - startedMs, nowMs)
}

function embed(provider: Provider, attempt: FundedAttempt, signal: CancelSignal): Promise<Completion> {
  if (provider.embed) return provider.embed(attempt, signal)
  const { name } = provider.ref
  throw new ProviderFailure('unsupported', { provider: name, message: `${name} does not embed.`, dispatched: false })
}

function settleCompletion(
  reply: Completion,
  funding: Funding,
  record: RequestRecord,
  deps: ProxyDeps,
  startedMs: number,
): CompletionAnswer {
  const { attempt } = funding
  const end = { usage: reply.usage, failure: undefined, deliveredTokens: shownTokens(reply) }
  const { cost, usage, quality } = settleAttempt(funding, end, deps)
  record.add(attempt, 'answered', startedMs, cost)
  record.firstByte()
  record.mints(reply.body)
  const ended = { status: 'ok', httpStatus: 200, answeredBy: attempt, usage, usageQuality: quality } as const
  record.finish({ ...ended, reply: [reply.body] })
  return {
    kind: 'completion',
    facts: record.facts(attempt),
    wire: reply.wire,
    body: withCost(reply.body, cost),
    usage: reply.usage,
    cost,
  }
}

/** Whether a whole answer shows that something was generated; looked at only where its usage says that nothing was. */
function shownTokens({ body, usage }: Completion): number {
  return usage?.outputTokens === 0 && showsOutput(body) ? 1 : 0
}

/** Settles what a failed attempt may have cost. A fault of ours counts as a failure after sending. */
function settleFailure(
  error: unknown,
  funding: Funding,
  record: RequestRecord,
  deps: ProxyDeps,
  startedMs: number,
): ProviderFailure {
  const { attempt } = funding
  const provider = attempt.provider.name
  const failure =
    error instanceof ProviderFailure
      ? error
      : new ProviderFailure('server_error', {
          provider,
          message: `the adapter of ${provider} failed.`,
          dispatched: true,
          cause: error,
        })
  const { cost } = settleAttempt(funding, { usage: undefined, failure, deliveredTokens: 0 }, deps)
  record.add(attempt, failure.kind, startedMs, cost)
  return failure
}

function attemptFailureOf(obstacle: UnsentObstacle): AttemptFailure {
  switch (obstacle.kind) {
    case 'budget':
      return 'budget_exceeded'
    case 'ledger':
      return 'ledger_unavailable'
    case 'price_unknown':
      return 'price_unknown'
    case 'capacity':
      return 'queue_full'
  }
}
