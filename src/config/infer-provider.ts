// Owns what a provider is when its entry does not say: kind, location and role, from its name and address.
import { isIP } from 'node:net'
import type { Location } from '../domain/location.ts'
import { type ProviderKind, type ProviderRole, providerKinds } from '../domain/provider-ref.ts'
import { isAiSdkKind, serviceAt, serviceOfKind, serviceOfName } from './ai-sdk-services.ts'
import { isInNetworks, isLoopback, isPrivateAddress } from './local-network.ts'
import type { Preset } from './presets/preset.ts'
import { openAIPreset, presetOfHost, presetOfKind, presetOfName } from './presets/presets.ts'
import { type Address, baseUrlOf, isHostOf, OLLAMA_CLOUD_URL, readAddress } from './provider-address.ts'

/** What an entry states, as far as it matters here. */
export interface StatedProvider {
  readonly base_url?: string | undefined
  /** A wire, or a preset. */
  readonly kind?: string | undefined
  readonly location?: Location | undefined
  readonly role?: ProviderRole | undefined
  readonly region?: string | undefined
  readonly project?: string | undefined
}

export interface InferredProvider {
  readonly kind: ProviderKind
  /** What is known of this service or program; undefined for Ollama's own wire and for what is only compatible. */
  readonly preset: Preset | undefined
  readonly location: Location
  readonly role: ProviderRole
  readonly baseUrl: string
  /** At ollama.com, where every call needs a key. */
  readonly isOllamaCloud: boolean
  readonly remarks: readonly Remark[]
}

/** Something to tell the user about an entry. A problem stops the configuration. */
export interface Remark {
  readonly level: 'problem' | 'warning' | 'info'
  readonly key: 'base_url' | 'location'
  readonly message: string
}

/**
 * Completes a provider. Whatever is stated stands; the rest follows from name and address:
 *
 * - a service of ai-sdk-services.ts when its kind is stated, the address is its own, or the name means it and no address
 *   is stated.
 * - preset: the stated kind's; else that of the address's host; else that of the name, when no address is stated or the
 *   preset is a program of one's own.
 * - kind: `openai` when the name or the host contains "openai"; `ollama` when the name contains "ollama", the port is
 *   11434 or the host is ollama.com; otherwise `openai_compatible`, as every preset but OpenAI's is.
 * - address: presets have a default. `ollama.cloud`, which older files name, becomes `ollama.com`.
 * - location: `local` only for loopback and `privacy.local_networks`, and even there `cloud` when the name contains
 *   "cloud" or the kind is a cloud service's: of two hints the more restrictive wins. A stated `local` must be loopback, inside
 *   `privacy.local_networks`, or a host name, which the transport checks when it connects.
 * - role: `local` when local, `openai` when the kind is `openai` or the preset says so, otherwise `cloud`.
 *
 * @returns what was inferred, or a problem when there is no usable address.
 */
export function inferProvider(
  name: string,
  stated: StatedProvider,
  localNetworks: readonly string[],
): InferredProvider | Remark {
  const service = stated.kind === undefined ? serviceOfName(name) : serviceOfKind(stated.kind)
  const assumed = presetWithoutAddress(name, stated.kind)
  const given = stated.base_url ?? (service ? service.addressOf(stated) : assumed?.baseUrl)
  if (given === undefined) {
    const place = service?.kind === 'vertex' ? 'region: europe-west4 and project: my-project' : 'region: eu-central-1'
    const message = service
      ? `is missing: add ${place}, which make the address of ${service.title}`
      : assumed
        ? `is missing: add the address of your own ${assumed.title}`
        : missingAddress
    return { level: 'problem', key: 'base_url', message }
  }
  const read = readAddress(given)
  if (typeof read === 'string') return { level: 'problem', key: 'base_url', message: read }

  const remarks: Remark[] = []
  const address = currentAddress(read, remarks)
  const reached =
    stated.kind === undefined
      ? (serviceAt(address.host, address.path) ?? (stated.base_url === undefined ? service : undefined))
      : service
  const found = stated.kind === undefined ? presetAt(name, stated.base_url, address) : presetOfKind(stated.kind)
  const kind = reached?.kind ?? (found ? wireOf(found) : (statedWire(stated.kind) ?? kindOf(name, address)))
  const preset = reached ? undefined : (found ?? (kind === 'openai' ? openAIPreset : undefined))
  const location = stated.location ?? inferLocation(name, kind, address, localNetworks, remarks)
  if (stated.location === 'local') remarks.push(...remarksOnStatedLocal(name, address, localNetworks))
  return {
    kind,
    preset,
    location,
    role: stated.role ?? (location === 'local' ? 'local' : (preset?.role ?? 'cloud')),
    baseUrl: reached ? address.origin + (address.path || reached.path) : baseUrlOf(address, kind, preset?.path),
    isOllamaCloud: kind === 'ollama' && isHostOf(address.host, 'ollama.com'),
    remarks,
  }
}

const missingAddress = 'is missing: add base_url: http://localhost:11434 for a local Ollama, or the address of its /v1'

/** What an entry means that may have no address. */
function presetWithoutAddress(name: string, kind: string | undefined): Preset | undefined {
  if (kind !== undefined) return presetOfKind(kind)
  return presetOfName(name) ?? (saysOpenAI(name) ? openAIPreset : undefined)
}

/** A service is known by its host. Its name at another host is a proxy or a mistake, of which nothing is known. */
function presetAt(name: string, statedAddress: string | undefined, { host }: Address): Preset | undefined {
  const named = presetOfName(name)
  return presetOfHost(host) ?? (statedAddress === undefined || named?.selfHosted ? named : undefined)
}

function wireOf(preset: Preset): ProviderKind {
  return preset === openAIPreset ? 'openai' : 'openai_compatible'
}

function statedWire(kind: string | undefined): ProviderKind | undefined {
  return providerKinds.find((wire) => wire === kind)
}

function saysOpenAI(name: string): boolean {
  return name.toLowerCase().includes('openai')
}

function kindOf(name: string, { host, port }: Address): ProviderKind {
  if (saysOpenAI(name) || host.includes('openai')) return 'openai'
  const isOllama = name.toLowerCase().includes('ollama') || port === '11434' || isHostOf(host, 'ollama.com')
  return isOllama ? 'ollama' : 'openai_compatible'
}

function currentAddress(address: Address, remarks: Remark[]): Address {
  if (!isHostOf(address.host, 'ollama.cloud')) return address
  const message = `Ollama Cloud is at ${OLLAMA_CLOUD_URL} now, which is used instead of ollama.cloud: change base_url`
  remarks.push({ level: 'warning', key: 'base_url', message })
  return { host: 'ollama.com', port: '', origin: OLLAMA_CLOUD_URL, path: '' }
}

function inferLocation(
  name: string,
  kind: ProviderKind,
  { host }: Address,
  localNetworks: readonly string[],
  remarks: Remark[],
): Location {
  const info = (message: string) => remarks.push({ level: 'info', key: 'location', message })
  if (isLoopback(host) || isInNetworks(host, localNetworks)) {
    const saysCloud = name.toLowerCase().includes('cloud') ? 'its name says cloud' : `its kind is ${kind}`
    if (!isService(kind) && !name.toLowerCase().includes('cloud')) return 'local'
    info(`counts as cloud, because ${saysCloud}: add location: local if its models run there`)
  } else if (isPrivateAddress(host)) {
    info(`counts as cloud: add ${networksLine(host)} if restricted data may go there`)
  } else if (!isService(kind) && isIP(host) === 0 && !host.includes('.')) {
    info(
      `counts as cloud, since ${host} is only a name: add location: local, and its network to privacy.local_networks`,
    )
  }
  return 'cloud'
}

/** A kind that is one cloud service. At this machine's address it is taken for a way there, until told otherwise. */
function isService(kind: ProviderKind): boolean {
  return kind === 'openai' || isAiSdkKind(kind)
}

function remarksOnStatedLocal(name: string, { host }: Address, localNetworks: readonly string[]): readonly Remark[] {
  if (isLoopback(host) || isInNetworks(host, localNetworks)) return []
  const remark = (level: Remark['level'], message: string): readonly Remark[] => [{ level, key: 'location', message }]
  if (isIP(host) !== 0) {
    return isPrivateAddress(host)
      ? remark(
          'problem',
          `is local, but the address is not known to be yours: add ${networksLine(host)}, or remove location: local`,
        )
      : remark('problem', 'cannot be local: the address is on the internet; remove location: local')
  }
  if (isHostOf(host, 'openai.com') || isHostOf(host, 'ollama.com')) {
    return remark('problem', `cannot be local: ${host} is on the internet; remove location: local`)
  }
  const rule = `${host} is checked at each connection: it must resolve to loopback or into privacy.local_networks`
  return localNetworks.length > 0
    ? remark('info', rule)
    : remark(
        'warning',
        `${rule}, which is empty, so ${name} may be refused: add privacy: { local_networks: [172.16.0.0/12] }`,
      )
}

function networksLine(host: string): string {
  return `privacy: { local_networks: [${host}/${isIP(host) === 6 ? '128' : '32'}] }`
}
