/** Owns the time from starting a process to its first chat answer, the median of several starts. */
import type { Bench } from '../bench.ts'
import type { RunningProxy } from '../contestants/contestant.ts'
import { type Figure, figure } from '../report/figures.ts'
import { median } from '../statistics.ts'

const STARTS = 5

/** `enter` must resolve at the first answer and ask often. */
export async function measureStart(bench: Bench, enter: () => Promise<RunningProxy>): Promise<Figure> {
  const timesMs: number[] = []
  let name = ''
  for (let start = 1; start <= STARTS; start++) {
    const beganMs = performance.now()
    const proxy = await enter()
    timesMs.push(performance.now() - beganMs)
    name = proxy.name
    await proxy.child.stop()
  }
  bench.say(`start: ${name}: ${timesMs.map((time) => time.toFixed(0)).join(', ')} ms`)
  return figure({
    id: `${name}.start`,
    label: `start to first answer, ${name}`,
    value: median(timesMs),
    unit: 'ms',
    rounds: timesMs,
  })
}
