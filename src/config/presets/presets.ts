// Owns the look-up of a preset: by its kind, by a provider's name, by an address.
import { bearerKey, plainTraits } from '../../domain/openai-wire-traits.ts'
import { isHostOf } from '../provider-address.ts'
import { hostedPresets } from './hosted-presets.ts'
import type { Preset } from './preset.ts'
import { selfHostedPresets } from './self-hosted-presets.ts'

/** OpenAI itself: a kind of its own, since rules and prices know it. */
export const openAIPreset: Preset = {
  id: 'openai',
  title: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  path: '/v1',
  domains: ['openai.com'],
  selfHosted: false,
  variable: 'OPENAI_API_KEY',
  needsKey: true,
  key: bearerKey,
  role: 'openai',
  traits: { ...plainTraits, outputCapMembers: ['max_completion_tokens', 'max_tokens'], embeds: true },
  isPriced: true,
  discovery: { by: 'key', models: ['gpt-5.4', 'gpt-5.4-mini', 'gpt-4o', 'gpt-4o-mini', 'text-embedding-3-small'] },
  sources: ['https://developers.openai.com/api/reference/resources/chat'],
}

/** All but OpenAI, in the order of discovery. */
export const otherPresets: readonly Preset[] = [...hostedPresets, ...selfHostedPresets]

/** The values of `kind` that name a preset, beside the wires themselves. */
export const presetIds: readonly string[] = otherPresets.map(({ id }) => id)

export function presetOfKind(kind: string | undefined): Preset | undefined {
  return kind === openAIPreset.id ? openAIPreset : otherPresets.find(({ id }) => id === kind)
}

/** A provider whose own name is that of a preset: `groq`, `lm-studio`. */
export function presetOfName(name: string): Preset | undefined {
  const id = name.toLowerCase().replaceAll('-', '_')
  return otherPresets.find((preset) => preset.id === id)
}

/** The service that an address belongs to. */
export function presetOfHost(host: string): Preset | undefined {
  return otherPresets.find(({ domains }) => domains.some((domain) => isHostOf(host, domain)))
}
