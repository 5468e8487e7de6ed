/** Owns what is read from /proc: CPU time and memory of a process and all its descendants. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

let ticksPerSecond: number | undefined

/**
 * User and system CPU time of the process and its living descendants since they started, in microseconds, at the
 * resolution of the kernel's clock tick (usually 10 ms). Fields 14 and 15 of proc_pid_stat(5).
 */
export function cpuMicros(pid: number): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  let ticks = 0
  for (const member of processTree(pid)) {
    const fields = statFields(member)
    ticks += Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)
  }
  return (ticks * 1_000_000) / ticksPerSecond
}

/** Resident memory of the tree now, in bytes. */
export function residentBytes(pid: number): number {
  return sumStatus(pid, 'VmRSS')
}

/** Highest resident memory since the last `resetPeak`, in bytes, summed over the tree. */
export function peakResidentBytes(pid: number): number {
  return sumStatus(pid, 'VmHWM')
}

/** Starts a new peak measurement; "5" resets VmHWM, see proc_pid_clear_refs(5). */
export function resetPeak(pid: number): void {
  for (const member of processTree(pid)) writeFileSync(`/proc/${member}/clear_refs`, '5')
}

function sumStatus(pid: number, field: string): number {
  let bytes = 0
  for (const member of processTree(pid)) {
    const line = readOrNothing(`/proc/${member}/status`).match(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm'))
    bytes += Number(line?.[1] ?? 0) * 1024
  }
  return bytes
}

function processTree(root: number): number[] {
  const childrenOf = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    const parent = Number(statFields(pid)?.[1])
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (const member of tree) tree.push(...(childrenOf.get(member) ?? []))
  return tree
}

/** The fields after the command name, which may itself hold spaces and parentheses: [0] is the state, field 3. */
function statFields(pid: number): string[] | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`)
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // It ended between the listing and the reading.
  }
}
