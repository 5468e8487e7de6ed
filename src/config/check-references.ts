// Owns the check that every provider named anywhere in a configuration is one of its providers.
import type { Findings } from './findings.ts'
import { didYouMean } from './nearest-name.ts'
import { isMapping, type PlainMapping, type PlainValue, type SettingPath } from './source-tree.ts'

/**
 * Records every name that is no provider's. Works on what was written, so that a section or a provider with problems
 * of its own is checked as well.
 */
export function checkReferences(root: PlainMapping, findings: Findings): void {
  const known = keysOf(root.providers)
  if (known.length === 0) return

  function check(name: PlainValue | undefined, path: SettingPath, part: 'key' | 'value' = 'value') {
    if (typeof name !== 'string' || known.includes(name)) return
    const hint = didYouMean(name, known) || `; configured: ${known.join(', ')}`
    findings.problem(path, `no provider has this name${hint}`, part)
  }

  const routing = isMapping(root.routing) ? root.routing : {}
  for (const key of ['default_provider', 'quality_critical_provider', 'batch_processing_provider']) {
    check(routing[key], ['routing', key])
  }
  itemsOf(routing.fallback).forEach((name, index) => {
    check(name, ['routing', 'fallback', index])
  })
  itemsOf(routing.groups).forEach((group, index) => {
    itemsOf(group).forEach((name, place) => {
      check(name, ['routing', 'groups', index, place])
    })
  })
  itemsOf(routing.rules).forEach((rule, index) => {
    if (isMapping(rule)) check(rule.use, ['routing', 'rules', index, 'use'])
  })
  const limits = isMapping(root.budgets) ? root.budgets.monthly_limits : undefined
  for (const name of keysOf(limits)) check(name, ['budgets', 'monthly_limits', name], 'key')
  itemsOf(isMapping(root.budgets) ? root.budgets.limits : undefined).forEach((limit, index) => {
    if (isMapping(limit)) check(limit.provider, ['budgets', 'limits', index, 'provider'])
  })
  for (const name of keysOf(root.pricing)) check(name, ['pricing', name], 'key')
}

function keysOf(value: PlainValue | undefined): readonly string[] {
  return isMapping(value) ? Object.keys(value) : []
}

function itemsOf(value: PlainValue | undefined): readonly PlainValue[] {
  return Array.isArray(value) ? value : []
}
