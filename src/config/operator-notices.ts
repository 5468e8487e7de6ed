// Owns what an operator should know of a configuration that is valid: what will be refused, and what has no limit.
import type { AegisConfig, ProviderConfig } from './aegis-config.ts'
import type { Findings } from './findings.ts'
import { presetOfKind } from './presets/presets.ts'

type Judged = Pick<AegisConfig, 'providers' | 'pricing' | 'budgets'>

/** Adds notices, each with the line that would change what it says. */
export function addOperatorNotices({ providers, pricing, budgets }: Judged, findings: Findings): void {
  if (!providers.some((provider) => provider.location === 'local')) {
    const line = 'local_ollama: { base_url: http://localhost:11434, models: [llama3.2] }'
    findings.notice(
      'warning',
      `no provider is local, so requests with confidential, pii or hipaa data are refused: add to providers: ${line}`,
    )
  }
  const paid = providers.filter(
    (provider) => provider.location === 'cloud' && !provider.simulated && !isFree(provider, pricing),
  )
  const open = paid.filter((provider) => provider.closedBecause === undefined)
  for (const { name, kind, preset, models } of open) {
    const prices = pricing[name]
    // Nor has the price book prices of Ollama Cloud, which is sold by subscription.
    const isUnpriced = kind === 'ollama' || presetOfKind(preset)?.isPriced === false
    if (!isUnpriced || prices?.['*'] || models.every((model) => prices?.[model])) continue
    findings.notice('warning', unpricedNotice(name))
  }
  const unlimited = open.filter(({ name }) => budgets.monthlyLimits[name] === undefined)
  if (unlimited.length > 0) {
    const limits = unlimited.map(({ name }) => `${name}: 50.0`).join(', ')
    findings.notice(
      'info',
      `no monthly limit holds for some providers: set one, in US dollars: budgets: { monthly_limits: { ${limits} } }`,
    )
  }
}

/** What to say of a provider whose prices nobody knows. Unknown is never free. */
export function unpricedNotice(name: string): string {
  return (
    `${name} has models of unknown price, which are refused: add pricing: { ${name}: { free: true } } for a flat ` +
    `subscription, or { ${name}: { "*": { input_per_million: 0.5, output_per_million: 1.5 } } } for a price in dollars`
  )
}

function isFree({ name }: ProviderConfig, pricing: AegisConfig['pricing']): boolean {
  return pricing[name]?.['*']?.free === true
}
