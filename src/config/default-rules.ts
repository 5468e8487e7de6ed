// Owns the default routing: the four rules as data, and which provider each of them names.
import type { ProviderRef, ProviderRole } from '../domain/provider-ref.ts'
import type { RoutingRule } from './aegis-config.ts'

/** Which provider answers in each of the four cases. All are names of configured providers. */
export interface DefaultTargets {
  /** Restricted data. When no provider is local this is one that clearance refuses. */
  readonly restricted: string
  readonly qualityCritical: string
  readonly batchProcessing: string
  readonly otherwise: string
}

/** The first of the default rules. It stands before every rule of the user, so that none can come first. */
export function restrictedRule({ restricted }: DefaultTargets): RoutingRule {
  return {
    name: 'sensitive_data_local_only',
    when: { restricted: true },
    use: restricted,
    reason: 'sensitive_data_local_only',
  }
}

/** The other default rules, in order; the last one always applies. */
export function openRules({ qualityCritical, batchProcessing, otherwise }: DefaultTargets): readonly RoutingRule[] {
  return [
    {
      name: 'critical_quality',
      when: { qualityAtLeast: 'critical', complexityAtLeast: 'high' },
      use: qualityCritical,
      reason: 'critical_quality',
    },
    {
      name: 'scale_or_quality',
      when: { any: [{ batchSizeOver: 10 }, { complexityAtLeast: 'high' }] },
      use: batchProcessing,
      reason: 'scale_or_quality',
    },
    { name: 'default_local', when: {}, use: otherwise, reason: 'default_local' },
  ]
}

/** The names that rules of the user cannot take. */
export const defaultRuleNames = ['sensitive_data_local_only', 'critical_quality', 'scale_or_quality', 'default_local']

type Place = Pick<ProviderRef, 'name' | 'location' | 'role'>

/** What the user named; each is a configured provider. */
export interface NamedTargets {
  readonly default_provider?: string | undefined
  readonly quality_critical_provider?: string | undefined
  readonly batch_processing_provider?: string | undefined
}

/**
 * Chooses a provider for each case. `first` is the first configured provider, and stands in where nothing fits.
 *
 * - otherwise: `default_provider`, else the first local one, else the first.
 * - restricted: that one when it is local, else the first local one.
 * - quality critical: as named, else the first of role `openai`, else the first at a cloud, else as otherwise.
 * - batch processing: as named, else the first of role `cloud`, else the first at a cloud, else as otherwise.
 */
export function chooseTargets(providers: readonly Place[], first: Place, named: NamedTargets): DefaultTargets {
  const firstLocal = providers.find((provider) => provider.location === 'local')
  const otherwise = providers.find((provider) => provider.name === named.default_provider) ?? firstLocal ?? first
  const firstCloud = providers.find((provider) => provider.location === 'cloud')
  const playing = (role: ProviderRole) =>
    (providers.find((provider) => provider.role === role) ?? firstCloud ?? otherwise).name
  return {
    otherwise: otherwise.name,
    restricted: (otherwise.location === 'local' ? otherwise : (firstLocal ?? otherwise)).name,
    qualityCritical: named.quality_critical_provider ?? playing('openai'),
    batchProcessing: named.batch_processing_provider ?? playing('cloud'),
  }
}

/** The default fallback chain: role openai, then cloud, then local, each in the order of the configuration. */
export function defaultFallback(providers: readonly Place[]): readonly string[] {
  const order: readonly ProviderRole[] = ['openai', 'cloud', 'local']
  return order.flatMap((role) =>
    providers.filter((provider) => provider.role === role).map((provider) => provider.name),
  )
}
