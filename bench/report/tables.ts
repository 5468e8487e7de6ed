/** Owns the tables at the end of a run. */
import type { Verdict } from '../gates.ts'
import { busyNote, isBusy } from '../machine.ts'
import type { Figure, ThroughputRow } from './figures.ts'
import type { ResultDocument } from './results.ts'

/** The whole report; `before` is the result it is compared with. */
export function renderReport(result: ResultDocument, before: ResultDocument | undefined): string {
  const { machine } = result
  const paragraphs = [
    `${machine.cores} x ${machine.cpuModel}, Node ${machine.nodeVersion}, undici ${machine.undiciVersion}, ` +
      `${machine.nginxVersion}, ${machine.wrkVersion}, ledger ${machine.ledgerOnDisk ? 'on disk' : 'IN MEMORY (tmpfs)'}`,
    throughputTable(result.throughput, result.figures, before),
  ]
  const others = result.figures.filter((one) => !isThroughput(one))
  if (others.length > 0) paragraphs.push(figureTable(others, before))
  paragraphs.push(comparedWith(result, before))
  if (isBusy(machine)) paragraphs.push(`Note: ${busyNote(machine)}.`)
  for (const reason of result.missing) paragraphs.push(`NOT MEASURED: ${shortened(reason)}`)
  return paragraphs.join('\n\n')
}

/** A reason may carry a whole stack trace; the result file keeps all of it. */
function shortened(reason: string): string {
  return reason.split('\n').slice(0, 6).join('\n')
}

function throughputTable(
  rows: readonly ThroughputRow[],
  figures: readonly Figure[],
  before: ResultDocument | undefined,
): string {
  const header = ['proxy', 'CPU us/request', '+-', 'requests/s', 'CPU x bare', 'last', 'req/s x Portkey', 'gate']
  const lines = rows.map((row) => {
    const earlier = before?.throughput.find(({ id }) => id === row.id)
    const gates = figures.filter((one) => isThroughput(one) && one.id.startsWith(`${row.id}.`)).flatMap(gateOf)
    return [
      row.label,
      row.cpuMicrosPerRequest.toFixed(0),
      `${(row.cpuSpread * 100).toFixed(0)} %`,
      row.requestsPerSecond.toFixed(0),
      row.cpuToBare?.toFixed(2) ?? '',
      earlier?.cpuToBare?.toFixed(2) ?? '',
      row.requestsToPortkey?.toFixed(1) ?? '',
      gates.join('   '),
    ]
  })
  return table(header, lines)
}

function figureTable(figures: readonly Figure[], before: ResultDocument | undefined): string {
  const lines = figures.map((one) => {
    const earlier = before?.figures.find(({ id }) => id === one.id)
    return [
      one.label,
      `${rounded(one.value)} ${one.unit}`,
      earlier === undefined ? '' : rounded(earlier.value),
      gateOf(one).join(''),
      one.note ?? '',
    ]
  })
  return table(['what', 'measured', 'last', 'gate', ''], lines)
}

function comparedWith(result: ResultDocument, before: ResultDocument | undefined): string {
  if (before === undefined) return 'No earlier result to compare with.'
  const same = (key: 'cores' | 'cpuModel' | 'nodeVersion') => result.machine[key] === before.machine[key]
  const elsewhere = same('cores') && same('cpuModel') && same('nodeVersion') ? '' : ', ANOTHER MACHINE OR NODE'
  return `"last" is the ${before.mode} run of ${before.date} (commit ${before.machine.commit ?? 'none'}${elsewhere}).`
}

function isThroughput({ id }: Figure): boolean {
  return id.endsWith('.cpu_x_bare') || id.endsWith('.rps_x_portkey')
}

function gateOf({ verdict, unit }: Figure): string[] {
  return verdict === undefined
    ? []
    : [`${sign(verdict)} ${verdict.gate.limit} ${unit} ${verdict.passed ? '✓' : '✗'}${verdict.decided ? '' : '?'}`]
}

function sign({ gate }: Verdict): string {
  return gate.direction === 'at_most' ? '<=' : '>='
}

function rounded(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

/** The first column to the left, the last as it is, those between to the right. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = header.map((_, column) => rows.some((row) => row[column] !== ''))
  const kept = [header, ...rows].map((row) => row.filter((_, column) => used[column]))
  const widths = (kept[0] ?? []).map((_, column) => Math.max(...kept.map((row) => row[column]?.length ?? 0)))
  const lines = kept.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        if (column === 0) return cell.padEnd(width)
        return column < row.length - 1 ? cell.padStart(width) : cell
      })
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}
