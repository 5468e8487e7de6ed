// Owns the way from a configuration's text to one complete, checked and frozen AegisConfig.
import { readFileSync } from 'node:fs'
import { readFile as readFileFromDisk } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Secret } from '../domain/secret.ts'
import { cacheSchema, compatSchema, limitsOf, limitsSchema } from './access-schemas.ts'
import type { AegisConfig, ConfigNotice } from './aegis-config.ts'
import { budgetsSchema } from './budgets-schema.ts'
import { buildBudgets, buildPricing } from './build-money.ts'
import { buildProvider, type ProviderSurroundings } from './build-provider.ts'
import { buildRollout } from './build-rollout.ts'
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
import { readPrivacy } from './read-privacy.ts'
import { readYaml } from './read-yaml.ts'
import { routingSchema } from './routing-schema.ts'
import { type ConfigInput, configSchema } from './schema.ts'
import { authSchema, contentSchema, ledgerSettings, ledgerUrl, pricingSchema, serverSchema } from './section-schemas.ts'
import { isMapping, type PlainMapping } from './source-tree.ts'
import { buildTelemetry, telemetrySchema } from './telemetry-schema.ts'

export interface ParseOptions {
  /** Where it came from, for messages and `AegisConfig.source`: a file's name, `discovered`, `sandbox`. */
  readonly source: string
  readonly env: Environment
  /** Notices from before, such as those of discovery; they come first. */
  readonly notices?: readonly ConfigNotice[]
  /** Where files are that it names; the folder of `source` unless told. */
  readonly directory?: string
  /** Milliseconds since 1970, for what expires; now unless told otherwise. */
  readonly nowMs?: number
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
  return parseConfig(text, { source: path, env, directory: dirname(resolve(cwd, path)) })
}

/**
 * Checks a configuration given as text, or as an object with the same snake_case keys, and completes it.
 * @throws ConfigError with every problem; nothing else, whatever the input.
 */
export function parseConfig(
  input: string | ConfigInput,
  { source, env, notices = [], directory = dirname(source), nowMs = Date.now() }: ParseOptions,
): AegisConfig {
  const tree = typeof input === 'string' ? readYaml(input, source) : readObject(input, source)
  const findings = new Findings(tree)
  for (const { level, message } of notices) findings.notice(level, message)
  const { root, unsetVariables } = interpolateEnv(tree.root, env, findings)
  if (!isMapping(root)) return findings.fail('must be a mapping that starts with providers:')
  checkTopLevelKeys(root, findings)

  const auth = readAuth(root, env, findings)
  const stores = readStores(root, findings)
  const privacy = readPrivacy(root, { findings, auth, ledger: stores.ledger, nowMs })
  const providers = readProviders(root, { localNetworks: privacy.localNetworks, unsetVariables, findings })
  const routing = parseSection(routingSchema, root.routing ?? {}, ['routing'], findings)
  const budgets = parseSection(budgetsSchema, root.budgets ?? {}, ['budgets'], findings)
  const pricing = parseSection(pricingSchema, root.pricing ?? {}, ['pricing'], findings)
  checkReferences(root, findings)
  const built = buildRouting(routing ?? routingSchema.parse({}), providers, findings)
  const settings = {
    providers,
    routing: built,
    privacy,
    pricing: buildPricing(pricing ?? {}),
    budgets: buildBudgets(budgets ?? budgetsSchema.parse({}), exceededStatus(root)),
    ...stores,
    auth,
    ...readAccess(root, findings),
    telemetry: readTelemetry(root, findings),
    server: readServer(root, findings),
    rollout: buildRollout(
      root,
      {
        tree: { ...tree, root },
        env,
        readCandidateText: (name) => readFileSync(resolve(directory, name), 'utf8'),
        ground: { providers, groups: built.groups },
      },
      findings,
    ),
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

function readStores(
  root: PlainMapping,
  findings: Findings,
): Pick<AegisConfig, 'ledger' | 'modelListingPath' | 'content'> {
  const ledger = readLedgerSetting(root, findings)
  const content = readContent(root, findings)
  if (ledger.kind === 'memory') return { ledger, modelListingPath: undefined, content }
  const beside = ledger.kind === 'sqlite' ? ledger.path.replace(/\.(?:db|sqlite3?)$/, '') : ledger.journal
  return {
    ledger,
    modelListingPath: `${beside}.models.json`,
    content: { ...content, keyPath: `${beside}.content.key` },
  }
}

const DAY_MS = 86_400_000

function readContent(root: PlainMapping, findings: Findings): AegisConfig['content'] {
  const entry = parseSection(contentSchema, root.content ?? {}, ['content'], findings) ?? contentSchema.parse({})
  return {
    key: entry.key === undefined ? undefined : new Secret(entry.key),
    keyPath: undefined,
    keepMs: entry.keep_days * DAY_MS,
    batchConcurrency: entry.batch_concurrency,
  }
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

function readAccess(root: PlainMapping, findings: Findings): Pick<AegisConfig, 'limits' | 'cache' | 'compat'> {
  const limits = parseSection(limitsSchema, root.limits ?? {}, ['limits'], findings) ?? limitsSchema.parse({})
  const cache = parseSection(cacheSchema, root.cache ?? {}, ['cache'], findings)
  const compat = root.compat === undefined ? undefined : parseSection(compatSchema, root.compat, ['compat'], findings)
  return {
    limits: { perKey: limitsOf(limits.per_key), perUser: limitsOf(limits.per_user) },
    cache: cache?.enabled
      ? {
          ttlMs: cache.ttl_seconds * 1000,
          maxBytes: cache.max_bytes,
          onlyDeterministic: cache.only_deterministic ?? true,
        }
      : undefined,
    compat,
  }
}

/** What `compat` makes of it where it is not stated. */
function exceededStatus({ compat, budgets }: PlainMapping): 403 | undefined {
  const stated = isMapping(budgets) && budgets.exceeded_status !== undefined
  return compat === 'any_llm' && !stated ? 403 : undefined
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

function readTelemetry(root: PlainMapping, findings: Findings): AegisConfig['telemetry'] {
  const entry = parseSection(telemetrySchema, root.telemetry ?? {}, ['telemetry'], findings)
  return buildTelemetry(entry ?? telemetrySchema.parse({}))
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
