// Owns the run of `aegis models`: what is known of each model, and asking the providers when that is wanted.
import { readListingFile } from '../../catalogue/listing-file.ts'
import type { Aegis } from '../../compose.ts'
import { type ModelFacts, modelCapabilities } from '../../domain/model-facts.ts'
import { locationOf } from '../../domain/model-location.ts'
import { cancelledAfter, findConfig, startAegis } from '../../open-aegis.ts'
import type { RoutableProvider } from '../../policy/route.ts'
import type { PlaceFlags } from '../gateway/find-gateway.ts'
import { priceText } from '../price-text.ts'
import { type Column, sayTable } from '../table.ts'
import { printable, sayJson, styledError, tell } from '../terminal.ts'
import { type Refreshed, refreshModels } from './refresh-models.ts'

export interface ModelsFlags extends PlaceFlags {
  readonly refresh?: boolean
  readonly all?: boolean
  readonly json?: boolean
}

/** A local server may have to read many models from its disk. */
const REFRESH_TIMEOUT_MS = 30_000

interface ModelRow {
  readonly provider: string
  readonly model: string
  readonly location: 'local' | 'cloud'
  readonly configured: boolean
  readonly facts: ModelFacts
  readonly price: string
}

export async function runModels(flags: ModelsFlags): Promise<void> {
  const refreshed = flags.refresh ? await withAegis(flags, refresh) : []
  const { rows, refreshedAt } = await withAegis(flags, (aegis) => Promise.resolve(look(aegis, flags.all ?? false)))
  for (const { provider, models, failure } of refreshed) {
    tell(failure === undefined ? `${provider}: ${models} models` : `${provider}: ${printable(failure)}`)
  }
  if (flags.json) sayJson(rows.map(rowJson))
  else sayTable(columns, rows)
  const since = refreshedAt === undefined ? 'never asked: --refresh asks them' : `asked at ${refreshedAt}`
  if (!flags.json)
    tell(styledError('dim', `providers were ${since}; a running gateway reads the answers at its next start`))
  if (refreshed.some(({ failure }) => failure !== undefined)) process.exitCode = 1
}

/** The ledger's own file belongs to the gateway that may run now. */
async function withAegis<Result>(flags: ModelsFlags, use: (aegis: Aegis) => Promise<Result>): Promise<Result> {
  const { config, sandbox } = await findConfig({
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...(flags.sandbox ? { sandbox: true } : {}),
  })
  const aegis = await startAegis({ ...config, ledger: { kind: 'memory' } }, sandbox, {})
  try {
    return await use(aegis)
  } finally {
    await aegis.close()
  }
}

function refresh(aegis: Aegis): Promise<Refreshed[]> {
  return refreshModels(aegis, cancelledAfter(REFRESH_TIMEOUT_MS))
}

function look(aegis: Aegis, all: boolean): { rows: ModelRow[]; refreshedAt: string | undefined } {
  const { policy, priceBook } = aegis.gateway.proxy
  const { listing, refreshedAt } = readListingFile(aegis.config.modelListingPath)
  const rowOf = (provider: RoutableProvider, model: string, configured: boolean): ModelRow => ({
    provider: provider.name,
    model,
    location: locationOf(provider, model),
    configured,
    facts: policy.catalogue.facts(provider, model),
    price: priceText(priceBook.price(provider, model)),
  })
  const rows = policy.providers.flatMap((provider) => {
    const listed = Object.keys(listing[provider.name] ?? {})
    const isAlias = (name: string) => name.endsWith(':latest') && listed.includes(name.slice(0, -':latest'.length))
    const others = all ? listed.filter((one) => !provider.models.includes(one) && !isAlias(one)) : []
    return [
      ...provider.models.map((model) => rowOf(provider, model, true)),
      ...others.map((model) => rowOf(provider, model, false)),
    ]
  })
  return { rows, refreshedAt }
}

const columns: readonly Column<ModelRow>[] = [
  { title: 'provider', value: ({ provider }) => provider },
  { title: 'model', value: ({ model, configured }) => (configured ? model : `${model} (not configured)`) },
  { title: 'where', value: ({ location }) => location, dispensable: 2 },
  { title: 'context', value: ({ facts }) => String(facts.contextTokens ?? ''), right: true },
  { title: 'output', value: ({ facts }) => String(facts.outputTokens ?? ''), right: true, dispensable: 1 },
  { title: 'can', value: ({ facts }) => abilities(facts, true) },
  { title: 'cannot', value: ({ facts }) => abilities(facts, false), dispensable: 3 },
  { title: 'price', value: ({ price }) => price, style: ({ price }) => (price === 'unknown' ? 'red' : undefined) },
]

function abilities({ capabilities = {} }: ModelFacts, wanted: boolean): string {
  return modelCapabilities.filter((one) => capabilities[one] === wanted).join(' ')
}

function rowJson({ facts, ...row }: ModelRow): object {
  const { contextTokens, outputTokens, capabilities = {} } = facts
  return {
    ...row,
    context_tokens: contextTokens ?? null,
    output_tokens: outputTokens ?? null,
    capabilities: Object.fromEntries(modelCapabilities.map((one) => [one, capabilities[one] ?? null])),
  }
}
