// Owns the way from a configuration's text to one complete, checked and frozen AegisConfig.
import { readFile as readFileFromDisk } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Secret } from '../domain/secret.ts'
import type { AegisConfig, ConfigNotice } from './aegis-config.ts'
import { budgetsSchema } from './budgets-schema.ts'
import { buildBudgets, buildPricing } from './build-money.ts'
import { buildProvider, type ProviderSurroundings } from './build-provider.ts'
import { buildRouting } from './build-routing.ts'
import { checkReferences } from './check-references.ts'
import { ConfigError } from './config-error.ts'
import { deepFreeze } from './deep-freeze.ts'
import { type Environment, setVariable } from './env-reference.ts'
import { Findings } from './findings.ts'
import { interpolateEnv } from './interpolate-env.ts'
import { addOperatorNotices } from './operator-notices.ts'
import { parseSection } from './parse-section.ts'
import { providerName, providerSchema } from './provider-schema.ts'
import { readLedger } from './read-ledger.ts'
import { readObject } from './read-object.ts'
import { readYaml } from './read-yaml.ts'
import { routingSchema } from './routing-schema.ts'
import { type ConfigInput, configSchema } from './schema.ts'
import { authSchema, ledgerSettings, ledgerUrl, pricingSchema, privacySchema, serverSchema } from './section-schemas.ts'
import { isMapping, type PlainMapping } from './source-tree.ts'
import { buildTelemetry, telemetrySchema } from './telemetry-schema.ts'

export interface ParseOptions {
  /** Where it came from, for messages and `AegisConfig.source`: a file's name, `discovered`, `sandbox`. */
  readonly source: string
  readonly env: Environment
  /** Notices from before, such as those of discovery; they come first. */
  readonly notices?: readonly ConfigNotice[]
}

export interface LoadOptions {
  /** The file, absolute or relative to `cwd`; messages show it as given. */
  readonly path: string
  readonly env: Environment
  readonly cwd: string
  /** Reads a file as UTF-8; Node's own unless told otherwise. */
  readonly readFile?: (path: string) => Promise<string>
}

/**
 * Reads a configuration file, YAML or JSON.
 * @throws ConfigError with every problem, also when there is no such file.
 * @example const config = await loadConfig({ path: 'aegis.yml', env: process.env, cwd: process.cwd() })
 */
export async function loadConfig({ path, env, cwd, readFile = readUtf8 }: LoadOptions): Promise<AegisConfig> {
  const text = await readFile(resolve(cwd, path)).catch((error: unknown) => {
    const message = fileMessages[errorCode(error)] ?? 'cannot be read'
    throw new ConfigError([{ message, file: path, line: undefined, column: undefined, path: '' }])
  })
  return parseConfig(text, { source: path, env })
}

/**
 * Checks a configuration given as text, or as an object with the same snake_case keys, and completes it.
 * @throws ConfigError with every problem; nothing else, whatever the input.
 */
export function parseConfig(input: string | ConfigInput, { source, env, notices = [] }: ParseOptions): AegisConfig {
  const tree = typeof input === 'string' ? readYaml(input, source) : readObject(input, source)
  const findings = new Findings(tree)
  for (const { level, message } of notices) findings.notice(level, message)
  const { root, unsetVariables } = interpolateEnv(tree.root, env, findings)
  if (!isMapping(root)) return findings.fail('must be a mapping that starts with providers:')
  checkTopLevelKeys(root, findings)

  const privacy = readPrivacy(root, findings)
  const providers = readProviders(root, { localNetworks: privacy.localNetworks, unsetVariables, findings })
  const routing = parseSection(routingSchema, root.routing ?? {}, ['routing'], findings)
  const budgets = parseSection(budgetsSchema, root.budgets ?? {}, ['budgets'], findings)
  const pricing = parseSection(pricingSchema, root.pricing ?? {}, ['pricing'], findings)
  checkReferences(root, findings)
  const settings = {
    providers,
    routing: buildRouting(routing ?? routingSchema.parse({}), providers, findings),
    privacy,
    pricing: buildPricing(pricing ?? {}),
    budgets: buildBudgets(budgets ?? budgetsSchema.parse({})),
    ...readStores(root, findings),
    auth: readAuth(root, env, findings),
    telemetry: buildTelemetry(
      parseSection(telemetrySchema, root.telemetry ?? {}, ['telemetry'], findings) ?? telemetrySchema.parse({}),
    ),
    server: readServer(root, findings),
  }
  findings.throwIfAny()
  addOperatorNotices(settings, findings)
  return deepFreeze({ source, ...settings, notices: findings.notices })
}

function checkTopLevelKeys(root: PlainMapping, findings: Findings): void {
  const known = Object.keys(configSchema.shape).filter((name) => name !== '$schema')
  for (const key of Object.keys(root)) {
    if (!known.includes(key) && key !== '$schema') findings.unknownKey([], key, known)
  }
}

function readProviders(root: PlainMapping, surroundings: ProviderSurroundings): AegisConfig['providers'] {
  const { findings } = surroundings
  const entries = root.providers ?? {}
  if (!isMapping(entries)) {
    findings.problem(['providers'], 'must be a mapping of names to providers')
    return []
  }
  if (Object.keys(entries).length === 0) {
    const line = 'local_ollama: { base_url: http://localhost:11434, models: [llama3.2] }'
    findings.problem(['providers'], `name at least one provider, such as ${line}`)
  }
  return Object.entries(entries).flatMap(([name, value]) => {
    const entry = parseSection(providerSchema, value, ['providers', name], findings, { models: ['unknown'] })
    checkProviderName(name, findings)
    return (entry && buildProvider(name, entry, surroundings)) ?? []
  })
}

function checkProviderName(name: string, findings: Findings): void {
  const path = ['providers', name]
  if (!providerName.safeParse(name).success) {
    const rule = 'a provider name has letters, digits, _ and -, the first a letter, 64 at the most'
    findings.problem(path, `${rule}, because provider/model and provider:model name a model`, 'key')
  } else if (['auto', 'aegis'].includes(name.toLowerCase())) {
    findings.problem(path, 'this name is taken: a model named auto or aegis/auto leaves the choice to the rules', 'key')
  }
}

function readPrivacy(root: PlainMapping, findings: Findings): AegisConfig['privacy'] {
  const entry = parseSection(privacySchema, root.privacy ?? {}, ['privacy'], findings) ?? privacySchema.parse({})
  return {
    defaultClassification: entry.default_classification,
    onExplicitCloudModel: entry.on_explicit_cloud_model,
    localNetworks: entry.local_networks,
    detect: {
      enabled: entry.detect.enabled ?? true,
      names: entry.detect.names,
      trustsDeclared: entry.detect.trust_declared ?? false,
      acceptsDeclaredBinary: entry.detect.binary_parts === 'declared',
      ignoredTypes: entry.detect.ignore,
      dictionaries: Object.entries(entry.detect.dictionaries).map(([name, terms]) => ({ name, terms })),
      patterns: Object.entries(entry.detect.patterns).map(([name, pattern]) => ({ name, pattern })),
    },
  }
}

function readStores(root: PlainMapping, findings: Findings): Pick<AegisConfig, 'ledger' | 'modelListingPath'> {
  const ledger = readLedgerSetting(root, findings)
  if (ledger.kind === 'memory') return { ledger, modelListingPath: undefined }
  const beside = ledger.kind === 'sqlite' ? ledger.path.replace(/\.(?:db|sqlite3?)$/, '') : ledger.journal
  return { ledger, modelListingPath: `${beside}.models.json` }
}

function readLedgerSetting(root: PlainMapping, findings: Findings): AegisConfig['ledger'] {
  const written = root.ledger
  const entry = isMapping(written)
    ? parseSection(ledgerSettings, written, ['ledger'], findings)
    : { url: parseSection(ledgerUrl, written, ['ledger'], findings) }
  const ledger = entry?.url === undefined ? undefined : readLedger({ ...entry, url: entry.url })
  if (typeof ledger === 'string') findings.problem(isMapping(written) ? ['ledger', 'url'] : ['ledger'], ledger)
  return ledger === undefined || typeof ledger === 'string' ? { kind: 'memory' } : ledger
}

/** The file's master key, else that of the environment. */
function readAuth(root: PlainMapping, env: Environment, findings: Findings): AegisConfig['auth'] {
  const entry = parseSection(authSchema, root.auth ?? {}, ['auth'], findings)
  const fromEnvironment = setVariable(env, 'AEGIS_MASTER_KEY')
  const secret = (text: string | undefined) => (text === undefined ? undefined : new Secret(text))
  const previousMasterKey = secret(entry?.previous_master_key)
  if (!entry || entry.master_key !== undefined || fromEnvironment === undefined) {
    return { masterKey: secret(entry?.master_key), previousMasterKey }
  }
  const key = parseSection(authSchema.shape.master_key, fromEnvironment, ['AEGIS_MASTER_KEY'], findings)
  return { masterKey: secret(key), previousMasterKey }
}

function readServer(root: PlainMapping, findings: Findings): AegisConfig['server'] {
  const entry = parseSection(serverSchema, root.server ?? {}, ['server'], findings) ?? serverSchema.parse({})
  return {
    host: entry.host,
    port: entry.port,
    maxBodyBytes: entry.max_body_bytes,
    log: entry.log,
    logLevel: entry.log_level,
    drainMs: entry.drain_ms,
    livenessPort: entry.liveness_port,
    hangAfterMs: entry.hang_after_ms,
  }
}

function readUtf8(path: string): Promise<string> {
  return readFileFromDisk(path, 'utf8')
}

const fileMessages: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file: `aegis init` writes one to start from',
  EISDIR: 'is a directory: name the file in it',
  EACCES: 'may not be read by this user: check its permissions',
}

function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
