// Owns the log as JSON lines, by pino: lines of requests are written together, warnings and errors at once.
import { destination, pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from '../config/aegis-config.ts'
import type { LogFields } from '../domain/logger.ts'

/** Bytes that are written together, and how long they wait at the most. */
const TOGETHER_BYTES = 4096
const WAIT_MS = 200

export interface JsonLines {
  write(level: LogLevel, event: string, fields: LogFields): void
  flush(): void
}

/** @param file a descriptor: 2 is standard error. */
export function jsonLines(file: number): JsonLines {
  const lines = destination({ dest: file, sync: false, minLength: TOGETHER_BYTES, periodicFlush: WAIT_MS })
  const logger = pino(
    {
      base: null,
      level: 'debug',
      messageKey: 'event',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    lines,
  )
  const flush = () => {
    try {
      lines.flushSync()
    } catch {
      // The other end has closed its pipe, and nobody reads any more.
    }
  }
  lines.on('error', () => {})
  process.once('exit', flush)
  return {
    write(level, event, fields) {
      logger[level](fields, event)
      if (level === 'warn' || level === 'error') flush()
    },
    flush,
  }
}
