// Owns what the usual variables of Amazon and Google say: which account opens Bedrock or Vertex AI without a file.
import type { ConfigNotice } from './aegis-config.ts'
import { type Environment, setVariable } from './env-reference.ts'
import type { ConfigInput } from './schema.ts'

type ProviderInput = ConfigInput['providers'][string]

/** A provider that the variables make complete, or what is missing of it. */
export type CloudAccountFind =
  | { readonly kind: 'bedrock' | 'vertex'; readonly entry: ProviderInput; readonly by: string }
  | { readonly notice: ConfigNotice }

/**
 * Bedrock by its own key, and Vertex AI by its project, region and credentials file. The general keys of an AWS account
 * are on many machines for other purposes, so they open nothing by themselves.
 */
export function findCloudAccounts(env: Environment): readonly CloudAccountFind[] {
  return [...findBedrock(env), ...findVertex(env)]
}

function findBedrock(env: Environment): readonly CloudAccountFind[] {
  const variable = ['AWS_REGION', 'AWS_DEFAULT_REGION'].find((name) => setVariable(env, name) !== undefined)
  if (setVariable(env, 'AWS_BEARER_TOKEN_BEDROCK') === undefined) {
    if (setVariable(env, 'AWS_ACCESS_KEY_ID') === undefined) return []
    const keys = `access_key_id: \${AWS_ACCESS_KEY_ID}, secret_access_key: \${AWS_SECRET_ACCESS_KEY}`
    const line = `bedrock: { region: eu-central-1, ${keys}, models: ["eu.amazon.nova-lite-v1:0"] }`
    return [info(`AWS_ACCESS_KEY_ID is set, and Amazon Bedrock is not used by it: add to providers: ${line}`)]
  }
  if (variable === undefined)
    return [
      warning('AWS_BEARER_TOKEN_BEDROCK is set, but Amazon Bedrock needs its region: export AWS_REGION=eu-central-1'),
    ]
  const region = setVariable(env, variable) ?? ''
  const entry = {
    kind: 'bedrock',
    region: `\${${variable}}`,
    api_key: `\${AWS_BEARER_TOKEN_BEDROCK}`,
    models: [`${profileOf(region)}amazon.nova-lite-v1:0`],
  } as const
  return [{ kind: 'bedrock', entry: { ...entry, models: [...entry.models] }, by: 'AWS_BEARER_TOKEN_BEDROCK' }]
}

/** Most models are served by an inference profile of the continent (docs.aws.amazon.com/bedrock: "Inference profiles"). */
function profileOf(region: string): string {
  if (region.startsWith('us-')) return 'us.'
  if (region.startsWith('eu-')) return 'eu.'
  return region.startsWith('ap-') ? 'apac.' : ''
}

function findVertex(env: Environment): readonly CloudAccountFind[] {
  const needed = ['GOOGLE_VERTEX_PROJECT', 'GOOGLE_VERTEX_LOCATION', 'GOOGLE_APPLICATION_CREDENTIALS'] as const
  const missing = needed.filter((name) => setVariable(env, name) === undefined)
  if (missing.includes('GOOGLE_VERTEX_PROJECT')) return []
  if (missing.length > 0)
    return [warning(`GOOGLE_VERTEX_PROJECT is set, but Google Vertex AI needs ${missing.join(' and ')} as well`)]
  const [project, region, credentials_file] = needed.map((name) => `\${${name}}`)
  const entry: ProviderInput = { kind: 'vertex', project, region, credentials_file, models: ['gemini-3.5-flash-lite'] }
  return [{ kind: 'vertex', entry, by: 'GOOGLE_VERTEX_PROJECT' }]
}

function info(message: string): CloudAccountFind {
  return { notice: { level: 'info', message } }
}

function warning(message: string): CloudAccountFind {
  return { notice: { level: 'warning', message } }
}
