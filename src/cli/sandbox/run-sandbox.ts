// Owns the run of `aegis sandbox`: breaks and mends the simulated providers of a running gateway.
import { CommandError } from '../command-error.ts'
import { needGateway, type PlaceFlags } from '../gateway/find-gateway.ts'
import { askGateway } from '../gateway/gateway-client.ts'
import { sayTable } from '../table.ts'
import { sayJson, styledError, tell } from '../terminal.ts'

export interface SandboxFlags extends PlaceFlags {
  readonly json?: boolean
}

/** The sandbox's own names, by the names under which its providers are configured. */
const sandboxNames: Readonly<Record<string, string>> = { local_ollama: 'local', ollama_cloud: 'cloud' }

/** @param changes `openai=down` and so on; none only asks how the providers are. */
export async function runSandbox(changes: readonly string[], flags: SandboxFlags): Promise<void> {
  const wanted = Object.fromEntries(changes.map(readChange))
  const gateway = await needGateway(flags)
  const reply = await askGateway(gateway, 'POST', '/admin/sandbox', { body: wanted })
  const states = (await reply.body.json()) as Record<string, string>
  if (flags.json) {
    sayJson(states)
    return
  }
  sayTable(
    [
      { title: 'name', value: ([name]) => name },
      { title: 'state', value: ([, state]) => state, style: ([, state]) => (state === 'up' ? 'green' : 'yellow') },
    ],
    Object.entries(states),
  )
  tell(styledError('dim', `via ${gateway.url}`))
}

/**
 * Which names and states there are is the gateway's knowledge, and its error lists them.
 * @throws CommandError unless it is `name=state`.
 */
function readChange(change: string): [name: string, state: string] {
  const [, name, state] = /^(\w+)=(\w+)$/.exec(change) ?? []
  if (name !== undefined && state !== undefined) return [sandboxNames[name] ?? name, state]
  throw new CommandError('A change is written name=state, such as openai=down; see aegis sandbox --help', 2)
}
