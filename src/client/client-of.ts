// Owns the choice of a client: a proxy in this process, or a gateway's address.
import { AegisError } from '../domain/errors.ts'
import type { AegisClient } from './aegis-client.ts'
import { GatewayClient, type GatewayClientOptions } from './gateway-client.ts'
import { type InProcessProxy, ProxyClient } from './proxy-client.ts'

/** Give `proxy` or `baseURL`. */
export interface ConnectionOptions extends Partial<GatewayClientOptions> {
  /** An open `AegisLLMProxy` of this process. Whoever opened it closes it. */
  readonly proxy?: InProcessProxy | undefined
}

/** @throws AegisError `invalid_request` when there is neither, or both. */
export function clientOf({ proxy, baseURL, ...more }: ConnectionOptions): AegisClient {
  if ((proxy === undefined) === (baseURL === undefined))
    throw new AegisError('invalid_request', 'Give proxy (an AegisLLMProxy) or baseURL (a gateway), not both.', {
      param: 'proxy',
    })
  return proxy ? new ProxyClient(proxy) : new GatewayClient({ baseURL: baseURL ?? '', ...more })
}
