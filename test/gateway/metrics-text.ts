// Owns a strict reader of Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
import assert from 'node:assert/strict'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Metrics {
  /** Types by declared name. */
  readonly families: ReadonlyMap<string, string>
  readonly samples: readonly Sample[]
  /** The value of the sample with exactly these labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"'
const sampleLine = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`)
const helpLine = new RegExp(`^# HELP (${NAME}) \\S.*$`)
const typeLine = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`)

/** Fails on any line that the format does not know, on a sample before its type, and on a series that stands twice. */
export function readMetrics(text: string): Metrics {
  assert.ok(text.endsWith('\n'), 'the last line ends with a line feed')
  const families = new Map<string, string>()
  const helped = new Set<string>()
  const series = new Set<string>()
  const samples: Sample[] = []
  for (const line of text.slice(0, -1).split('\n')) {
    const help = helpLine.exec(line)?.[1]
    const [, typed, type] = typeLine.exec(line) ?? []
    if (help !== undefined) {
      assert.ok(!helped.has(help), `${help} is explained once`)
      helped.add(help)
    } else if (typed !== undefined && type !== undefined) {
      assert.ok(helped.has(typed) && !families.has(typed), `${typed} is declared once, after its help`)
      families.set(typed, type)
    } else {
      const sample = readSample(line)
      assert.ok(families.has(familyOf(sample.name, families)), `${sample.name} was declared`)
      const key = line.slice(0, line.lastIndexOf(' '))
      assert.ok(!series.has(key), `${key} stands once`)
      series.add(key)
      samples.push(sample)
    }
  }
  checkHistograms(families, samples)
  const value = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    samples.find((one) => one.name === name && sameLabels(one.labels, labels))?.value
  return { families, samples, value }
}

function readSample(line: string): Sample {
  const match = sampleLine.exec(line)
  assert.ok(match, `not a line of the format: ${line}`)
  const [, name = '', labelText = '', number = ''] = match
  assert.match(number, /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|[+-]Inf|NaN)$/, `a number: ${line}`)
  const labels: Record<string, string> = {}
  for (const [, key = '', value = ''] of labelText.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)) {
    assert.ok(!(key in labels), `one label of a name: ${line}`)
    labels[key] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
  }
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) }
}

function familyOf(name: string, families: ReadonlyMap<string, string>): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '')
  return families.get(base) === 'histogram' ? base : name
}

/** Buckets only grow, end with +Inf, and that one is the count. */
function checkHistograms(families: ReadonlyMap<string, string>, samples: readonly Sample[]): void {
  for (const [family, type] of families) {
    if (type !== 'histogram') continue
    for (const { labels, value: count } of samples.filter(({ name }) => name === `${family}_count`)) {
      const buckets = samples.filter(
        ({ name, labels: { le, ...rest } }) =>
          name === `${family}_bucket` && le !== undefined && sameLabels(rest, labels),
      )
      assert.equal(buckets.at(-1)?.labels.le, '+Inf')
      assert.equal(buckets.at(-1)?.value, count)
      for (const [index, bucket] of buckets.entries()) assert.ok(bucket.value >= (buckets[index - 1]?.value ?? 0))
    }
  }
}

function sameLabels(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key])
}
