// Owns the log as JSON lines, written by pino's destination: those of requests together, warnings and errors at once. The
// lines are made and put together here: pino's logger takes 8 us for a request's, and its destination 3 us for each line.
import cluster from 'node:cluster'
import { destination } from 'pino'
import type { LogLevel } from '../config/aegis-config.ts'
import { isoTime } from '../domain/json-text.ts'
import type { LogFields } from '../domain/logger.ts'

/**
 * Bytes that are written together. Of several processes that share a pipe no more than it takes at once (PIPE_BUF of POSIX,
 * 4 KB on Linux), so that no line falls into another one.
 */
const TOGETHER_BYTES = cluster.isWorker ? 4096 : 16_000
/** How long they wait at the most. */
const WAIT_MS = 200

export interface JsonLines {
  write(level: LogLevel, event: string, fields: LogFields): void
  flush(): void
}

/** @param file a descriptor: 2 is standard error. */
export function jsonLines(file: number): JsonLines {
  const lines = destination({ dest: file, sync: false })
  lines.on('error', () => {})
  let pending = ''
  let timer: NodeJS.Timeout | undefined
  const pass = () => {
    clearTimeout(timer)
    timer = undefined
    if (pending !== '') lines.write(pending)
    pending = ''
  }
  const flush = () => {
    pass()
    try {
      lines.flushSync()
    } catch {
      // The other end has closed its pipe, and nobody reads any more.
    }
  }
  process.once('exit', flush)
  return {
    write(level, event, fields) {
      const line = jsonLine(level, event, fields, Date.now())
      if (pending.length + line.length > TOGETHER_BYTES) pass()
      pending += line
      if (level === 'warn' || level === 'error') flush()
      else timer ??= setTimeout(pass, WAIT_MS).unref()
    },
    flush,
  }
}

export function jsonLine(level: LogLevel, event: string, fields: LogFields, wallMs: number): string {
  return `${JSON.stringify({ level, time: isoTime(wallMs), ...fields, event })}\n`
}
