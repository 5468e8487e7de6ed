/** Owns memory: resident set idle, at 64 connections, and with 1,500 bodies of 150 KB at once. */
import type { Bench } from '../bench.ts'
import type { RunningProxy } from '../contestants/contestant.ts'
import { postLargeBodies } from '../load/large-bodies.ts'
import { runWrk } from '../load/wrk.ts'
import { peakResidentBytes, resetPeak, residentBytes } from '../process/proc-stat.ts'
import { type Figure, figure } from '../report/figures.ts'

const IDLE_SECONDS = 3
const LOAD_SECONDS = 8
const LARGE_BODIES = 1_500
const LARGE_BODY_BYTES = 150_000

/** Starts a proxy in front of a port; each measurement gets a fresh one. */
export type Enter = (upstreamPort: number) => Promise<RunningProxy>

/** `slowPort` is an upstream that holds its answers, so that the bodies pile up in the proxy. */
export async function measureMemory(
  bench: Bench,
  enter: Enter,
  staticPort: number,
  slowPort: number,
): Promise<Figure[]> {
  const proxy = await enter(staticPort)
  const { name } = proxy
  const pid = proxy.child.pid
  bench.say(`memory: ${name}: idle, 64 connections, then ${LARGE_BODIES} bodies of 150 KB`)
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1_000))
  const idle = megabytes(residentBytes(pid))
  resetPeak(pid)
  await runWrk(bench, proxy.port, proxy.request, LOAD_SECONDS)
  const loaded = megabytes(peakResidentBytes(pid))
  await proxy.child.stop()

  const fresh = await enter(slowPort)
  resetPeak(fresh.child.pid)
  const outcomes = await postLargeBodies(fresh.port, fresh.request, LARGE_BODIES, LARGE_BODY_BYTES)
  const large = megabytes(peakResidentBytes(fresh.child.pid))
  await fresh.child.stop()

  const answers = Object.entries(outcomes).map(([status, count]) => `${count} x ${status}`)
  const memory = (id: string, label: string, value: number, note?: string) =>
    figure({
      id: `${name}.${id}`,
      label: `memory ${label}, ${name}`,
      value,
      unit: 'MB',
      rounds: [value],
      ...(note !== undefined && { note }),
    })
  return [
    memory('rss_idle', 'idle', idle),
    memory('rss_64_connections', 'peak at 64 connections', loaded),
    memory('rss_large_bodies', 'peak at 1,500 bodies of 150 KB', large, answers.join(', ')),
  ]
}

function megabytes(bytes: number): number {
  return bytes / 1e6
}
