/** Owns running wrk: one thread, 64 connections, one fixed request, a bounded time. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { type ChatRequest, chatBody } from './chat-request.ts'

export interface WrkRun {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const CONNECTIONS = 64

/**
 * Drives `port` for `seconds`.
 * @throws when wrk does not end by itself, or when any answer was not a 2xx or any connection broke: a round with
 *   failures measures something else.
 */
export async function runWrk(bench: Bench, port: number, request: ChatRequest, seconds: number): Promise<WrkRun> {
  const bodyFile = join(bench.directory, `body-${request.model}.json`)
  writeFileSync(bodyFile, chatBody(request.model))
  const child = bench.children.start({
    name: 'wrk',
    command: bench.tools.wrk,
    args: [
      ...['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '5s'],
      ...['-s', join(import.meta.dirname, 'chat.lua'), `http://127.0.0.1:${port}/v1/chat/completions`, '--', bodyFile],
      ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
    ],
  })
  const overdue = setTimeout(() => void child.stop(), (seconds + 15) * 1_000)
  await child.exited
  clearTimeout(overdue)

  const report = child.output().match(/^bench (.*)$/m)?.[1]
  if (report === undefined) throw new Error(`wrk gave no report:\n${child.output()}`)
  const figures: Record<string, number> = JSON.parse(report)
  const { requests = 0, durationMicros = 0, p50Micros = 0, p99Micros = 0, failed = 0, broken = 0 } = figures
  if (failed + broken > 0) throw new Error(`${failed} answers were not 2xx and ${broken} connections broke`)
  return {
    requests,
    requestsPerSecond: (requests * 1_000_000) / durationMicros,
    p50Ms: p50Micros / 1_000,
    p99Ms: p99Micros / 1_000,
  }
}
