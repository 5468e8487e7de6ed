// Owns which package speaks which kind. A package is loaded only when a provider of its kind is configured.
import type { Wire, WireOf } from './wire.ts'
import { anthropicWire } from './wires/anthropic.ts'
import { type BedrockSettings, bedrockWire } from './wires/bedrock.ts'
import { cohereWire } from './wires/cohere.ts'
import { googleWire } from './wires/google.ts'
import { type VertexSettings, vertexWires } from './wires/vertex.ts'

/** What the wires need together; each takes what is its own. */
export type AllSettings = BedrockSettings & VertexSettings

/** @throws the module loader's error when the package is not installed. */
export async function loadWire(
  kind: 'anthropic' | 'google' | 'vertex' | 'bedrock' | 'cohere',
  settings: AllSettings,
): Promise<WireOf> {
  switch (kind) {
    case 'anthropic':
      return always(await anthropicWire(settings))
    case 'google':
      return always(await googleWire(settings))
    case 'vertex':
      return vertexWires(settings)
    case 'bedrock':
      return always(await bedrockWire(settings))
    case 'cohere':
      return always(await cohereWire(settings))
  }
}

function always(wire: Wire): WireOf {
  return () => wire
}
