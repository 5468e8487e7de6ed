// Owns POST /admin/sandbox: `{"openai": "down"}` breaks a simulated provider, so that fallback can be watched.
import { AegisError } from '../domain/errors.ts'
import { bodyOf, type Exchange, sendJson } from './exchange.ts'
import { type SandboxName, type SandboxState, sandboxNames, sandboxStates } from './gateway-deps.ts'
import { parseJsonObject } from './parse-json.ts'

export async function sandboxRoute(exchange: Exchange): Promise<void> {
  const { sandbox } = exchange.deps
  if (!sandbox) throw new AegisError('not_found', 'The providers here are real. aegis serve --sandbox simulates them.')
  const { view } = parseJsonObject(await bodyOf(exchange))
  const wanted: [SandboxName, SandboxState][] = []
  for (const [key, value] of Object.entries(view)) {
    const name = sandboxNames.find((one) => one === key)
    const state = sandboxStates.find((one) => one === value)
    if (!name || !state) {
      const message = `The simulated providers are ${sandboxNames.join(', ')}; their states ${sandboxStates.join(', ')}.`
      throw new AegisError('invalid_request', message, { param: name ?? 'name' })
    }
    wanted.push([name, state])
  }
  for (const [name, state] of wanted) await sandbox.set(name, state)
  sendJson(exchange, 200, sandbox.states)
}
