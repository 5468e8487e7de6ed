// Owns the second lock: restricted data goes only to addresses that are proven local, whatever the router decided.
import { type LookupAddress, type LookupOptions, lookup as resolve } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { FundedAttempt } from '../../domain/attempt.ts'
import { isCloudModelName } from '../../domain/model-location.ts'
import type { OnViolation } from '../../domain/privacy-violation.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { RestrictedDoors } from './restricted-doors.ts'

/** The addresses that count as this machine: loopback, and the operator's own list. */
export class LocalAddresses {
  readonly #blocks = new BlockList()

  /** @param networks CIDR blocks beside loopback: `10.1.0.0/16`, `fd00::/8`. */
  constructor(networks: readonly string[]) {
    this.#blocks.addSubnet('127.0.0.0', 8, 'ipv4')
    this.#blocks.addAddress('::1', 'ipv6')
    for (const network of networks) {
      const [address = '', bits = ''] = network.split('/')
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      this.#blocks.addSubnet(address, Number(bits || (family === 'ipv6' ? 128 : 32)), family)
    }
  }

  /** Whether an IP address, not a name, is local. IPv4 addresses mapped into IPv6 are judged as IPv4. */
  includes(address: string): boolean {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
    const plain = mapped ?? address
    const family = isIP(plain)
    if (family === 0) return false
    return this.#blocks.check(plain, family === 6 ? 'ipv6' : 'ipv4')
  }
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

/**
 * A DNS lookup for `net.connect` that fails unless every address a name resolves to is local. It runs at each
 * connect, so a name that changes its mind later is caught then.
 */
export function localOnlyLookup(local: LocalAddresses, onRefusal: () => void, onProven: () => void = () => {}) {
  return (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const first = addresses[0]
      if (!first || !addresses.every(({ address }) => local.includes(address))) {
        onRefusal()
        return callback(
          Object.assign(new Error('the name does not resolve to a local address'), { code: 'AEGIS_NOT_LOCAL' }),
          [],
        )
      }
      onProven()
      if (options.all) return callback(null, addresses)
      return callback(null, first.address, first.family)
    })
  }
}

/**
 * The check on every send. It repeats the router's decision from the attempt's own data, so that a fault in routing
 * is stopped here and counted. A provider that a violation has closed gets nothing restricted either.
 * @throws ProviderFailure of kind `privacy_refused`; nothing has been sent then.
 */
export function assertMaySend(attempt: FundedAttempt, onViolation: OnViolation, doors?: RestrictedDoors): void {
  if (!attempt.classification.restricted && !attempt.classification.undecidable) return
  if (attempt.provider.location === 'local' && !isCloudModelName(attempt.model)) {
    if (doors?.blocks(attempt.provider.name)) throw closedDoor(attempt.provider.name)
    return
  }
  onViolation({ provider: attempt.provider.name, cause: 'restricted_attempt_to_cloud', requestId: attempt.task.id })
  throw new ProviderFailure('privacy_refused', {
    provider: attempt.provider.name,
    message: `${attempt.provider.name} is not local, so restricted data was not sent to it.`,
    dispatched: false,
  })
}

function closedDoor(provider: string): ProviderFailure {
  const message = `${provider} is closed for restricted data since a privacy violation: look at it, then aegis privacy open ${provider}.`
  return new ProviderFailure('privacy_refused', { provider, message, dispatched: false })
}
