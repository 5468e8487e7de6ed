// Owns the configuration that policy cases run against. No key is needed: variables without a value get a stand-in.
import { isNode, parseDocument } from 'yaml'
import { type Environment, hideReferences, setVariable } from '../../config/env-reference.ts'
import { parseConfig } from '../../config/load-config.ts'
import { readYaml } from '../../config/read-yaml.ts'

/** A configuration that has been checked. */
export interface PolicyConfig {
  /** For `AegisLLMProxy.create`; its ledger is in memory, so that no file is made. */
  readonly input: object
  readonly env: Environment
  /** The names of its providers. */
  readonly providers: readonly string[]
}

/** Long enough for every key. It never leaves this process, because nothing is sent. */
const STAND_IN = 'stand-in-of-a-policy-test'

const usualText = `
providers:
  local_ollama: { base_url: http://localhost:11434, models: [gemma-3-4b-it-Q8_0, "llama3.2:8b"] }
  ollama_cloud: { base_url: https://ollama.com, api_key: ${STAND_IN}, models: [llama3-70b, llava-13b] }
  openai: { api_key: ${STAND_IN}, models: [gpt-4o, gpt-4o-mini] }
`

/** Three providers under their usual names, with the default rules. */
export function usualConfig(): PolicyConfig {
  return policyConfigFrom(usualText, 'the usual providers')
}

/** @throws ConfigError with every problem and its line. */
export function policyConfigFrom(text: string, source: string): PolicyConfig {
  const env = withStandIns(text, process.env)
  const { providers } = parseConfig(text, { source, env })
  // The current policy is what is tested; a candidate's file would be looked for beside this process.
  const input = { ...(readYaml(text, source).root as object), ledger: 'memory:', rollout: undefined }
  return { input, env, providers: providers.map(({ name }) => name) }
}

/** A provider whose key is only not set here is open all the same; one without a key stays closed. */
export function withStandIns(text: string, env: Environment): Environment {
  const standIns: Record<string, string> = {}
  for (const [, name = ''] of text.matchAll(/\$\{([A-Za-z_]\w*)\}/g)) {
    if (setVariable(env, name) === undefined) standIns[name] = STAND_IN
  }
  return { ...env, ...standIns }
}

/**
 * The configuration that is written in a policy file under `config:`. Its text is read at its own lines and columns,
 * so that a problem in it is told with the line of the file.
 */
export function inlineConfig(text: string, source: string): PolicyConfig {
  const node = parseDocument(hideReferences(text)).get('config', true)
  const [start, end] = (isNode(node) && node.range) || [0, text.length]
  const before = text.slice(0, start)
  const lineBreaks = before.split('\n').length - 1
  const column = start - (before.lastIndexOf('\n') + 1)
  return policyConfigFrom('\n'.repeat(lineBreaks) + ' '.repeat(column) + text.slice(start, end), source)
}
