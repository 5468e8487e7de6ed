// Owns how a command fails: one clear message and an exit code, never a stack trace.
import { ConfigError } from '../config/config-error.ts'
import { AegisError } from '../domain/errors.ts'
import { LedgerFileError } from '../ledger/sqlite/ledger-file-error.ts'
import { styledError, tell } from './terminal.ts'

/** 1: the answer is no. 2: the question or the configuration is wrong. */
export type ExitCode = 1 | 2

/** A failure whose message is meant for the person at the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Runs a command's action; whatever it throws becomes a message and an exit code. */
export function guarded<Arguments extends unknown[]>(
  action: (...given: Arguments) => Promise<void>,
): (...given: Arguments) => Promise<void> {
  return async (...given) => {
    try {
      await action(...given)
    } catch (error) {
      tell(`${styledError('red', 'error')} ${messageOf(error)}`)
      process.exitCode = error instanceof CommandError ? error.exitCode : error instanceof ConfigError ? 2 : 1
    }
  }
}

function messageOf(error: unknown): string {
  if (
    error instanceof CommandError ||
    error instanceof ConfigError ||
    error instanceof AegisError ||
    error instanceof LedgerFileError
  ) {
    return error.message
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return `${error.message}`
  return `Aegis failed: ${error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error'}`
}
