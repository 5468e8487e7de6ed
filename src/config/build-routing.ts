// Owns the step from the checked routing section to rules that name configured providers.
import { isRestricted } from '../domain/data-classification.ts'
import type { AegisConfig, ProviderConfig, RoutingRule } from './aegis-config.ts'
import { chooseTargets, defaultFallback, defaultRuleNames, openRules, restrictedRule } from './default-rules.ts'
import type { Findings } from './findings.ts'
import { didYouMean } from './nearest-name.ts'
import { breakerSchema, type ConditionEntry, type RoutingEntry, type RuleEntry } from './routing-schema.ts'
import type { SettingPath } from './source-tree.ts'

/**
 * The rules in force: the default rule for restricted data, then the user's, then the other default rules. A rule of
 * the user therefore never decides where restricted data goes; clearance would refuse a cloud provider in any case.
 */
export function buildRouting(
  entry: RoutingEntry,
  providers: readonly ProviderConfig[],
  findings: Findings,
): AegisConfig['routing'] {
  entry.fallback?.forEach((name, index, all) => {
    if (all.indexOf(name) !== index) {
      findings.problem(['routing', 'fallback', index], 'is named twice: remove one of them')
    }
  })
  const grouped = new Set<string>()
  entry.groups.forEach((group, index) => {
    group.forEach((name, place) => {
      if (grouped.has(name)) findings.problem(['routing', 'groups', index, place], 'is in a group already: remove one')
      grouped.add(name)
    })
  })
  for (const { name, weight } of providers) {
    const message = 'does nothing: name the provider in a group of routing.groups'
    if (weight !== undefined && !grouped.has(name)) findings.problem(['providers', name, 'weight'], message, 'key')
  }
  const rules = buildUserRules(entry.rules, providers, findings)
  const fallback = entry.fallback ?? defaultFallback(providers)
  const { failures, window_ms, cooldown_ms } = entry.breaker ?? breakerSchema.parse({})
  const limits = {
    maxAttempts: entry.max_attempts,
    timeoutMs: entry.timeout_ms,
    maxRetries: entry.max_retries,
    groups: entry.groups,
    breaker: { failures, windowMs: window_ms, cooldownMs: cooldown_ms },
  }

  const [first] = providers
  if (!first) return { rules, fallback, defaultProvider: '', ...limits }
  const targets = chooseTargets(providers, first, entry)
  return {
    rules: [restrictedRule(targets), ...rules, ...openRules(targets)],
    fallback,
    defaultProvider: targets.otherwise,
    ...limits,
  }
}

function buildUserRules(
  entries: readonly RuleEntry[],
  providers: readonly ProviderConfig[],
  findings: Findings,
): readonly RoutingRule[] {
  const taken = new Set(defaultRuleNames)
  return entries.map((entry, index) => {
    const path: SettingPath = ['routing', 'rules', index]
    const name = entry.name ?? `rule_${index + 1}`
    if (taken.has(name)) findings.problem([...path, 'name'], 'another rule has this name: choose a different one')
    taken.add(name)
    const provider = providers.find((candidate) => candidate.name === entry.use)
    if (provider && !findings.isFaultyWithin(['providers', provider.name, 'models']))
      checkModel(entry.model, provider, [...path, 'model'], findings)
    if (entry.when && onlyRestricted(entry.when)) {
      const fix = 'set routing.default_provider to a local provider to choose who answers it, and remove this rule'
      findings.notice(
        'warning',
        `${name} (${findings.where(path)}) never applies: restricted data is routed before it; ${fix}`,
      )
    }
    return {
      name,
      when: entry.when ? conditionOf(entry.when) : {},
      use: entry.use,
      ...(entry.model === undefined ? {} : { model: entry.model }),
      reason: 'rule',
    }
  })
}

function checkModel(model: string | undefined, provider: ProviderConfig, path: SettingPath, findings: Findings): void {
  if (model === undefined || provider.models.includes(model)) return
  const hint = didYouMean(model, provider.models) || `; it has ${provider.models.slice(0, 10).join(', ')}`
  findings.problem(path, `${provider.name} has no such model${hint}`)
}

/** True when the condition can hold for restricted data only. */
function onlyRestricted({ restricted, classification }: ConditionEntry): boolean {
  const levels = typeof classification === 'string' ? [classification] : (classification ?? [])
  return restricted === true || (levels.length > 0 && levels.every(isRestricted))
}

function conditionOf(entry: ConditionEntry): RoutingRule['when'] {
  const { classification, restricted, quality_at_least, complexity_at_least, batch_size_over, tags, any } = entry
  return {
    ...(classification === undefined
      ? {}
      : { classification: typeof classification === 'string' ? [classification] : classification }),
    ...(restricted === undefined ? {} : { restricted }),
    ...(quality_at_least === undefined ? {} : { qualityAtLeast: quality_at_least }),
    ...(complexity_at_least === undefined ? {} : { complexityAtLeast: complexity_at_least }),
    ...(batch_size_over === undefined ? {} : { batchSizeOver: batch_size_over }),
    ...(tags === undefined ? {} : { tags }),
    ...(any === undefined ? {} : { any: any.map(conditionOf) }),
  }
}
