// Owns the asking of every open provider for its models, and the keeping of what they say.
import { type Listing, readListingFile, writeListingFile } from '../../catalogue/listing-file.ts'
import type { Aegis } from '../../compose.ts'
import type { CancelSignal } from '../../domain/cancellation.ts'
import type { ModelFacts } from '../../domain/model-facts.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { Provider } from '../../providers/provider.ts'
import { CommandError } from '../command-error.ts'

/** What one provider said, or why it did not. */
export interface Refreshed {
  readonly provider: string
  readonly models: number
  readonly failure: string | undefined
}

/**
 * Asks all providers at once. One that does not answer keeps what it said before.
 * @throws CommandError when there is no place to keep the answer.
 */
export async function refreshModels(aegis: Aegis, deadline: CancelSignal): Promise<Refreshed[]> {
  const path = aegis.config.modelListingPath
  if (path === undefined) {
    throw new CommandError('Nothing is kept, because the ledger is in memory: set ledger: sqlite:./aegis.db.', 1, {
      code: 'not_kept',
    })
  }
  const { listing } = readListingFile(path)
  const answers = await Promise.all([...aegis.providers.values()].map((provider) => ask(provider, deadline)))
  const fresh: Record<string, Readonly<Record<string, ModelFacts>>> = { ...listing }
  for (const { provider, listed } of answers) if (listed) fresh[provider] = listed
  writeListingFile(path, { refreshedAt: new Date().toISOString(), listing: fresh satisfies Listing })
  return answers.map(({ provider, listed, failure }) => ({
    provider,
    models: Object.keys(listed ?? {}).length,
    failure,
  }))
}

interface Asked {
  readonly provider: string
  readonly listed: Readonly<Record<string, ModelFacts>> | undefined
  readonly failure: string | undefined
}

async function ask(provider: Provider, deadline: CancelSignal): Promise<Asked> {
  const { name } = provider.ref
  if (!provider.describe) return { provider: name, listed: undefined, failure: 'lists no models' }
  try {
    const listed = await provider.describe(deadline)
    const facts = Object.fromEntries(listed.map((one) => [one.name, one.facts]))
    return { provider: name, listed: facts, failure: undefined }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    return { provider: name, listed: undefined, failure: error.message }
  }
}
