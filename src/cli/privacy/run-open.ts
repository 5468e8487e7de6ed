// Owns the run of `aegis privacy open`: a person says that a provider may have restricted data again.
import type { PrivacyState } from '../../telemetry/system-status.ts'
import { needGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { say, sayJson } from '../terminal.ts'

export interface OpenFlags extends PlaceFlags {
  readonly json?: boolean
}

export async function runOpen(provider: string, flags: OpenFlags): Promise<void> {
  const gateway = await needGateway(flags)
  const reply = await askGateway(gateway, 'POST', '/admin/privacy/open', { body: { provider } })
  const state = (await reply.body.json()) as PrivacyState
  if (flags.json) sayJson(state)
  else say(`${provider} may have restricted data again`)
}
