/** Owns the mix of requests: every dialect, whole and streamed, of data that may leave and of data that may not. */
import type { JsonObject } from '../../src/testing/index.ts'
import { canaries, harmless } from '../../test/make/canaries.ts'
import type { Random } from './random.ts'

/** Stands in every declared text that must not leave; no detector knows it. */
export const declaredCanary = 'bluebird-canary-7f3a9c'

const routes = [
  '/v1/chat/completions',
  '/v1/messages',
  '/v1/responses',
  '/v1/completions',
  '/v1/embeddings',
  '/api/chat',
] as const
export type Route = (typeof routes)[number]

export interface PlannedRequest {
  readonly index: number
  readonly route: Route
  readonly body: JsonObject
  readonly headers: Readonly<Record<string, string>>
  readonly stream: boolean
  readonly data: 'public' | 'undeclared' | 'declared restricted' | 'undeclared canary'
  /** It may not leave the machine, whoever says so. */
  readonly restricted: boolean
  /** Only a paid provider has what it asks for, so that a fault there is a fault of the answer. */
  readonly paidOnly: boolean
  /** The client goes away so long after it has asked; undefined for one that stays. */
  readonly leavesAfterMs: number | undefined
}

const SHARE_RESTRICTED = 0.3
const SHARE_LEAVING = 0.08
const MAX_TOKENS = 40
const found = Object.values(canaries)

/** The request of this number: the same for the same random numbers. */
export function planRequest(index: number, random: Random): PlannedRequest {
  // A share each to the most used route, and to one of all.
  const route = random.chance(0.3) ? '/v1/chat/completions' : random.pick(routes)
  const embeds = route === '/v1/embeddings'
  const stream = !embeds && random.chance(0.5)
  const restricted = random.chance(SHARE_RESTRICTED)
  const declared = random.chance(0.5)
  const data = restricted
    ? declared
      ? 'declared restricted'
      : 'undeclared canary'
    : declared
      ? 'public'
      : 'undeclared'
  const text = textOf(data, index, random)
  const paidOnly = embeds && !restricted && random.chance(0.3)
  const headers = {
    ...(data === 'public' ? { 'x-aegis-data-classification': 'public' } : {}),
    ...(data === 'declared restricted'
      ? { 'x-aegis-data-classification': random.pick(['confidential', 'pii', 'hipaa']) }
      : {}),
    ...(embeds ? {} : random.pick(tempting)),
  }
  return {
    ...{ index, route, stream, data, restricted, paidOnly, headers },
    body: bodyOf(route, text, { stream, paidOnly, user: `user-${random.between(1, 6)}`, kept: random.chance(0.3) }),
    leavesAfterMs: random.chance(SHARE_LEAVING) ? random.between(0, 150) : undefined,
  }
}

/** Most prefer a cloud, where the faults are. */
const tempting: readonly Readonly<Record<string, string>>[] = [
  { 'x-aegis-quality-requirement': 'critical', 'x-aegis-complexity': 'high' },
  { 'x-aegis-quality-requirement': 'critical', 'x-aegis-complexity': 'very_high' },
  { 'x-aegis-batch-size': '20' },
  {},
]

function textOf(data: PlannedRequest['data'], index: number, random: Random): string {
  const question = `Question ${index}: which of the ${harmless} are round?`
  if (data === 'declared restricted') return `${question} ${declaredCanary}`
  if (data === 'undeclared canary') return `${question}\n${random.pick(found)}`
  return question
}

interface BodyWishes {
  readonly stream: boolean
  readonly paidOnly: boolean
  readonly user: string
  /** A response that is kept for later requests. */
  readonly kept: boolean
}

function bodyOf(route: Route, text: string, { stream, paidOnly, user, kept }: BodyWishes): JsonObject {
  const messages = [{ role: 'user', content: text }]
  const model = 'auto'
  switch (route) {
    case '/v1/chat/completions':
      return { model, messages, stream, user, max_tokens: MAX_TOKENS }
    case '/v1/messages':
      return { model, messages, stream, max_tokens: MAX_TOKENS }
    case '/v1/responses':
      return { model, input: text, stream, user, max_output_tokens: MAX_TOKENS, store: kept }
    case '/v1/completions':
      return { model, prompt: text, stream, user, max_tokens: MAX_TOKENS }
    case '/v1/embeddings':
      return { model: paidOnly ? 'openai/text-embedding-3-small' : 'auto', input: text, user }
    case '/api/chat':
      return { model, messages, stream, options: { num_predict: MAX_TOKENS } }
  }
}
