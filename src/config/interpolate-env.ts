// Owns the replacement of environment references in a parsed configuration. Only values are touched, never keys.
import { type Environment, expandReferences } from './env-reference.ts'
import type { Findings } from './findings.ts'
import { isMapping, type PlainMapping, type PlainValue, pathText, type SettingPath } from './source-tree.ts'

export interface Interpolated {
  readonly root: PlainValue
  /** The first unset variable of each setting that may do without, by the setting's path text. */
  readonly unsetVariables: ReadonlyMap<string, string>
}

/**
 * Replaces `${VAR}` and `${VAR:-default}` in every string. An unset variable without a default is a problem, except
 * in a provider's keys and its `organization`: those are left out, and what follows is decided where keys are
 * needed. `${VAR:-}`, a default of nothing, leaves a setting out when VAR is unset.
 */
export function interpolateEnv(root: PlainValue, env: Environment, findings: Findings): Interpolated {
  const unsetVariables = new Map<string, string>()

  function visit(value: PlainValue, path: SettingPath): PlainValue | undefined {
    if (typeof value === 'string') return expand(value, path)
    if (Array.isArray(value)) return value.map((item: PlainValue, index) => visit(item, [...path, index]) ?? '')
    if (isMapping(value)) return visitMapping(value, path)
    return value
  }

  function visitMapping(mapping: PlainMapping, path: SettingPath): PlainMapping {
    const result: Record<string, PlainValue> = {}
    for (const [key, value] of Object.entries(mapping)) {
      const visited = visit(value, [...path, key])
      if (visited !== undefined) result[key] = visited
    }
    return result
  }

  function expand(source: string, path: SettingPath): string | undefined {
    if (!source.includes('$')) return mayBeUnset(path) && source.trim() === '' ? undefined : source
    const { text, unset, malformed } = expandReferences(source, env)
    if (malformed) {
      findings.problem(path, malformedText)
      return undefined
    }
    const [variable] = unset
    if (variable === undefined) return text.trim() === '' ? undefined : text
    if (mayBeUnset(path)) unsetVariables.set(pathText(path), variable)
    else findings.problem(path, unsetText(variable))
    return undefined
  }

  return { root: visit(root, []) ?? null, unsetVariables }
}

const malformedText = `a reference must be \${NAME} or \${NAME:-default}; write $$ for a dollar sign`

function mayBeUnset(path: SettingPath): boolean {
  return path.length === 3 && path[0] === 'providers' && canBeMissing.has(String(path[2]))
}

/** Settings without which a provider is closed or works all the same. */
const canBeMissing = new Set([
  'api_key',
  'organization',
  'access_key_id',
  'secret_access_key',
  'session_token',
  'credentials_file',
])

function unsetText(variable: string): string {
  return `${variable} is not set: export ${variable}=..., or give a default with \${${variable}:-...}`
}
