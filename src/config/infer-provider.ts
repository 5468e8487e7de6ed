// Owns what a provider is when its entry does not say: kind, location and role, from its name and address.
import { isIP } from 'node:net'
import type { Location } from '../domain/location.ts'
import type { ProviderKind, ProviderRole } from '../domain/provider-ref.ts'
import { isAiSdkKind, serviceAt, serviceOfKind, serviceOfName } from './ai-sdk-services.ts'
import { isInNetworks, isLoopback, isPrivateAddress } from './local-network.ts'
import {
  type Address,
  baseUrlOf,
  isHostOf,
  OLLAMA_CLOUD_URL,
  OPENAI_BASE_URL,
  readAddress,
} from './provider-address.ts'

/** What an entry states, as far as it matters here. */
export interface StatedProvider {
  readonly base_url?: string | undefined
  readonly kind?: ProviderKind | undefined
  readonly location?: Location | undefined
  readonly role?: ProviderRole | undefined
  readonly region?: string | undefined
  readonly project?: string | undefined
}

export interface InferredProvider {
  readonly kind: ProviderKind
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
 * - kind: `openai` when the name or the host contains "openai"; `ollama` when the name contains "ollama", the port is
 *   11434 or the host is ollama.com; otherwise `openai_compatible`.
 * - address: OpenAI has a default. `ollama.cloud`, which older files name, becomes `ollama.com`.
 * - location: `local` only for loopback and `privacy.local_networks`, and even there `cloud` when the name contains
 *   "cloud" or the kind is a cloud service's: of two hints the more restrictive wins. A stated `local` must be loopback, inside
 *   `privacy.local_networks`, or a host name, which the transport checks when it connects.
 * - role: `local` when local, `openai` when the kind is `openai`, otherwise `cloud`.
 *
 * @returns what was inferred, or a problem when there is no usable address.
 */
export function inferProvider(
  name: string,
  stated: StatedProvider,
  localNetworks: readonly string[],
): InferredProvider | Remark {
  const assumed = stated.kind === undefined ? serviceOfName(name) : serviceOfKind(stated.kind)
  const assumedAddress = assumed ? assumed.addressOf(stated) : undefined
  const given = stated.base_url ?? assumedAddress ?? (impliesOpenAi(name, stated.kind) ? OPENAI_BASE_URL : undefined)
  if (given === undefined) {
    const place = assumed?.kind === 'vertex' ? 'region: europe-west4 and project: my-project' : 'region: eu-central-1'
    const message = assumed ? `is missing: add ${place}, which make the address of ${assumed.title}` : missingAddress
    return { level: 'problem', key: 'base_url', message }
  }
  const read = readAddress(given)
  if (typeof read === 'string') return { level: 'problem', key: 'base_url', message: read }

  const remarks: Remark[] = []
  const address = currentAddress(read, remarks)
  const service =
    stated.kind === undefined
      ? (serviceAt(address.host, address.path) ?? (stated.base_url === undefined ? assumed : undefined))
      : assumed
  const kind = stated.kind ?? service?.kind ?? kindOf(name, address)
  const location = stated.location ?? inferLocation(name, kind, address, localNetworks, remarks)
  if (stated.location === 'local') remarks.push(...remarksOnStatedLocal(name, address, localNetworks))
  return {
    kind,
    location,
    role: stated.role ?? (location === 'local' ? 'local' : kind === 'openai' ? 'openai' : 'cloud'),
    baseUrl: service ? address.origin + (address.path || service.path) : baseUrlOf(address, kind),
    isOllamaCloud: kind === 'ollama' && isHostOf(address.host, 'ollama.com'),
    remarks,
  }
}

const missingAddress = 'is missing: add base_url: http://localhost:11434 for a local Ollama, or the address of its /v1'

function impliesOpenAi(name: string, kind: ProviderKind | undefined): boolean {
  return kind === 'openai' || (kind === undefined && name.toLowerCase().includes('openai'))
}

function kindOf(name: string, { host, port }: Address): ProviderKind {
  if (impliesOpenAi(name, undefined) || host.includes('openai')) return 'openai'
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
