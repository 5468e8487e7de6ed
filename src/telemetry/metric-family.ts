// Owns what a metric is between the process that counts it and the page that shows it, and how those of several processes become one.

/** One metric with its series. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** What several processes show together: the sum, the greatest, or what the one that is asked knows for all of them. */
  readonly across: 'sum' | 'greatest' | 'own'
  /** Values by the series as the page writes it: `llm_tokens_total{provider="openai",direction="input"}`. */
  readonly samples: Readonly<Record<string, number>>
}

/** @param own of the process that is asked; the others add to it. */
export function combined(own: readonly MetricFamily[], others: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  return own.map((family) => {
    if (family.across === 'own') return family
    const samples: Record<string, number> = { ...family.samples }
    for (const families of others) {
      const theirs = families.find(({ name }) => name === family.name)
      for (const [series, value] of Object.entries(theirs?.samples ?? {})) {
        const known = samples[series] ?? 0
        samples[series] = family.across === 'sum' ? known + value : Math.max(known, value)
      }
    }
    return { ...family, samples }
  })
}

/** What stays when its process has gone: a counter that fell would look like a restart of all. */
export function lastingFamilies(families: readonly MetricFamily[]): MetricFamily[] {
  return families.filter(({ type, across }) => type !== 'gauge' && across === 'sum')
}

/** What another process can use. */
export function sharedFamilies(families: readonly MetricFamily[]): MetricFamily[] {
  return families.filter(({ across }) => across !== 'own')
}
