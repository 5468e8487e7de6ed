// Owns whose content a caller may name: its own key's, and nobody else's.
import type { Caller } from './authenticate.ts'

/** Empty where nobody has a key: then there is one tenant, whoever sits at this machine. */
export function tenantOf({ id }: Caller): string {
  return id ?? ''
}
