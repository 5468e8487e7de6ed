// Owns a stand-in for the machine's name service: tests say what each name resolves to, or that it never does.
import dns, { type LookupAddress } from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { isIP } from 'node:net'
import type { TestContext } from 'node:test'

type Callback = (error: Error | null, addresses: LookupAddress[]) => void

/**
 * Until the test ends. A name that is not given does not exist; `never` is a name service that does not answer.
 * @example const names = lookUpBy(t, { 'ollama.test': ['127.0.0.1'] }); names['ollama.test'] = ['203.0.113.7']
 */
export function lookUpBy(
  t: TestContext,
  names: Record<string, readonly string[] | 'never'>,
): Record<string, readonly string[] | 'never'> {
  t.mock.method(dns, 'lookup', (hostname: string, _options: object, callback: Callback) => {
    const addresses = names[hostname]
    if (addresses === 'never') return
    const found = (addresses ?? []).map((address) => ({ address, family: isIP(address) }))
    const missing = Object.assign(new Error(`${hostname} does not exist`), { code: 'ENOTFOUND' })
    setImmediate(() => callback(found.length === 0 ? missing : null, found))
  })
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  return names
}
