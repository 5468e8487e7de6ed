// Owns the reading of the cases of a policy file. Every mistake is told with the case's name and line.
import { ConfigError, type ConfigProblem } from '../../config/config-error.ts'
import { Findings } from '../../config/findings.ts'
import { didYouMean } from '../../config/nearest-name.ts'
import {
  isMapping,
  type PlainMapping,
  type PlainValue,
  type SettingPath,
  type SourceTree,
} from '../../config/source-tree.ts'
import {
  type CaseExpectation,
  expectFields,
  type FieldCheck,
  isText,
  type PolicyCase,
  taskFields,
} from './policy-case.ts'

/** The cases that could be read, and everything that is wrong. */
export interface ReadCases {
  readonly cases: readonly PolicyCase[]
  readonly problems: readonly ConfigProblem[]
}

/** @param providers the names of the configured providers: a misspelt one would only ever fail. */
export function readCases(tree: SourceTree, root: PlainMapping, providers: readonly string[]): ReadCases {
  const findings = new Findings(tree)
  for (const key of Object.keys(root)) {
    if (key !== 'config' && key !== 'cases') findings.unknownKey([], key, ['config', 'cases'])
  }
  const written = Array.isArray(root.cases) ? (root.cases as readonly PlainValue[]) : []
  if (written.length === 0) {
    findings.problem(['cases'], 'must be a list with at least one case: - { name: …, task: {…}, expect: {…} }')
  }
  const read = written.map((value, index) => readCase(tree, value, index, providers))
  return {
    cases: read.flatMap(({ cases }) => cases),
    problems: [...problemsOf(findings), ...read.flatMap(({ problems }) => problems)],
  }
}

function readCase(tree: SourceTree, value: PlainValue, index: number, providers: readonly string[]): ReadCases {
  const path: SettingPath = ['cases', index]
  const findings = new Findings(tree)
  const entry = isMapping(value) ? value : {}
  if (!isMapping(value)) findings.problem(path, 'must be a mapping with name, task and expect')
  for (const key of Object.keys(entry)) {
    if (!['name', 'task', 'expect'].includes(key)) findings.unknownKey(path, key, ['name', 'task', 'expect'])
  }
  const { name = null, task = {}, expect = null } = entry
  const wrongName = isText(name)
  if (wrongName) findings.problem([...path, 'name'], name === null ? 'is missing' : wrongName)
  readFields(task, taskFields, [...path, 'task'], findings)
  readFields(expect ?? {}, expectFields, [...path, 'expect'], findings)
  if (!findings.isFaultyWithin([...path, 'expect']))
    checkExpectation(expect ?? {}, [...path, 'expect'], providers, findings)
  const shownName = typeof name === 'string' ? `"${name}"` : `number ${index + 1}`
  const problems = problemsOf(findings).map((one) => ({ ...one, message: `case ${shownName}: ${one.message}` }))
  if (problems.length > 0) return { cases: [], problems }
  // Checked field by field above.
  const checked = { name, task, expect } as unknown as Omit<PolicyCase, 'line'>
  return { cases: [{ ...checked, line: tree.positionOf(path, 'value')?.line ?? 0 }], problems: [] }
}

function readFields(
  value: PlainValue,
  fields: Readonly<Record<string, FieldCheck>>,
  path: SettingPath,
  findings: Findings,
): void {
  if (!isMapping(value)) {
    findings.problem(path, `must be a mapping with ${Object.keys(fields).join(', ')}`)
    return
  }
  for (const [key, one] of Object.entries(value)) {
    const check = Object.hasOwn(fields, key) ? fields[key] : undefined
    const wrong = check?.(one)
    if (!check) findings.unknownKey(path, key, Object.keys(fields))
    else if (wrong !== undefined) findings.problem([...path, key], one === null ? 'has no value' : wrong)
  }
}

function checkExpectation(
  value: PlainValue,
  path: SettingPath,
  providers: readonly string[],
  findings: Findings,
): void {
  const expected = value as CaseExpectation
  const keys = Object.keys(expected)
  if (keys.length === 0) findings.problem(path, 'expects nothing: name a provider, a reason or an error')
  if (expected.error !== undefined && keys.some((key) => key !== 'error' && key !== 'excluded')) {
    findings.problem(path, 'says error and who answers: remove one of them')
  }
  const check = (name: string | undefined, setting: SettingPath, part: 'key' | 'value' = 'value') => {
    if (name === undefined || providers.includes(name)) return
    const hint = didYouMean(name, providers) || `; configured: ${providers.join(', ')}`
    findings.problem([...path, ...setting], `no provider has this name${hint}`, part)
  }
  check(expected.provider, ['provider'])
  for (const [index, name] of (expected.fallback ?? []).entries()) check(name, ['fallback', index])
  for (const name of Object.keys(expected.excluded ?? {})) check(name, ['excluded', name], 'key')
}

function problemsOf(findings: Findings): readonly ConfigProblem[] {
  try {
    findings.throwIfAny()
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}
