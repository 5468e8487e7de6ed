// Owns the log on standard error: JSON lines, or plain lines on a terminal. Never a body, never a key.
import type { AegisConfig, LogLevel } from '../config/aegis-config.ts'
import type { LogFields, Logger } from '../domain/logger.ts'
import { styledError, tell } from './terminal.ts'

/** A log whose level may change while it runs. */
export interface ServerLog extends Logger {
  level: LogLevel
  /** Writes what waits. */
  flush(): void
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }
const styles = { debug: 'dim', info: 'dim', warn: 'yellow', error: 'red' } as const

type Write = (level: LogLevel, event: string, fields: LogFields) => void

/** The log of a running gateway, as its configuration has it. */
export async function serverLog({
  log,
  logLevel,
}: Pick<AegisConfig['server'], 'log' | 'logLevel'>): Promise<ServerLog> {
  const format = log === 'auto' ? (process.stderr.isTTY ? 'pretty' : 'json') : log
  if (format === 'json') {
    const { jsonLines } = await import('./json-lines.ts')
    const { write, flush } = jsonLines(2)
    return leveled(logLevel, write, flush)
  }
  return leveled(logLevel, format === 'pretty' ? writePretty : () => {}, () => {})
}

/** For a single command: only what must not go unseen, such as a ledger that cannot be written. */
export function faultLogger(): Logger {
  return leveled('error', process.stderr.isTTY ? writePretty : writeJson, () => {})
}

function leveled(level: LogLevel, write: Write, flush: () => void): ServerLog {
  const at =
    (line: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (ranks[line] >= ranks[logger.level]) write(line, event, fields)
    }
  const request = (fields: LogFields) => write('info', 'request', fields)
  const logger: ServerLog = {
    level,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    get request() {
      return ranks[logger.level] <= ranks.info ? request : undefined
    },
    flush,
  }
  return logger
}

function writePretty(level: LogLevel, event: string, fields: LogFields): void {
  const time = new Date().toISOString().slice(11, 19)
  const details = Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
  tell(`${styledError('dim', time)} ${styledError(styles[level], event)} ${details.join(' ')}`)
}

function writeJson(level: LogLevel, event: string, fields: LogFields): void {
  tell(JSON.stringify({ time: new Date().toISOString(), level, event, ...fields }))
}
