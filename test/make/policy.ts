// Owns the making of routing policies in tests, with the default rules as the configuration builds them.
import { chooseTargets, defaultFallback, openRules, restrictedRule } from '../../src/config/default-rules.ts'
import { createModelCatalogue } from '../../src/policy/model-catalogue.ts'
import type { RoutableProvider, RoutingPolicy } from '../../src/policy/route.ts'
import { cloudProvider, localProvider, openaiProvider } from './provider.ts'

/** Knows only what a model's name says. */
export const emptyCatalogue = createModelCatalogue({ providers: [], listed: {}, priceList: { find: () => undefined } })

/** The default rules over these providers; the usual three unless told. */
export function routingPolicy(
  providers: readonly RoutableProvider[] = [localProvider(), cloudProvider(), openaiProvider()],
  more: Partial<RoutingPolicy> = {},
): RoutingPolicy {
  const [first] = providers
  const targets = first && chooseTargets(providers, first, {})
  return {
    rules: targets ? [restrictedRule(targets), ...openRules(targets)] : [],
    fallback: defaultFallback(providers),
    providers,
    catalogue: emptyCatalogue,
    onExplicitCloudModel: 'reroute',
    ...more,
  }
}
