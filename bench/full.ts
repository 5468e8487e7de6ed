/** Owns the suites that only a full run has: latency, streaming, the crowd, memory, start. */
import type { Bench } from './bench.ts'
import { enterAegis } from './contestants/aegis.ts'
import { enterBare } from './contestants/bare.ts'
import { enterDirect } from './contestants/nginx.ts'
import { enterPaced } from './contestants/paced.ts'
import type { Field } from './field.ts'
import type { Figure } from './report/figures.ts'
import { CROWD_STREAMS, measureCrowd } from './suites/crowd.ts'
import { measureFrames } from './suites/frames.ts'
import { measureLatency } from './suites/latency.ts'
import { measureMemory } from './suites/memory.ts'
import { measureStart } from './suites/start.ts'
import { measureStreaming } from './suites/streaming.ts'

const SINGLE_GAP_MS = 5
const CROWD_GAP_MS = 20
/** 64 streams at this gap are 8,000 frames/s: busy enough to measure, idle enough that frames are not merged. */
const FRAME_COST_GAP_MS = 8
/** Long enough that all large bodies are on their way before the first is answered. */
const HOLD_MS = 250
const START_POLL_MS = 5

/** Latency runs on the field that throughput has warmed up. */
export async function measureLatencies(bench: Bench, field: Field): Promise<Figure[]> {
  return measureLatency(bench, field.direct, field.lanes)
}

/** The suites that want fresh processes, by name. Portkey is in none: 1.15.2 answers streams with 500. */
export const FRESH_SUITES = { 'single streams': singleStreams, crowd, 'frame cost': frameCost, memory, starts }

async function singleStreams(bench: Bench, hasAegis: boolean): Promise<Figure[]> {
  const upstream = await enterPaced(bench, { gapMs: SINGLE_GAP_MS, holdMs: 0 })
  const bare = await enterBare(bench, upstream.port)
  return measureStreaming(bench, upstream, [bare, ...(hasAegis ? [await enterAegis(bench, upstream.port)] : [])])
}

async function crowd(bench: Bench, hasAegis: boolean): Promise<Figure[]> {
  const upstream = await enterPaced(bench, { gapMs: CROWD_GAP_MS, holdMs: 0 })
  const bare = await enterBare(bench, upstream.port, { connections: CROWD_STREAMS })
  const proxies = [bare, ...(hasAegis ? [await enterAegis(bench, upstream.port)] : [])]
  return measureCrowd(bench, [upstream, ...proxies], CROWD_GAP_MS)
}

async function frameCost(bench: Bench, hasAegis: boolean): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const pace of ['paced', 'unpaced'] as const) {
    const upstream = await enterPaced(bench, { gapMs: pace === 'paced' ? FRAME_COST_GAP_MS : 0, holdMs: 0 })
    const bare = await enterBare(bench, upstream.port)
    const proxies = [bare, ...(hasAegis ? [await enterAegis(bench, upstream.port)] : [])]
    figures.push(...(await measureFrames(bench, proxies, pace)))
    await Promise.all([upstream, ...proxies].map(({ child }) => child.stop()))
  }
  return figures
}

async function memory(bench: Bench, hasAegis: boolean): Promise<Figure[]> {
  const fast = await enterDirect(bench)
  const slow = await enterPaced(bench, { gapMs: 0, holdMs: HOLD_MS })
  const figures = await measureMemory(bench, (port) => enterBare(bench, port), fast.port, slow.port)
  if (!hasAegis) return figures
  return [...figures, ...(await measureMemory(bench, (port) => enterAegis(bench, port), fast.port, slow.port))]
}

async function starts(bench: Bench, hasAegis: boolean): Promise<Figure[]> {
  const { port } = await enterDirect(bench)
  const figures = [await measureStart(bench, () => enterBare(bench, port, { pollMs: START_POLL_MS }))]
  if (hasAegis) figures.push(await measureStart(bench, () => enterAegis(bench, port, { pollMs: START_POLL_MS })))
  return figures
}
