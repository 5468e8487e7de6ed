// Owns docs/reference: pages made from the code, so that they cannot say anything else. `--check` fails on a stale one.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { program } from '../src/cli/program.ts'
import type { Preset } from '../src/config/presets/preset.ts'
import { openAIPreset, otherPresets } from '../src/config/presets/presets.ts'
import { configJsonSchema } from '../src/config/schema.ts'
import { errorCatalogue } from '../src/domain/errors.ts'
import { failureKinds } from '../src/domain/provider-failure.ts'
import { listRoutes, type Route } from '../src/gateway/routes.ts'
import { PrometheusTelemetry } from '../src/telemetry/prometheus/prometheus-telemetry.ts'
import { RolloutMetrics } from '../src/telemetry/prometheus/rollout-metrics.ts'
import { detectionPage } from './detection-page.ts'
import { dialectsPage } from './dialects-page.ts'
import { generatedNote } from './generated-note.ts'

const folder = new URL('../docs/reference/', import.meta.url)
const generated = generatedNote

const pages: Record<string, string> = {
  'cli.md': cliPage(),
  'config.md': configPage(),
  'detection.md': detectionPage(generated),
  'dialects.md': dialectsPage(generated),
  'errors.md': errorsPage(),
  'http.md': httpPage(),
  'metrics.md': metricsPage(),
  'providers.md': providersPage(),
}

let stale = 0
mkdirSync(folder, { recursive: true })
for (const [name, text] of Object.entries(pages)) {
  const file = new URL(name, folder)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (read(file) !== text) {
    stale += 1
    console.log(`docs/reference/${name} is stale: npm run generate`)
  }
}
process.exitCode = stale > 0 ? 1 : 0

function read(file: URL): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function cliPage(): string {
  const parts = [`# Command line\n\n${generated}`]
  program.configureHelp({ helpWidth: 100 })
  const walk = (command: typeof program, path: string) => {
    command.configureHelp({ helpWidth: 100 })
    parts.push(`\n## \`${path}\`\n\n\`\`\`text\n${command.helpInformation().trimEnd()}\n\`\`\`\n`)
    for (const child of command.commands) walk(child as typeof program, `${path} ${child.name()}`)
  }
  walk(program, 'aegis')
  return parts.join('')
}

interface SchemaNode {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | boolean
  readonly anyOf?: readonly SchemaNode[]
  readonly items?: SchemaNode
  readonly minimum?: number
  readonly maximum?: number
}

function configPage(): string {
  const rows: string[] = []
  const walk = (node: SchemaNode, path: string, depth: number) => {
    if (path !== '')
      rows.push(`| \`${path}\` | ${typeText(node)} | ${defaultText(node)} | ${cell(node.description ?? '')} |`)
    if (depth > 4) return
    for (const [key, child] of Object.entries(node.properties ?? {}))
      walk(child, path === '' ? key : `${path}.${key}`, depth + 1)
    if (typeof node.additionalProperties === 'object') walk(node.additionalProperties, `${path}.<name>`, depth + 1)
  }
  walk(configJsonSchema() as SchemaNode, '', 0)
  const intro =
    'A YAML or JSON file. Environment variables stand in braces after a dollar sign, with a default after `:-`. Unknown keys are errors. Editors can use `config.schema.json`.'
  return `# Configuration\n\n${generated}\n${intro}\n\n| key | type | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function typeText(node: SchemaNode): string {
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(' ')
  const range = node.minimum !== undefined && node.maximum !== undefined ? ` ${node.minimum} to ${node.maximum}` : ''
  const type = Array.isArray(node.type)
    ? node.type.join(', ')
    : (node.type ?? (node.anyOf ? [...new Set(node.anyOf.map((one) => one.type ?? 'value'))].join(', ') : 'value'))
  return `${type}${range}`
}

function defaultText(node: SchemaNode): string {
  return node.default === undefined ? '' : `\`${JSON.stringify(node.default)}\``
}

function errorsPage(): string {
  const codes = Object.entries(errorCatalogue).map(
    ([code, { status, type, meaning }]) => `| \`${code}\` | ${status} | \`${type}\` | ${cell(meaning)} |`,
  )
  const kinds = Object.entries(failureKinds).map(
    ([kind, { fallback, status, code }]) => `| \`${kind}\` | ${fallback ? 'yes' : 'no'} | ${status} | \`${code}\` |`,
  )
  return [
    `# Errors\n\n${generated}`,
    'On OpenAI routes: `{"error": {"message", "type", "param", "code", "source", "request_id", …}}`. On Ollama routes `error` is the message and the rest stands beside it. `param` names the field. 429 and 503 carry `Retry-After`; `x-should-retry: false` marks what no retry can mend.',
    `\n| code | status | type | meaning |\n|---|---|---|---|\n${codes.join('\n')}`,
    '\n## When a provider fails\n\nThe kind of a failure decides, never its message. Kinds that allow it hand over to the next cleared candidate; when none is left the client gets the status and code.',
    `\n| kind | next candidate | status | code |\n|---|---|---|---|\n${kinds.join('\n')}\n`,
  ].join('\n')
}

function httpPage(): string {
  const rows = listRoutes().map(
    ({ path, route }) =>
      `| ${route.method} | \`${path}\` | ${cell(route.description.summary)} | ${authOf(route)} | ${route.dialect} |`,
  )
  return [
    `# HTTP\n\n${generated}`,
    'Keys: `Authorization: Bearer`, `x-api-key`, `X-AnyLLM-Key`, `AnyLLM-Key` or `Otari-Key`. Without a master key the server listens on loopback only and asks for none.',
    '`GET /openapi.json` describes each of them as OpenAPI 3.1, with members, headers and errors; `/docs` shows that.',
    `\n| method | path | what | auth | error envelope |\n|---|---|---|---|---|\n${rows.join('\n')}\n`,
  ].join('\n')
}

function metricsPage(): string {
  const prometheus = new PrometheusTelemetry({ version: '', budgets: () => [] })
  const others = () => new RolloutMetrics().families(0)
  prometheus.show({ providers: [], cooling: () => undefined, places: () => undefined, others })
  const text = prometheus.render()
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]))
  const rows = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(
    ([, name, help]) => `| \`${name}\` | ${types.get(name)} | ${cell(help ?? '')} |`,
  )
  const intro =
    '`GET /metrics` in the Prometheus text format. Label values come from the configuration or from closed sets; a model that no configuration names is `other`. Those of a rollout are there when one is configured.'
  return `# Metrics\n\n${generated}\n${intro}\n\n| name | type | meaning |\n|---|---|---|\n${rows.join('\n')}\n`
}

function providersPage(): string {
  const presets = [openAIPreset, ...otherPresets]
  const rows = presets.map(({ id, title, baseUrl, variable, key, needsKey, isPriced, selfHosted }) => {
    const address = baseUrl === undefined ? 'your own' : `\`${baseUrl}\``
    const header = key.scheme === '' ? `\`${key.name}\`` : `\`${key.name}: ${key.scheme}\``
    const prices = selfHosted ? 'free, being local' : isPriced ? 'known' : 'to be configured'
    return `| \`${id}\` | ${cell(title)} | ${address} | \`${variable}\`${needsKey ? '' : ', optional'} | ${header} | ${prices} |`
  })
  const quirks = presets.map(
    ({ id, traits, sources }) =>
      `| \`${id}\` | ${quirksText(traits).join('; ') || 'none'} | ${sources.map((source, index) => `[${index + 1}](${source})`).join(' ')} |`,
  )
  return [
    `# Providers\n\n${generated}`,
    'Each of these is a `kind`, usable under any name and any number of times. The kind follows from the name (`groq: { api_key: …, models: [… ] }`) or from the address, and can be stated. `kind: ollama` is the native wire of Ollama, local or cloud; `kind: openai_compatible` with a `base_url` is any other server of the OpenAI wire. Where a provider is, local or cloud, follows from its address alone.',
    'Without a configuration file a provider is used when its variable is set, except those of which the start only says how they would be used (`HF_TOKEN`, `GITHUB_TOKEN`).',
    `\n| kind | what | address | key in | key header | prices |\n|---|---|---|---|---|---|\n${rows.join('\n')}`,
    '\n## What they do differently\n\nThe request is sent as it came, but for these points. A member that a server refuses is left out when it says nothing (`null`, `0`, `{}`); otherwise the next candidate is asked.',
    `\n| kind | differences | documentation |\n|---|---|---|\n${quirks.join('\n')}\n`,
  ].join('\n')
}

function quirksText(traits: Preset['traits']): string[] {
  const { outputCapMembers, streamUsage, refusedMembers, manyChoices, listsModels, embeds, mayForward } = traits
  const [only, other] = outputCapMembers
  return [
    ...(other === undefined ? [`the output cap is \`${only}\`, the other name is translated`] : []),
    ...(streamUsage === 'always' ? ['streams report usage unasked; `stream_options` is not sent'] : []),
    ...(refusedMembers.length > 0 ? [`refuses ${refusedMembers.map((name) => `\`${name}\``).join(', ')}`] : []),
    ...(manyChoices ? [] : ['one choice only']),
    ...(listsModels ? [] : ['lists no models']),
    ...(embeds === false ? ['no embeddings'] : []),
    ...(mayForward ? ['may forward a model to a cloud: restricted data needs proof that it does not'] : []),
  ]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** What a request to a route must bring; a virtual key with the scope, or the master key. */
function authOf({ open, openInCompat, needs }: Route): string {
  if (open) return 'none'
  const key = needs === 'any' ? 'any key' : `key: ${needs}`
  return openInCompat ? `${key}; none with compat` : key
}
