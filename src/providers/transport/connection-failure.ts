// Owns the reading of socket and HTTP client errors: which kind of failure each code is. Codes only, never messages.
import { type FailureKind, ProviderFailure } from '../../domain/provider-failure.ts'

const kindOfCode: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EPIPE: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  UND_ERR_SOCKET: 'unreachable',
  UND_ERR_CLOSED: 'unreachable',
  UND_ERR_DESTROYED: 'unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'malformed',
  UND_ERR_HEADERS_OVERFLOW: 'malformed',
  AEGIS_NOT_LOCAL: 'privacy_refused',
}

const sentences: Partial<Record<FailureKind, string>> = {
  unreachable: 'could not be reached',
  timeout: 'did not answer in time',
  malformed: 'sent something that is not a usable answer',
  privacy_refused: 'does not resolve to a local address and was not contacted',
}

/** Where in an exchange the error came. */
export interface ExchangeStage {
  readonly dispatched: boolean
  readonly answered: boolean
}

/** The failure that an error of the socket or the HTTP parser stands for. */
export function connectionFailure(provider: string, error: unknown, stage: ExchangeStage): ProviderFailure {
  const code = codeOf(error)
  let kind: FailureKind = code.startsWith('HPE_') ? 'malformed' : (kindOfCode[code] ?? 'unreachable')
  if (stage.answered && kind === 'unreachable') kind = 'truncated'
  const what =
    kind === 'truncated' ? 'closed the connection before the answer was complete' : (sentences[kind] ?? 'failed')
  return new ProviderFailure(kind, {
    provider,
    message: `${provider} ${what}${code ? ` (${code})` : ''}.`,
    dispatched: stage.dispatched,
    cause: error,
  })
}

/** The `code` of an error, looking into aggregates (a refused connection on two address families is one). */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  // undici's parser error has no code when the parser gave no reason.
  if ('name' in error && error.name === 'HTTPParserError') return 'HPE_INVALID'
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return ''
}
