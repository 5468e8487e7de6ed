// Owns the step from the checked rollout section to a plan: its candidate, its stages and its gates.
import type { z } from 'zod'
import { fromUsd } from '../domain/money.ts'
import type { RolloutPlan, RolloutStage } from '../domain/rollout.ts'
import type { Environment } from './env-reference.ts'
import type { Findings } from './findings.ts'
import { parseSection } from './parse-section.ts'
import {
  type CandidateGround,
  fingerprint,
  type ReadCandidate,
  readCandidate,
  readCandidateFile,
} from './read-candidate.ts'
import { rolloutSchema, type StageEntry } from './rollout-schema.ts'
import type { PlainMapping, SourceTree } from './source-tree.ts'

const DEFAULT_MONTHLY_COST = 300

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export interface RolloutSurroundings {
  readonly tree: SourceTree
  readonly env: Environment
  /** Reads a candidate's file, by the name that the configuration gives it; throws what the file system says. */
  readonly readCandidateText: (name: string) => string
  readonly ground: CandidateGround
}

/** Undefined without the section, and when something is wrong with it, which is then among the findings. */
export function buildRollout(
  root: PlainMapping,
  surroundings: RolloutSurroundings,
  findings: Findings,
): RolloutPlan | undefined {
  if (root.rollout === undefined) return undefined
  const entry = parseSection(rolloutSchema, root.rollout, ['rollout'], findings)
  // What is wrong with a candidate that is written here is told by its own reading.
  if (!entry) return undefined
  const { candidate, problems } = candidateOf(entry.candidate, root.rollout as PlainMapping, surroundings, findings)
  findings.adopt(problems)
  const stages = stagesOf(entry, findings)
  if (!candidate) return undefined
  const { gates } = entry
  return {
    id: fingerprint(candidate),
    by: entry.by,
    candidate,
    stages,
    gates: {
      errorRatePercent: gates.error_rate_percent,
      p95Ms: gates.p95_ms,
      monthlyCost: gates.monthly_cost ?? fromUsd(DEFAULT_MONTHLY_COST),
      privacyViolations: gates.privacy_violations,
    },
    checkEveryMs: millisecondsOf(entry.check_every),
  }
}

type RolloutEntry = z.output<typeof rolloutSchema>

function candidateOf(
  written: RolloutEntry['candidate'],
  section: PlainMapping,
  { tree, env, ground, readCandidateText }: RolloutSurroundings,
  findings: Findings,
): ReadCandidate {
  if (typeof written !== 'string') {
    const prefix = ['rollout', 'candidate']
    const { candidate, problems } = readCandidate(
      {
        file: tree.file,
        root: section.candidate ?? {},
        positionOf: (path, part) => tree.positionOf([...prefix, ...path], part),
      },
      ground,
    )
    return {
      candidate: candidate && { ...candidate, source: prefix.join('.') },
      problems: problems.map((one) => ({
        ...one,
        path: [...prefix, one.path].filter((part) => part !== '').join('.'),
      })),
    }
  }
  try {
    return readCandidateFile(readCandidateText(written), written, env, ground)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    findings.problem(['rollout', 'candidate'], fileMessages[code] ?? 'the file of the candidate cannot be read')
    return { candidate: undefined, problems: [] }
  }
}

const fileMessages: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file beside this one: write the candidate there, or here as a mapping with routing',
  EISDIR: 'is a directory: name the file in it',
  EACCES: 'the file may not be read by this user: check its permissions',
}

function stagesOf(entry: RolloutEntry, findings: Findings): RolloutStage[] {
  const stages = entry.stages.map((stage) => stageOf(typeof stage === 'number' ? { percent: stage } : stage, entry))
  stages.forEach(({ percent }, index) => {
    const before = stages[index - 1]
    if (before && percent <= before.percent)
      findings.problem(['rollout', 'stages', index], 'must be above the stage before it')
  })
  if (stages.at(-1)?.percent !== 100)
    findings.problem(['rollout', 'stages', stages.length - 1], 'the last stage must be 100')
  return stages
}

function stageOf(
  { percent, min_time, min_requests }: Partial<StageEntry> & Pick<StageEntry, 'percent'>,
  entry: RolloutEntry,
): RolloutStage {
  return {
    percent,
    minTimeMs: millisecondsOf(min_time ?? entry.min_time),
    minRequests: min_requests ?? entry.min_requests,
  }
}

/** @param text as the schema has checked it: `90s`, `30m`, `12h`, `2d`. */
function millisecondsOf(text: string): number {
  return Number(text.slice(0, -1)) * units[text.slice(-1) as keyof typeof units]
}
