// Owns how what was found in a prompt is shown: by rule and place, and its text only where somebody sits before a terminal.
import type { ExplainedDetection } from '../../proxy/explain.ts'
import type { Column } from '../table.ts'
import { printable } from '../terminal.ts'

type Finding = ExplainedDetection['findings'][number]

/** @param body the request that was explained, when its values are to be shown. */
export function findingColumns(body: unknown): readonly Column<Finding>[] {
  const columns: readonly Column<Finding>[] = [
    { title: 'rule', value: ({ rule }) => rule },
    { title: 'level', value: ({ level }) => level, style: () => 'yellow' },
    { title: 'category', value: ({ category }) => category, dispensable: 1 },
    { title: 'path', value: ({ path }) => path },
    { title: 'from', value: ({ start }) => String(start), right: true },
    { title: 'to', value: ({ end }) => String(end), right: true },
    { title: 'score', value: ({ score }) => score.toFixed(2), right: true, dispensable: 2 },
  ]
  return body === undefined ? columns : [...columns, { title: 'value', value: (finding) => foundText(body, finding) }]
}

/** What stands at a path such as `messages[0].content`. */
function foundText(body: unknown, { path, start, end }: Finding): string {
  let at: unknown = body
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (typeof at !== 'object' || at === null) return '?'
    at = (at as Record<string, unknown>)[name ?? index ?? '']
  }
  return typeof at === 'string' ? printable(at.slice(start, end)) : '?'
}
