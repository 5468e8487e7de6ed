// Owns the configuration that policy cases run against. No key is needed: variables without a value get a stand-in.
import { isNode, parseDocument } from 'yaml'
import type { AegisConfig } from '../../config/aegis-config.ts'
import { type Environment, hideReferences, setVariable } from '../../config/env-reference.ts'
import { parseConfig } from '../../config/load-config.ts'
import type { ConfigInput } from '../../config/schema.ts'

/** Long enough for every key. It never leaves this process, because nothing is sent. */
const STAND_IN = 'stand-in-of-a-policy-test'

const usualInput: ConfigInput = {
  providers: {
    local_ollama: { base_url: 'http://localhost:11434', models: ['gemma-3-4b-it-Q8_0', 'llama3.2:8b'] },
    ollama_cloud: { base_url: 'https://ollama.com', api_key: STAND_IN, models: ['llama3-70b', 'llava-13b'] },
    openai: { api_key: STAND_IN, models: ['gpt-4o', 'gpt-4o-mini'] },
  },
  ledger: 'memory:',
}

/** Three providers under their usual names, with the default rules. */
export function usualConfig(): AegisConfig {
  return parseConfig(usualInput, { source: 'policy test', env: {} })
}

/** @throws ConfigError with every problem and its line. */
export function parsePolicyConfig(text: string, source: string): AegisConfig {
  return parseConfig(text, { source, env: withStandIns(text, process.env) })
}

/** A provider whose key is only not set here is open all the same; one without a key stays closed. */
function withStandIns(text: string, env: Environment): Environment {
  const standIns: Record<string, string> = {}
  for (const [, name = ''] of text.matchAll(/\$\{([A-Za-z_]\w*)\}/g)) {
    if (setVariable(env, name) === undefined) standIns[name] = STAND_IN
  }
  return { ...env, ...standIns }
}

/**
 * The text of the mapping `config:` of a policy file, at its own lines and columns, so that a problem in it is told
 * with the line of the file.
 */
export function textOfConfig(text: string): string {
  const node = parseDocument(hideReferences(text)).get('config', true)
  const [start, end] = (isNode(node) && node.range) || [0, text.length]
  const before = text.slice(0, start)
  const lineBreaks = before.split('\n').length - 1
  const column = start - (before.lastIndexOf('\n') + 1)
  return '\n'.repeat(lineBreaks) + ' '.repeat(column) + text.slice(start, end)
}
