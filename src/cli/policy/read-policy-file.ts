// Owns the reading of a policy file: its configuration and its cases, with every mistake named by case and line.
import { dirname, resolve } from 'node:path'
import type { AegisConfig } from '../../config/aegis-config.ts'
import { ConfigError, type ConfigProblem } from '../../config/config-error.ts'
import { Findings } from '../../config/findings.ts'
import { didYouMean } from '../../config/nearest-name.ts'
import { parseSection } from '../../config/parse-section.ts'
import { readYaml } from '../../config/read-yaml.ts'
import { unknownKey } from '../../config/'
import {
  isMapping,
  type PlainMapping,
  type PlainValue,
  type SettingPath,
  type SourceTree,
} from '../../config/source-tree.ts'
import { type CaseExpectation, caseSchema, type PolicyCase } from './policy-case.ts'
import { parsePolicyConfig, textOfConfig, usualConfig } from './policy-config.ts'

export interface PolicyFile {
  readonly config: AegisConfig
  readonly cases: readonly PolicyCase[]
}

/** Reads a file as UTF-8. @throws ConfigError */
export type ReadText = (path: string) => Promise<string>

/**
 * @param statedConfig the file of `--config`, which takes the place of the one in the policy file.
 * @throws ConfigError with every problem of the cases, or of the configuration.
 */
export async function readPolicyFile(
  path: string,
  statedConfig: string | undefined,
  readText: ReadText,
): Promise<PolicyFile> {
  const text = await readText(path)
  const tree = readYaml(text, path)
  const findings = new Findings(tree)
  const { root } = tree
  if (!isMapping(root)) return findings.fail('must be a mapping with cases:')
  const config = await configOf(root.config, { path, text, statedConfig, readText })
  const problems: ConfigProblem[] = []
  const cases = readCases(root, config, tree, problems)
  for (const key of Object.keys(root)) {
    if (key !== 'config' && key !== 'cases') findings.problem([key], unknownKey(key, ['config', 'cases']), 'key')
  }
  problems.unshift(...problemsOf(findings))
  if (problems.length > 0) throw new ConfigError(problems)
  return { config, cases }
}

interface ConfigPlaces {
  readonly path: string
  readonly text: string
  readonly statedConfig: string | undefined
  readonly readText: ReadText
}

async function configOf(
  written: PlainValue | undefined,
  { path, text, statedConfig, readText }: ConfigPlaces,
): Promise<AegisConfig> {
  if (statedConfig !== undefined) return parsePolicyConfig(await readText(statedConfig), statedConfig)
  if (written === undefined) return usualConfig()
  if (typeof written !== 'string') return parsePolicyConfig(textOfConfig(text), path)
  const named = resolve(dirname(path), written)
  return parsePolicyConfig(await readText(named), named)
}

function readCases(
  { cases }: PlainMapping,
  config: AegisConfig,
  tree: SourceTree,
  problems: ConfigProblem[],
): readonly PolicyCase[] {
  if (!Array.isArray(cases) || cases.length === 0) {
    const findings = new Findings(tree)
    findings.problem(['cases'], 'must be a list with at least one case: - { name: …, task: {…}, expect: {…} }')
    problems.push(...problemsOf(findings))
    return []
  }
  return cases.flatMap((value: PlainValue, index) => {
    const path: SettingPath = ['cases', index]
    const findings = new Findings(tree)
    const entry = parseSection(caseSchema, value, path, findings)
    if (entry && !findings.isFaultyWithin([...path, 'expect'])) checkNames(entry.expect, config, path, findings)
    const name = isMapping(value) && typeof value.name === 'string' ? `"${value.name}"` : `number ${index + 1}`
    for (const problem of problemsOf(findings)) {
      problems.push({ ...problem, message: `case ${name}: ${problem.message}` })
    }
    return entry ? { ...entry, line: tree.positionOf(path, 'value')?.line ?? 0 } : []
  })
}

/** Every expected provider must be one that is configured: a misspelt one would only ever fail. */
function checkNames(expected: CaseExpectation, config: AegisConfig, path: SettingPath, findings: Findings): void {
  const known = config.providers.map(({ name }) => name)
  const check = (name: string | undefined, setting: SettingPath, part: 'key' | 'value' = 'value') => {
    if (name === undefined || known.includes(name)) return
    const hint = didYouMean(name, known) || `; configured: ${known.join(', ')}`
    findings.problem([...path, 'expect', ...setting], `no provider has this name${hint}`, part)
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
