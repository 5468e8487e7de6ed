// Owns the metric types: counted in place, rendered when somebody asks.

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

  render(): string {
    const lines = [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} counter`]
    if (this.#labels.length === 0) lines.push(`${this.#name} ${(this.#values.get('') ?? 0) / this.#divisor}`)
    else
      for (const [key, value] of this.#values)
        lines.push(`${this.#name}${labelText(this.#labels, key.split('\n'))} ${value / this.#divisor}`)
    return lines.join('\n')
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

  render(): string {
    const lines = [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} histogram`]
    for (const [provider, { counts, sum }] of this.#series) {
      let total = 0
      for (const [index, bound] of [...this.#bounds, '+Inf'].entries()) {
        total += counts[index] ?? 0
        lines.push(`${this.#name}_bucket${labelText(['provider', 'le'], [provider, String(bound)])} ${total}`)
      }
      const labels = labelText(['provider'], [provider])
      lines.push(`${this.#name}_sum${labels} ${sum}`, `${this.#name}_count${labels} ${total}`)
    }
    return lines.join('\n')
  }
}

/** A value that is read when it is rendered. */
export function renderGauge(
  name: string,
  help: string,
  samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[],
): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`]
  for (const { labels, value } of samples)
    lines.push(`${name}${labelText(Object.keys(labels), Object.values(labels))} ${value}`)
  return lines.join('\n')
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return ''
  return `{${names.map((name, index) => `${name}="${escapeLabel(values[index] ?? '')}"`).join(',')}}`
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/: backslash, quote and line feed. */
function escapeLabel(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}
