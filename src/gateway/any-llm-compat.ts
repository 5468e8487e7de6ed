// Owns what `compat: any_llm` changes in how errors are told: statuses and words of the any-llm gateway 1.14.
import { AegisError } from '../domain/errors.ts'
import type { Dialect } from './render-error.ts'
import type { Route } from './routes.ts'

const PROVIDER_FAILED = 'The request could not be completed by the provider'

/** Errors of OpenAI's routes have a `detail` too. */
export function compatDialect(dialect: Dialect): Dialect {
  return dialect === 'openai' ? 'management' : dialect
}

/** The same error as that gateway would tell it. */
export function compatError(error: AegisError, route: Route | undefined): AegisError {
  const { message, param, extra, cause } = error
  switch (error.code) {
    case 'invalid_request':
      // A member that must be there for the caller alone is 400 there.
      if (error.source === 'provider' || param === 'user') return error
      return new AegisError('invalid_request', message, { param, extra, cause, status: 422 })
    case 'key_not_allowed':
      if (route?.dialect !== 'management') return error
      return new AegisError('invalid_key', `Invalid master key. ${message}`, { param, extra, cause })
    case 'upstream_error':
    case 'upstream_unreachable':
    case 'upstream_timeout':
      return new AegisError(error.code, `${PROVIDER_FAILED}. ${message}`, {
        ...{ param, extra, cause, status: 500 },
        source: error.source,
      })
    default:
      return error
  }
}
