// Owns the metric types: counted in place, written when somebody asks.
import type { MetricFamily } from '../metric-family.ts'

/** Bounds in seconds, from a local answer out of a cache to a long reasoning answer. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const

/** Bounds for the time spent in this process. */
export const OVERHEAD_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5] as const

/** A sum per set of label values. Label values must come from closed sets. */
export class Counter {
  readonly #name: string
  readonly #help: string
  readonly #labels: readonly string[]
  readonly #divisor: number
  readonly #values = new Map<string, number>()

  /** @param divisor turns what is counted, such as nano-dollars, into what is shown. */
  constructor(name: string, help: string, labels: readonly string[], divisor = 1) {
    this.#divisor = divisor
    this.#name = name
    this.#help = help
    this.#labels = labels
  }

  add(amount: number, ...labelValues: readonly string[]): void {
    this.addAt(labelValues.join('\n'), amount)
  }

  /** The same by the label values joined with line feeds, for callers that keep the joined text. */
  addAt(key: string, amount: number): void {
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount)
  }

  family(): MetricFamily {
    const samples: Record<string, number> = {}
    if (this.#labels.length === 0) samples[this.#name] = (this.#values.get('') ?? 0) / this.#divisor
    else
      for (const [key, value] of this.#values)
        samples[this.#name + labelText(this.#labels, key.split('\n'))] = value / this.#divisor
    return { name: this.#name, help: this.#help, type: 'counter', across: 'sum', samples }
  }
}

/** Counts by upper bound, as Prometheus histograms are. One per provider. */
export class Histogram {
  readonly #name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  readonly #series = new Map<string, { readonly counts: Float64Array; sum: number }>()

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name
    this.#help = help
    this.#bounds = bounds
  }

  observe(seconds: number, provider: string): void {
    let series = this.#series.get(provider)
    if (!series) {
      series = { counts: new Float64Array(this.#bounds.length + 1), sum: 0 }
      this.#series.set(provider, series)
    }
    let bucket = 0
    while (bucket < this.#bounds.length && seconds > (this.#bounds[bucket] as number)) bucket += 1
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.sum += seconds
  }

  family(): MetricFamily {
    const samples: Record<string, number> = {}
    for (const [provider, { counts, sum }] of this.#series) {
      let total = 0
      for (const [index, bound] of [...this.#bounds, '+Inf'].entries()) {
        total += counts[index] ?? 0
        samples[`${this.#name}_bucket${labelText(['provider', 'le'], [provider, String(bound)])}`] = total
      }
      const labels = labelText(['provider'], [provider])
      samples[`${this.#name}_sum${labels}`] = sum
      samples[`${this.#name}_count${labels}`] = total
    }
    return { name: this.#name, help: this.#help, type: 'histogram', across: 'sum', samples }
  }
}

/** A value that is read when it is shown. */
export function gauge(
  name: string,
  help: string,
  across: MetricFamily['across'],
  values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[],
): MetricFamily {
  const series = values.map(({ labels, value }) => [
    name + labelText(Object.keys(labels), Object.values(labels)),
    value,
  ])
  return { name, help, type: 'gauge', across, samples: Object.fromEntries(series) }
}

/** The page in the text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function renderFamilies(families: readonly MetricFamily[]): string {
  const lines = families.flatMap(({ name, help, type, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...Object.entries(samples).map(([series, value]) => `${series} ${value === Infinity ? '+Inf' : value}`),
  ])
  return `${lines.join('\n')}\n`
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return ''
  return `{${names.map((name, index) => `${name}="${escapeLabel(values[index] ?? '')}"`).join(',')}}`
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/: backslash, quote and line feed. */
function escapeLabel(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}
