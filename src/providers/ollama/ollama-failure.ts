// Owns the reading of Ollama's error replies, which are `{"error": "…"}` without a code.
import type { FailureKind, ProviderFailure } from '../../domain/provider-failure.ts'
import type { UpstreamReply } from '../transport/exchange.ts'
import { failureOfStatus, kindOfStatus, MAX_ERROR_BYTES } from '../transport/status-failure.ts'

/**
 * A prompt that does not fit is a plain 400 here, so the kind is decided by whether the window was certain to hold
 * the prompt. What the client may see is written anew in OpenAI's envelope.
 */
export async function ollamaFailure(
  provider: string,
  reply: UpstreamReply,
  certainlyFits: boolean,
): Promise<ProviderFailure> {
  const body = await reply.collect(MAX_ERROR_BYTES)
  let kind: FailureKind = kindOfStatus(reply.status, body)
  if (kind === 'rejected' && !certainlyFits) kind = 'context_exceeded'
  return failureOfStatus(provider, reply, kind, openAIErrorBody(body, kind))
}

function openAIErrorBody(body: Buffer, kind: FailureKind): Buffer {
  const code = { model_missing: 'model_not_found', context_exceeded: 'context_length_exceeded' }[kind as string] ?? null
  const error = { message: errorText(body), type: 'invalid_request_error', param: null, code, source: 'provider' }
  return Buffer.from(JSON.stringify({ error }))
}

function errorText(body: Buffer): string {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    if (typeof parsed === 'object' && parsed !== null && 'error' in parsed && typeof parsed.error === 'string')
      return parsed.error
  } catch {
    // Not JSON: the client gets our sentence instead.
  }
  return 'Ollama does not accept this request.'
}
