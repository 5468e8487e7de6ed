// Owns how a command fails: one clear message and an exit code, never a stack trace and never a prompt.
import { Command } from 'commander'
import { AuditError } from '../audit/audit-error.ts'
import { ConfigError } from '../config/config-error.ts'
import { AegisError } from '../domain/errors.ts'
import { LedgerDatabaseError } from '../ledger/postgres/ledger-database-error.ts'
import { LedgerFileError } from '../ledger/sqlite/ledger-file-error.ts'
import { StoreUnavailable } from '../ledger/store.ts'
import { sayJson, styledError, tell } from './terminal.ts'

/** 1: the answer is no. 2: the question or the configuration is wrong. */
export type ExitCode = 1 | 2

/** What a program may want to know of a failure, for `--json`. */
export type FailureFacts = Readonly<Record<string, unknown>>

/** A failure whose message is meant for the person at the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode
  /** Members of the error object of `--json`, such as `code`. */
  readonly facts: FailureFacts

  constructor(message: string, exitCode: ExitCode = 1, facts: FailureFacts = {}) {
    super(message)
    this.exitCode = exitCode
    this.facts = facts
  }
}

/**
 * Runs a command's action; whatever it throws becomes a message on standard error and an exit code. With `--json` the
 * error is also an object on standard output.
 */
export function guarded<Arguments extends unknown[]>(
  action: (...given: Arguments) => Promise<void>,
): (...given: Arguments) => Promise<void> {
  return async (...given) => {
    try {
      await action(...given)
    } catch (error) {
      const failure = failureOf(error)
      const [first = '', ...more] = failure.message.split('\n')
      tell(`${styledError('red', 'error')} ${first}`)
      for (const line of more) tell(`      ${line}`)
      const command = given.at(-1)
      if (command instanceof Command && command.opts().json === true) {
        sayJson({ error: { code: 'failed', message: failure.message, ...failure.facts } })
      }
      process.exitCode = failure.exitCode
    }
  }
}

/** Codes of ours that say that the command line or the configuration is wrong. */
const wrongUsage = new Set(['invalid_request', 'unknown_model', 'invalid_key'])

/** The exit code of an error of the proxy or the gateway. */
export function exitCodeOf(code: string, source: string): ExitCode {
  return source === 'gateway' && wrongUsage.has(code) ? 2 : 1
}

/** Anything thrown, as a failure to show. */
export function failureOf(error: unknown): CommandError {
  if (error instanceof CommandError) return error
  if (error instanceof ConfigError) {
    return new CommandError(error.message, 2, { code: 'invalid_config', problems: error.problems })
  }
  if (error instanceof AegisError) {
    const { code, source, param, extra } = error
    const attempts = triedText(extra?.attempts)
    const facts = { code, source, ...(param === undefined ? {} : { param }), ...extra }
    return new CommandError([error.message, ...attempts].join('\n'), exitCodeOf(code, source), facts)
  }
  if (error instanceof LedgerFileError || error instanceof LedgerDatabaseError) {
    return new CommandError(error.message, 1, { code: `ledger_${error.code}` })
  }
  if (error instanceof AuditError) return new CommandError(error.message, 1, { code: 'audit_unwritable' })
  if (error instanceof StoreUnavailable) {
    return new CommandError(`the ledger cannot be used now: ${error.message}`, 1, { code: error.code })
  }
  if (error instanceof Error && 'syscall' in error && 'code' in error) {
    return new CommandError(error.message, 1, { code: error.code })
  }
  return new CommandError(`Aegis failed: ${faultOf(error)}. This is a fault of ours: please report it.`)
}

/** Kind and place of a fault. Never its message, which could quote what a request held. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something unknown was thrown'
  const place = /([\w.-]+:\d+):\d+\)?$/m.exec(error.stack ?? '')?.[1]
  return place === undefined ? error.name : `${error.name} at ${place}`
}

/** A line for each attempt of a request that nobody answered, and where to look next. */
export function triedText(attempts: unknown): string[] {
  if (!Array.isArray(attempts)) return []
  const tried = attempts.flatMap((attempt: unknown) =>
    isAttempt(attempt) ? [`tried ${attempt.provider}/${attempt.model}: ${attempt.result.replaceAll('_', ' ')}`] : [],
  )
  return [...tried, '`aegis check` examines every provider; `aegis explain` with the same flags shows every candidate']
}

interface AttemptLine {
  readonly provider: string
  readonly model: string
  readonly result: string
}

function isAttempt(value: unknown): value is AttemptLine {
  if (typeof value !== 'object' || value === null) return false
  return 'provider' in value && 'model' in value && 'result' in value && typeof value.result === 'string'
}
