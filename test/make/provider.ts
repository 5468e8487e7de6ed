// Owns the making of providers in tests: one of each role, open and not simulated unless told.
import type { RoutableProvider } from '../../src/policy/route.ts'

/** @example localProvider({ name: 'workshop', models: ['llama3.2:8b'] }) */
export function localProvider(more: Partial<RoutableProvider> = {}): RoutableProvider {
  return {
    name: 'local_ollama',
    kind: 'ollama',
    location: 'local',
    role: 'local',
    models: ['gemma-3-4b', 'llama3.2:8b'],
    simulated: false,
    closedBecause: undefined,
    ...more,
  }
}

export function cloudProvider(more: Partial<RoutableProvider> = {}): RoutableProvider {
  return localProvider({
    name: 'ollama_cloud',
    location: 'cloud',
    role: 'cloud',
    models: ['gpt-oss:120b', 'llava-13b'],
    ...more,
  })
}

export function openaiProvider(more: Partial<RoutableProvider> = {}): RoutableProvider {
  return localProvider({
    name: 'openai',
    kind: 'openai',
    location: 'cloud',
    role: 'openai',
    models: ['gpt-4o', 'gpt-4o-mini'],
    ...more,
  })
}
