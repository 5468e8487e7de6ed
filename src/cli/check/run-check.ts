// Owns the run of `aegis check`: examine everything, write it down, and fail when there is something to fix.

import type { AegisConfig } from '../../config/aegis-config.ts'
import { ConfigError } from '../../config/config-error.ts'
import { assertSafeToListen } from '../../config/listen-address.ts'
import { usdText } from '../../domain/money.ts'
import { LedgerDatabaseError } from '../../ledger/postgres/ledger-database-error.ts'
import { LedgerFileError } from '../../ledger/sqlite/ledger-file-error.ts'
import { StoreUnavailable } from '../../ledger/store.ts'
import { type Trial, tryModel } from '../../library/try-model.ts'
import { cancelledAfter, findConfig, startAegis } from '../../open-aegis.ts'
import { newestLines } from '../audit/newest-lines.ts'
import type { PlaceFlags } from '../gateway/find-gateway.ts'
import { budgetsAt, ledgerPlaceOf } from '../money/ledger-place.ts'
import { sayJson } from '../terminal.ts'
import { checkProvider } from './check-provider.ts'
import type { CheckReport, ProviderReport, Remarks } from './check-report.ts'
import { sayReport } from './say-report.ts'

export interface CheckFlags extends PlaceFlags {
  readonly json?: boolean
  /** False with `--no-completion`. */
  readonly completion?: boolean
}

const PROBE_TIMEOUT_MS = 5000
/** A local server may have to load its model first. */
const TRIAL_TIMEOUT_MS = 60_000
const WEEK_MS = 7 * 86_400_000

export async function runCheck({
  config: stated,
  sandbox: wanted,
  json,
  completion = true,
}: CheckFlags): Promise<void> {
  const { config, sandbox } = await findConfig({
    ...(stated === undefined ? {} : { config: stated }),
    ...(wanted ? { sandbox: true } : {}),
  })
  // The ledger's own file belongs to the gateway that may run now, so the providers are composed without it.
  const apart = { ...config, ledger: { kind: 'memory' }, privacy: { ...config.privacy, audit: undefined } } as const
  const aegis = await startAegis(apart, sandbox, {})
  const remarks: Remarks = { problems: [], warnings: [] }
  try {
    const { priceBook, policy } = aegis.gateway.proxy
    const surroundings = {
      privacy: config.privacy,
      priceBook,
      catalogue: policy.catalogue,
      remarks,
      deadline: cancelledAfter(PROBE_TIMEOUT_MS),
      tryModel: completion
        ? (provider: string, model: string) => tryModel(aegis, provider, model, cancelledAfter(TRIAL_TIMEOUT_MS))
        : undefined,
    }
    const providers = await Promise.all(
      config.providers.map((provider) => checkProvider(provider, aegis.providers.get(provider.name), surroundings)),
    )
    const report = await reportOf(config, providers, remarks)
    if (json) sayJson(reportJson(report))
    else sayReport(report)
    if (report.problems.length > 0) process.exitCode = 1
  } finally {
    await aegis.close()
  }
}

async function reportOf(
  config: AegisConfig,
  providers: readonly ProviderReport[],
  remarks: Remarks,
): Promise<CheckReport> {
  if (config.providers.every(({ closedBecause }) => closedBecause !== undefined)) {
    remarks.problems.push('no provider is open: set one of the variables above, or add a local provider')
  }
  const budgets = await budgetLines(config, remarks)
  remarks.warnings.push(...(await violationLines(config)))
  const auth = authLine(config, remarks)
  const said = new Set([...remarks.problems, ...remarks.warnings])
  const notices = config.notices.filter(({ message }) => !said.has(message))
  const ofLevel = (level: string) => notices.filter((notice) => notice.level === level).map(({ message }) => message)
  return {
    source: config.source,
    providers,
    budgets,
    auth,
    problems: remarks.problems,
    warnings: [...remarks.warnings, ...ofLevel('warning')],
    hints: ofLevel('info'),
  }
}

/** What the audit record tells of the last week: it is read, not waited for, also while gateways write it. */
async function violationLines({ privacy }: AegisConfig): Promise<readonly string[]> {
  if (!privacy.audit) return []
  const { lines } = await newestLines(privacy.audit.folder, { type: 'violation', limit: 1000 })
  const since = new Date(Date.now() - WEEK_MS).toISOString()
  const byCause = new Map<string, { count: number; last: string }>()
  for (const { at, data } of lines.filter((line) => line.at >= since)) {
    const name = `${data.provider}: ${String(data.cause).replaceAll('_', ' ')}`
    byCause.set(name, { count: (byCause.get(name)?.count ?? 0) + 1, last: at })
  }
  return [...byCause].map(
    ([name, { count, last }]) =>
      `privacy violation at ${name}, ${count} in the last week, the last at ${last}: see aegis audit show --type violation`,
  )
}

async function budgetLines(config: AegisConfig, { problems, warnings }: Remarks): Promise<readonly string[]> {
  if (config.ledger.kind === 'memory') return ['in memory: they start from zero with each start']
  try {
    const budgets = await budgetsAt(ledgerPlaceOf(config))
    return budgets.map(({ scope, subject, period, window, limit, spent, reserved, resetsAtMs, rule }) => {
      const name = scope === 'provider' ? subject : `${scope} ${subject}`.trim()
      const amounts = `${name}: $${usdText(spent)} of $${usdText(limit)} spent`
      if (period === '') return `${amounts}, nothing is recorded yet`
      if (spent + reserved >= limit) {
        warnings.push(
          `${name} has no budget left in ${period}: raise ${rule}${resetsAtMs === undefined ? '' : ' or wait'}`,
        )
      }
      const held = reserved > 0 ? `, $${usdText(reserved)} reserved` : ''
      const anew = resetsAtMs === undefined ? '' : `, anew from ${new Date(resetsAtMs).toISOString().slice(0, 10)}`
      return `${amounts} in ${window === 'rolling' ? `the last ${period}` : period}${held}${anew}`
    })
  } catch (error) {
    const expected = [LedgerFileError, LedgerDatabaseError, StoreUnavailable]
    if (!(error instanceof Error && expected.some((kind) => error instanceof kind))) throw error
    problems.push(error.message)
    return []
  }
}

function authLine(config: AegisConfig, { problems }: Remarks): string {
  try {
    assertSafeToListen(config)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    problems.push(error.message)
    return 'no master key is set'
  }
  const { host, port } = config.server
  return config.auth.masterKey
    ? `every request to ${host}:${port} needs the master key`
    : `no master key: every program on this machine may ask at ${host}:${port}, and no other machine`
}

function trialJson({ model, firstTokenMs, totalMs, outputTokens }: Trial): object {
  return {
    model,
    first_token_ms: Math.round(firstTokenMs),
    total_ms: Math.round(totalMs),
    output_tokens: outputTokens ?? null,
  }
}

function reportJson({ source, providers, ...rest }: CheckReport): object {
  return {
    ok: rest.problems.length === 0,
    source,
    sandbox: source === 'sandbox',
    providers: providers.map(({ probeMs, proof, trial, ...provider }) => ({
      ...provider,
      probe_ms: probeMs ?? null,
      local_because: proof ?? null,
      trial: trial ? trialJson(trial) : null,
      models: provider.models.map(({ listed, ...model }) => ({ ...model, listed: listed ?? null })),
    })),
    ...rest,
  }
}
