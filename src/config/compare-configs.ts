// Owns what differs between two configurations, in the words of the file, and what of it a running process cannot take over.
import { Secret } from '../domain/secret.ts'
import type { AegisConfig, ProviderConfig } from './aegis-config.ts'
import { deepFreeze } from './deep-freeze.ts'

/** Settings that are bound to what a process holds open: its socket, its ledger, its log, its exporters. */
const boundAtStart = [
  'server.host',
  'server.port',
  'server.liveness_port',
  'server.log',
  'ledger',
  'telemetry',
  'budgets.webhook',
  'model_listing_path',
  'content',
  'privacy.audit',
  'privacy.remember_ms',
]

const notSettings = new Set(['source', 'notices'])

/** Follows from another setting, and is not one that anybody wrote. */
const derived = new Set(['content.key_path'])

/** The configuration that a running process can change to, and what it is told of the change. */
export interface TakeOver {
  /** The next configuration, with what needs a restart as it is now. */
  readonly config: AegisConfig
  /** Settings that differ and hold from now on, as the file names them: `providers.openai`, `routing.rules`. */
  readonly changed: readonly string[]
  /** Settings that differ and hold after a restart only. */
  readonly restartNeeded: readonly string[]
}

/** @example takeOver(running, await loadConfig(options)).changed // ['budgets.monthly_limits', 'providers.openai'] */
export function takeOver(running: AegisConfig, next: AegisConfig): TakeOver {
  const all = differences(running, next)
  const needsRestart = (path: string) => boundAtStart.some((bound) => path === bound || path.startsWith(`${bound}.`))
  const { host, port, livenessPort, log } = running.server
  const config: AegisConfig = {
    ...next,
    server: { ...next.server, host, port, livenessPort, log },
    telemetry: running.telemetry,
    ledger: running.ledger,
    modelListingPath: running.modelListingPath,
    content: running.content,
    privacy: { ...next.privacy, audit: running.privacy.audit, rememberMs: running.privacy.rememberMs },
    budgets: { ...next.budgets, webhook: running.budgets.webhook },
  }
  return {
    config: deepFreeze(config),
    changed: all.filter((path) => !needsRestart(path)),
    restartNeeded: all.filter(needsRestart),
  }
}

/** Whether two settings are the same, keys included. */
export function isSameSetting(left: unknown, right: unknown): boolean {
  if (left instanceof Secret || right instanceof Secret) {
    return left instanceof Secret && right instanceof Secret && left.reveal() === right.reveal()
  }
  if (!isObject(left) || !isObject(right)) return Object.is(left, right)
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  for (const name of names) if (!isSameSetting(left[name], right[name])) return false
  return true
}

/** Whether a provider's entry is the same; where it stands in the file does not count. */
export function isSameProvider(left: ProviderConfig, right: ProviderConfig): boolean {
  return isSameSetting({ ...left, where: '' }, { ...right, where: '' })
}

/** Sections, and one level into each; never a value. */
function differences(running: AegisConfig, next: AegisConfig): string[] {
  const before = sectionsOf(running)
  const after = sectionsOf(next)
  return Object.keys({ ...before, ...after })
    .filter((path) => !derived.has(path) && !isSameSetting(before[path], after[path]))
    .sort()
}

function sectionsOf(config: AegisConfig): Readonly<Record<string, unknown>> {
  const { providers, budgets, ledger, privacy, ...others } = config
  const found: Record<string, unknown> = { ledger }
  for (const provider of providers) found[`providers.${provider.name}`] = { ...provider, where: '' }
  const { all, monthlyLimits, ...money } = budgets
  found['budgets.monthly_limits'] = monthlyLimits
  found['budgets.limits'] = all.filter(({ rule }) => !rule.startsWith('budgets.monthly_limits.'))
  const { audit } = privacy
  // Where the record stands follows from where the ledger stands, unless it is said.
  const usual = 'path' in ledger ? `${ledger.path}-audit` : './aegis-audit'
  const follows = audit?.folder === usual
  const guard = { ...privacy, audit: audit && follows ? { ...audit, folder: '' } : audit }
  const sections: Readonly<Record<string, unknown>> = { ...others, privacy: guard, budgets: money }
  for (const [section, value] of Object.entries(sections)) {
    if (notSettings.has(section)) continue
    if (!isObject(value) || Array.isArray(value)) found[snakeCase(section)] = value
    else
      for (const [name, one] of Object.entries(value))
        found[`${snakeCase(section)}.${settingName(section, name)}`] = one
  }
  return found
}

/** Names of providers and models are the user's. */
function settingName(section: string, name: string): string {
  return section === 'pricing' ? name : snakeCase(name)
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
