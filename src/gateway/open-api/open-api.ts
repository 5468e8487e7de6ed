// Owns GET /openapi.json, and the part of it that is at /admin/openapi.json.
import { adminSchemas } from '../admin/schemas.ts'
import { anthropicSchemas } from '../anthropic/anthropic-operations.ts'
import type { Handler } from '../exchange.ts'
import { managementSchemas } from '../management/management-schemas.ts'
import { ollamaSchemas } from '../ollama/ollama-operations.ts'
import { openAISchemas } from '../openai/openai-operations.ts'
import { storedSchemas } from '../openai/stored-schemas.ts'
import { ownSchemas } from '../own-operations.ts'
import { type DescribedRoute, openApiDocument } from './document.ts'

const DESCRIPTION =
  'One address for the clients of OpenAI, Anthropic and Ollama. Bodies of those wires are described by the members that are read here; each operation links to who documents the rest. A path with another method is 405 with `Allow`, one that is no route 404. With `compat: any_llm` a wrong request is 422 and errors of OpenAI routes have a `detail` too, failures of a provider are 500, and prices are read without a key; `budgets.exceeded_status` changes the 402.'

const schemas = {
  ...openAISchemas,
  ...storedSchemas,
  ...anthropicSchemas,
  ...ollamaSchemas,
  ...managementSchemas,
  ...ownSchemas,
  ...adminSchemas,
}

/** All of these routes as a document. */
export function describeRoutes(routes: readonly DescribedRoute[], version: string, title = 'Aegis'): object {
  return openApiDocument(routes, { title, description: DESCRIPTION, version, schemas })
}

/** It holds no data, and is made once: the routes of a process do not change. */
export function openApi(routes: () => readonly DescribedRoute[], title?: string): Handler {
  let made: Buffer | undefined
  return ({ reply, headers, deps }) => {
    made ??= Buffer.from(JSON.stringify(describeRoutes(routes(), deps.version, title)))
    reply.send(200, [...headers, 'content-type', 'application/json'], made)
  }
}
