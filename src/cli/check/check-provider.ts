// Owns the examination of one provider: is it there, does it have its models, what do they cost, is local local.
import { isIP } from 'node:net'
import type { AegisConfig, ProviderConfig } from '../../config/aegis-config.ts'
import { isLoopback } from '../../config/local-network.ts'
import { didYouMean } from '../../config/nearest-name.ts'
import { unpricedNotice } from '../../config/operator-notices.ts'
import type { CancelSignal } from '../../domain/cancellation.ts'
import { isCloudModelName } from '../../domain/model-location.ts'
import type { Trial } from '../../library/try-model.ts'
import type { ModelCatalogue } from '../../policy/model-catalogue.ts'
import type { PriceBook } from '../../policy/price-book.ts'
import type { Provider, ProviderHealth } from '../../providers/provider.ts'
import { priceText } from '../price-text.ts'
import type { ModelReport, ProviderReport, Remarks } from './check-report.ts'

/** What an examination reads beside the provider. */
export interface CheckSurroundings {
  readonly privacy: AegisConfig['privacy']
  readonly priceBook: PriceBook
  readonly remarks: Remarks
  readonly catalogue: ModelCatalogue
  /** Cancelled when a probe takes too long. */
  readonly deadline: CancelSignal
  /** Measures a tiny answer of a free model; words say why there was none. Undefined where none is wanted. */
  readonly tryModel: ((provider: string, model: string) => Promise<Trial | string>) | undefined
}

/** @param provider undefined for one that is closed, which is not asked. */
export async function checkProvider(
  config: ProviderConfig,
  provider: Provider | undefined,
  surroundings: CheckSurroundings,
): Promise<ProviderReport> {
  const { remarks, deadline } = surroundings
  const { name, location, simulated, baseUrl: address, closedBecause } = config
  const kind = config.preset ?? config.kind
  const startedMs = performance.now()
  const health = await provider?.probe(deadline)
  const listed = health?.reachable ? health.models : undefined
  const base = { name, kind, location, simulated, address, models: modelReports(config, listed, surroundings) }
  if (!health) {
    const detail = closedBecause ?? 'it is not open'
    remarks.warnings.push(`${name} is closed: ${detail}`)
    return { ...base, state: 'closed', detail, probeMs: undefined, proof: undefined, trial: undefined }
  }
  const probeMs = Math.round(performance.now() - startedMs)
  if (!health.reachable) {
    remarks.problems.push(unreachableText(config, health))
    return { ...base, state: 'unreachable', detail: health.detail, probeMs, proof: undefined, trial: undefined }
  }
  if (location === 'local' && config.kind === 'ollama') warnOfForwarding(name, health.models, remarks)
  const proof = location === 'local' ? proofText(address, surroundings.privacy) : undefined
  const trial = await trialOf(config, health.models, surroundings)
  return { ...base, state: 'reachable', detail: countText(health.models.length), probeMs, proof, trial }
}

/** The default model of a chat, when it is free and there. What is wrong with it is a problem of its own. */
async function trialOf(
  config: ProviderConfig,
  listed: readonly string[],
  { priceBook, catalogue, tryModel, remarks }: CheckSurroundings,
): Promise<Trial | undefined> {
  const model = config.models.find((one) => catalogue.facts(config, one).capabilities?.chat !== false)
  if (!tryModel || model === undefined || priceBook.price(config, model).state !== 'free') return undefined
  if (listed.length > 0 && !isAmong(model, listed, config)) return undefined
  const trial = await tryModel(config.name, model)
  if (typeof trial !== 'string') return trial
  remarks.problems.push(`${config.name} gives no answer with ${model}: ${trial}`)
  return undefined
}

function modelReports(
  config: ProviderConfig,
  listed: readonly string[] | undefined,
  { priceBook, remarks }: CheckSurroundings,
): readonly ModelReport[] {
  const prices = config.models.map((model) => ({ model, price: priceBook.price(config, model) }))
  const isOpen = config.closedBecause === undefined
  if (isOpen && prices.some(({ price }) => price.state === 'unknown'))
    remarks.problems.push(unpricedNotice(config.name))
  return prices.map(({ model, price }) => {
    const isListed = listed === undefined || listed.length === 0 ? undefined : isAmong(model, listed, config)
    if (isListed === false) remarkMissing(config, model, listed ?? [], remarks)
    return { model, listed: isListed, price: priceText(price) }
  })
}

/** Ollama lists names with their tag, and no tag means `latest`; letter case does not count there. */
function isAmong(model: string, listed: readonly string[], { kind }: ProviderConfig): boolean {
  if (kind !== 'ollama') return listed.includes(model)
  const whole = (name: string) => (/:[^/]*$/.test(name) ? name : `${name}:latest`).toLowerCase()
  return listed.some((name) => whole(name) === whole(model))
}

function remarkMissing(config: ProviderConfig, model: string, listed: readonly string[], remarks: Remarks): void {
  const { name, kind, location } = config
  const hint = didYouMean(model, listed)
  // Servers that only speak OpenAI's wire often serve aliases which they do not list.
  if (kind === 'openai_compatible') {
    remarks.warnings.push(`${name} does not list ${model}${hint}; it may serve it all the same`)
    return
  }
  const pull = kind === 'ollama' && location === 'local' ? `\`ollama pull ${model}\`, or ` : ''
  remarks.problems.push(`${name} does not have ${model}${hint || ':'} ${pull}correct providers.${name}.models`)
}

function unreachableText({ name, kind, location, baseUrl }: ProviderConfig, { detail }: ProviderHealth): string {
  const what = (detail.startsWith(`${name} `) ? detail.slice(name.length + 1) : detail).replace(/\.$/, '')
  const start = kind === 'ollama' ? 'start it with `ollama serve`' : 'start its server'
  const fix = location === 'local' ? `${start}, or correct` : 'check the network, its api_key and'
  return `${name} at ${baseUrl} ${what}: ${fix} providers.${name}.base_url`
}

/** Models that an Ollama on this machine lists and runs elsewhere. They never get restricted data. */
function warnOfForwarding(name: string, listed: readonly string[], { warnings }: Remarks): void {
  const forwarded = listed.filter(isCloudModelName)
  if (forwarded.length === 0) return
  const shown = forwarded.slice(0, 3).join(', ')
  warnings.push(
    `${name} forwards ${forwarded.length} of its models to ollama.com (${shown}): they count as cloud and never get ` +
      'restricted data; OLLAMA_NO_CLOUD=1 switches that off',
  )
}

/** Why the address counts as local. The connection has been made, so a name has passed the check of its addresses. */
function proofText(address: string, { localNetworks }: AegisConfig['privacy']): string {
  const host = new URL(address).hostname.replace(/^\[|\]$/g, '')
  if (isLoopback(host)) return `${host} is this machine`
  if (isIP(host) !== 0) return `${host} is in privacy.local_networks`
  return `${host} resolves to this machine or into privacy.local_networks (${localNetworks.join(', ') || 'empty'})`
}

function countText(count: number): string {
  return count === 0 ? 'it lists no models' : `${count} ${count === 1 ? 'model' : 'models'}`
}
