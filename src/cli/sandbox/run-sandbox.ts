// Owns the run of `aegis sandbox`: breaks and mends the simulated providers of a running gateway.
import { type SandboxName, type SandboxState, sandboxNames, sandboxStates } from '../../gateway/gateway-deps.ts'
import { CommandError } from '../command-error.ts'
import { needGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { sayTable } from '../table.ts'
import { sayJson, styledError, tell } from '../terminal.ts'

export interface SandboxFlags extends PlaceFlags {
  readonly json?: boolean
}

/** The names under which the sandbox's providers are configured. */
const providerNames: Readonly<Record<SandboxName, string>> = {
  local: 'local_ollama',
  cloud: 'ollama_cloud',
  openai: 'openai',
}

/** @param changes `openai=down` and so on; none only asks how the providers are. */
export async function runSandbox(changes: readonly string[], flags: SandboxFlags): Promise<void> {
  const wanted = Object.fromEntries(changes.map(readChange))
  const gateway = await needGateway(flags)
  const reply = await askGateway(gateway, 'POST', '/admin/sandbox', { body: wanted })
  const states = (await reply.body.json()) as Record<SandboxName, SandboxState>
  if (flags.json) {
    sayJson(states)
    return
  }
  sayTable(
    [
      { title: 'name', value: ({ name }) => name },
      { title: 'provider', value: ({ name }) => providerNames[name] },
      { title: 'state', value: ({ state }) => state, style: ({ state }) => (state === 'up' ? 'green' : 'yellow') },
    ],
    sandboxNames.map((name) => ({ name, state: states[name] })),
  )
  tell(styledError('dim', `via ${gateway.url}`))
}

/** @throws CommandError unless it is `name=state`; a provider's configured name will do. */
export function readChange(change: string): [SandboxName, SandboxState] {
  const [givenName = '', givenState = ''] = change.split('=', 2)
  const name = sandboxNames.find((one) => one === givenName || providerNames[one] === givenName)
  const state = sandboxStates.find((one) => one === givenState)
  if (name !== undefined && state !== undefined) return [name, state]
  const expected = `${sandboxNames.join('|')}=${sandboxStates.join('|')}`
  throw new CommandError(`"${change}" is not a change. Write ${expected}, such as openai=down`, 2, {
    code: 'bad_change',
  })
}
