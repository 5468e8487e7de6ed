/** Owns the description of the machine and the program versions that stands beside every result. */
import { spawnSync } from 'node:child_process'
import { readFileSync, statfsSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
/** `f_type` of tmpfs, statfs(2). */
const TMPFS = 0x01021994

export interface Machine {
  readonly cores: number
  readonly cpuModel: string
  readonly memoryMb: number
  readonly kernel: string
  readonly nodeVersion: string
  readonly undiciVersion: string
  readonly wrkVersion: string
  readonly nginxVersion: string
  /** False when the temporary directory is memory: the ledger then costs less than on a disk. */
  readonly ledgerOnDisk: boolean
  /** Share of all cores that was in use in the second before the run, 0..1. */
  readonly busyBefore: number
  /** The commit of the checkout; "+" after it when files have changed since. */
  readonly commit: string | null
}

/** Takes a second, to see how busy the machine is. */
export async function describeMachine(tools: { wrk: string; nginx: string }, directory: string): Promise<Machine> {
  const processors = cpus()
  return {
    cores: processors.length,
    cpuModel: processors[0]?.model ?? 'unknown',
    memoryMb: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    nodeVersion: process.versions.node,
    undiciVersion: (
      JSON.parse(readFileSync(join(ROOT, 'node_modules/undici/package.json'), 'utf8')) as {
        version: string
      }
    ).version,
    wrkVersion: said(tools.wrk, ['-v']).match(/wrk \S+/)?.[0] ?? 'unknown',
    nginxVersion: said(tools.nginx, ['-v']).match(/nginx\/\S+/)?.[0] ?? 'unknown',
    ledgerOnDisk: statfsSync(directory).type !== TMPFS,
    busyBefore: await busyShare(),
    commit: commit(),
  }
}

const IDLE_ENOUGH = 0.15

/** True when something else was running before the benchmark began. */
export function isBusy({ busyBefore }: Machine): boolean {
  return busyBefore > IDLE_ENOUGH
}

export function busyNote({ busyBefore }: Machine): string {
  const share = `${(busyBefore * 100).toFixed(0)} %`
  return `others used ${share} of this machine's CPU before the run: trust ratios, not times and tails`
}

async function busyShare(): Promise<number> {
  const before = cpuTimes()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const after = cpuTimes()
  return 1 - (after.idle - before.idle) / (after.total - before.total)
}

function cpuTimes(): { idle: number; total: number } {
  let idle = 0
  let total = 0
  for (const { times } of cpus()) {
    idle += times.idle
    total += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return { idle, total }
}

function commit(): string | null {
  const head = spawnSync('git', ['rev-parse', '--short', '--verify', 'HEAD'], { cwd: ROOT, encoding: 'utf8' })
  if (head.status !== 0) return null
  return head.stdout.trim() + (said('git', ['-C', ROOT, 'status', '--porcelain']) === '' ? '' : '+')
}

/** What a program writes to either stream; wrk exits 1 after printing its version. */
function said(command: string, args: readonly string[]): string {
  const run = spawnSync(command, args, { encoding: 'utf8' })
  return `${run.stdout ?? ''}${run.stderr ?? ''}`
}
