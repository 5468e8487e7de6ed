// Owns the reading of a candidate policy, from a file of its own or from a configuration, against the providers there are.
import { createHash } from 'node:crypto'
import type { CandidatePolicy } from '../domain/rollout.ts'
import type { AegisConfig, ProviderConfig } from './aegis-config.ts'
import { buildRouting } from './build-routing.ts'
import { checkReferences } from './check-references.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import type { Environment } from './env-reference.ts'
import { Findings } from './findings.ts'
import { interpolateEnv } from './interpolate-env.ts'
import { didYouMean } from './nearest-name.ts'
import { parseSection } from './parse-section.ts'
import { readYaml } from './read-yaml.ts'
import { candidateSchema } from './rollout-schema.ts'
import { routingSchema } from './routing-schema.ts'
import { isMapping, type PlainMapping, type SourceTree } from './source-tree.ts'

/** What a candidate is read against: it changes nothing of it. */
export interface CandidateGround {
  readonly providers: readonly ProviderConfig[]
  readonly groups: AegisConfig['routing']['groups']
}

/** A candidate, or what is wrong with it. */
export interface ReadCandidate {
  readonly candidate: CandidatePolicy | undefined
  readonly problems: readonly ConfigProblem[]
}

/** Of a file with `routing:` and `models:`. */
export function readCandidateFile(
  text: string,
  file: string,
  env: Environment,
  ground: CandidateGround,
): ReadCandidate {
  try {
    const tree = readYaml(text, file)
    const findings = new Findings(tree)
    const { root } = interpolateEnv(tree.root, env, findings)
    if (!isMapping(root)) findings.problem([], 'must be a mapping with routing: and models:')
    else if (root.providers !== undefined) findings.problem(['providers'], otherSections, 'key')
    if (findings.problems.length > 0 || !isMapping(root)) return { candidate: undefined, problems: findings.problems }
    return readCandidate({ ...tree, root }, ground)
  } catch (error) {
    if (error instanceof ConfigError) return { candidate: undefined, problems: error.problems }
    throw error
  }
}

const otherSections =
  'a candidate changes routing and the order of models only: providers, prices, budgets and privacy hold for both policies'

/** @param tree its root is the candidate, with its references to the environment replaced. */
export function readCandidate(tree: SourceTree, { providers, groups }: CandidateGround): ReadCandidate {
  const findings = new Findings(tree)
  const root = tree.root as PlainMapping
  const entry = parseSection(candidateSchema, root, [], findings)
  // The checks know a configuration, so they are given what looks like one.
  const known = Object.fromEntries(providers.map(({ name }) => [name, {}]))
  checkReferences({ providers: known, ...(isMapping(root.routing) ? { routing: root.routing } : {}) }, findings)
  const models = modelsOf(entry?.models ?? {}, providers, findings)
  const routing = { ...routingSchema.parse({}), ...entry?.routing, groups: groups.map((group) => [...group]) }
  const { rules, fallback } = buildRouting(routing, providers, findings)
  if (findings.problems.length > 0) return { candidate: undefined, problems: findings.problems }
  return { candidate: { source: tree.file, rules, fallback, models }, problems: [] }
}

/** A name for what the candidate decides: the same for the same rules, wherever they are written. */
export function fingerprint({ rules, fallback, models }: CandidatePolicy): string {
  return createHash('sha256').update(JSON.stringify({ rules, fallback, models })).digest('hex').slice(0, 12)
}

function modelsOf(
  entries: Readonly<Record<string, readonly string[]>>,
  providers: readonly ProviderConfig[],
  findings: Findings,
): CandidatePolicy['models'] {
  const ordered = Object.entries(entries).flatMap(([name, first]) => {
    const provider = providers.find((one) => one.name === name)
    if (!provider) {
      const names = providers.map((one) => one.name)
      const hint = didYouMean(name, names) || `; configured: ${names.join(', ')}`
      findings.problem(['models', name], `no provider has this name${hint}`, 'key')
      return []
    }
    first.forEach((model, index) => {
      const path = ['models', name, index]
      if (first.indexOf(model) !== index) findings.problem(path, 'is named twice: remove one of them')
      if (provider.models.includes(model)) return
      const hint = didYouMean(model, provider.models) || `; it has ${provider.models.slice(0, 10).join(', ')}`
      findings.problem(path, `${name} has no such model${hint}: add it to providers.${name}.models first`)
    })
    return [[name, [...first, ...provider.models.filter((model) => !first.includes(model))]] as const]
  })
  return Object.fromEntries(ordered)
}
