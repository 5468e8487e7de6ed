// Runs the provider contract on the OpenAI wire: plain, and as each preset against a server that differs as it says.

import { openaiProvider } from '../../../test/make/provider.ts'
import { connectTo } from '../../../test/make/upstream.ts'
import type { Preset } from '../../config/presets/preset.ts'
import { openAIPreset, otherPresets } from '../../config/presets/presets.ts'
import { bearerKey, plainTraits } from '../../domain/openai-wire-traits.ts'
import { type OpenAIUpstreamQuirks, startOpenAIUpstream } from '../../testing/index.ts'
import type { ProviderLimits, ProviderSubject, ProviderWorld } from '../contract/provider-world.ts'
import { describeProvider } from '../provider-contract.ts'
import { OpenAIProvider } from './openai-provider.ts'

type Tested = Pick<Preset, 'traits' | 'key'>

const KEY = 'sk-contract-test'

/** A server that does what the preset says of it: no more, no less. */
function quirksOf({ traits }: Tested): OpenAIUpstreamQuirks {
  return {
    limitFields: traits.outputCapMembers,
    refusedFields: traits.refusedMembers,
    usageUnasked: traits.streamUsage === 'always',
    oneChoice: !traits.manyChoices,
  }
}

function subjectOf(preset: Tested): ProviderSubject {
  const { traits, key } = preset
  const start = async (limits: ProviderLimits = {}): Promise<ProviderWorld> => {
    const keyHeader = key.scheme === '' ? { keyHeader: key.name } : {}
    const upstream = await startOpenAIUpstream({ apiKey: KEY, quirks: quirksOf(preset), ...keyHeader })
    const { firstByteMs = 30_000, idleMs = 30_000, maxConnections = 8 } = limits
    const connection = connectTo(`${upstream.url}/v1`, {
      timeouts: { connectMs: 5000, firstByteMs, idleMs },
      maxConnections,
      headers: { [key.name]: `${key.scheme} ${KEY}`.trim() },
    })
    const provider = new OpenAIProvider(openaiProvider(), connection.upstream, traits)
    const close = async () => {
      await provider.close()
      await upstream.close()
    }
    const embedding = traits.embeds === false ? undefined : 'text-embedding-3-small'
    const models = { chat: 'gpt-4o', vision: 'gpt-4o', embedding }
    return { provider, upstream, models, [Symbol.asyncDispose]: close }
  }
  return {
    start,
    sameWire: true,
    hasTools: !traits.refusedMembers.includes('tools'),
    asksForUsage: traits.streamUsage === 'on_request',
  }
}

describeProvider('a server of the OpenAI wire', subjectOf({ traits: plainTraits, key: bearerKey }))
for (const preset of [openAIPreset, ...otherPresets]) describeProvider(preset.title, subjectOf(preset))
