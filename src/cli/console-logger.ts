// Owns the log on standard error: JSON lines, or plain lines on a terminal. Never a body, never a key.
import type { LogFields, Logger } from '../domain/logger.ts'
import { styledError, tell } from './terminal.ts'

const styles = { info: 'dim', warn: 'yellow', error: 'red' } as const

/** The log of a running gateway. */
export function consoleLogger(now: () => Date): Logger {
  const write = (level: keyof typeof styles, event: string, fields: LogFields = {}) => {
    const time = now().toISOString()
    if (!process.stderr.isTTY) {
      tell(JSON.stringify({ time, level, event, ...fields }))
      return
    }
    const details = Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
    tell(`${styledError('dim', time.slice(11, 19))} ${styledError(styles[level], event)} ${details.join(' ')}`)
  }
  return {
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  }
}

/** For a single command: only what must not go unseen, such as a ledger that cannot be written. */
export function faultLogger(): Logger {
  const { error } = consoleLogger(() => new Date())
  return { info() {}, warn() {}, error }
}
