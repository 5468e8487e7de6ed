// Owns a provider's error reply: its kind by status and codes, and what the caller may see of its words.
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { ProviderFailure } from '../../domain/provider-failure.ts'
import type { UpstreamReply } from '../transport/exchange.ts'
import { failureOfStatus, kindOfStatus, MAX_ERROR_BYTES } from '../transport/status-failure.ts'
import { parseJson } from './json-reading.ts'
import { repeatsPrompt } from './repeats-prompt.ts'
import type { Wire } from './wire.ts'

/** OpenAI's codes where a kind has one. */
const codes: Partial<Record<ProviderFailure['kind'], string>> = {
  model_missing: 'model_not_found',
  context_exceeded: 'context_length_exceeded',
}

/** The failure that a reply other than 200 is. The body that the caller sees has OpenAI's envelope. */
export async function refusalOf(attempt: FundedAttempt, reply: UpstreamReply, wire: Wire): Promise<ProviderFailure> {
  const provider = attempt.provider.name
  const bytes = await reply.collect(MAX_ERROR_BYTES)
  const refusal = reply.status >= 400 ? wire.readRefusal(reply.status, parseJson(bytes.toString('utf8'))) : {}
  const kind = refusal.kind ?? kindOfStatus(reply.status, Buffer.of())
  const given = refusal.message?.slice(0, 2000)
  const message =
    given === undefined || repeatsPrompt(given, attempt.task.body)
      ? `${provider} does not accept this request (HTTP ${reply.status}).`
      : given
  const code = codes[kind] ?? refusal.code ?? null
  const error = { message, type: 'invalid_request_error', param: null, code, source: 'provider' }
  const headers: UpstreamReply['headers'] = { ...reply.headers, 'content-type': 'application/json' }
  if (refusal.retryAfterSeconds !== undefined) headers['retry-after'] ??= String(refusal.retryAfterSeconds)
  return failureOfStatus(provider, { status: reply.status, headers }, kind, Buffer.from(JSON.stringify({ error })))
}
