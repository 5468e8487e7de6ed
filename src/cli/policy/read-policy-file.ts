// Owns the reading of a policy file: the configuration that is tested, and the cases.
import { dirname, resolve } from 'node:path'
import { ConfigError } from '../../config/config-error.ts'
import { Findings } from '../../config/findings.ts'
import { readYaml } from '../../config/read-yaml.ts'
import { isMapping, type PlainValue } from '../../config/source-tree.ts'
import type { PolicyCase } from './policy-case.ts'
import { inlineConfig, type PolicyConfig, policyConfigFrom, usualConfig } from './policy-config.ts'
import { readCases } from './read-cases.ts'

export interface PolicyFile {
  readonly config: PolicyConfig
  readonly cases: readonly PolicyCase[]
}

/** Reads a file as UTF-8. @throws ConfigError */
export type ReadText = (path: string) => Promise<string>

/**
 * @param statedConfig the file of `--config`, which takes the place of the one in the policy file.
 * @throws ConfigError with every problem of the configuration, or of the cases.
 */
export async function readPolicyFile(
  path: string,
  statedConfig: string | undefined,
  readText: ReadText,
): Promise<PolicyFile> {
  const text = await readText(path)
  const tree = readYaml(text, path)
  const { root } = tree
  if (!isMapping(root)) return new Findings(tree).fail('must be a mapping with cases:')
  const config =
    statedConfig === undefined
      ? await configOf(root.config, path, text, readText)
      : policyConfigFrom(await readText(statedConfig), statedConfig)
  const { cases, problems } = readCases(tree, root, config.providers)
  if (problems.length > 0) throw new ConfigError(problems)
  return { config, cases }
}

async function configOf(
  written: PlainValue | undefined,
  path: string,
  text: string,
  readText: ReadText,
): Promise<PolicyConfig> {
  if (written === undefined) return usualConfig()
  if (typeof written !== 'string') return inlineConfig(text, path)
  const named = resolve(dirname(path), written)
  return policyConfigFrom(await readText(named), named)
}
