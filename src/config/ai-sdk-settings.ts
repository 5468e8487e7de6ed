// Owns the settings of a provider that only the cloud accounts of Amazon and Google have, and why such a provider is closed.
import { Secret } from '../domain/secret.ts'
import type { CloudAccount } from './aegis-config.ts'
import { type AiSdkService, isPackageInstalled, serviceOfKind } from './ai-sdk-services.ts'
import type { Findings } from './findings.ts'
import type { ProviderEntry } from './provider-schema.ts'
import { pathText, type SettingPath } from './source-tree.ts'

/** Which kinds have which of these settings. */
const settingsOf = {
  region: ['bedrock', 'vertex'],
  project: ['vertex'],
  credentials_file: ['vertex'],
  access_key_id: ['bedrock'],
  secret_access_key: ['bedrock'],
  session_token: ['bedrock'],
} as const

/** Records a problem for each of these settings that stands at a kind that does not have it. */
export function checkCloudSettings(name: string, entry: ProviderEntry, kind: string, findings: Findings): void {
  for (const [key, kinds] of Object.entries(settingsOf)) {
    if (entry[key as keyof typeof settingsOf] === undefined || (kinds as readonly string[]).includes(kind)) continue
    const message = `is for ${kinds.join(' and ')} only, and the kind is ${kind}: remove it`
    findings.problem(['providers', name, key], message, 'key')
  }
}

/** What the adapter signs with; `undefined` when a key is all there is. */
export function cloudAccountOf(entry: ProviderEntry): CloudAccount | undefined {
  const { region, access_key_id, secret_access_key, session_token, credentials_file } = entry
  const keys =
    access_key_id === undefined || secret_access_key === undefined
      ? undefined
      : {
          accessKeyId: access_key_id,
          secretAccessKey: new Secret(secret_access_key),
          sessionToken: session_token === undefined ? undefined : new Secret(session_token),
        }
  if (region === undefined && keys === undefined && credentials_file === undefined) return undefined
  return { region, keys, credentialsFile: credentials_file }
}

/**
 * Why a provider of this table is closed. `undefined` for other kinds, and when nothing is missing.
 * @param isInstalled whether a package can be loaded; looks for it beside this one unless told otherwise.
 */
export function whyServiceClosed(
  name: string,
  entry: ProviderEntry,
  kind: string,
  unsetVariables: ReadonlyMap<string, string>,
  findings: Findings,
  isInstalled: (packageName: string) => boolean = isPackageInstalled,
): string | undefined {
  const service = serviceOfKind(kind)
  if (!service) return undefined
  const where = findings.where(['providers', name])
  if (!isInstalled(service.package)) return `its package is not installed: npm install ${service.package} (${where})`
  if (entry.simulated === true || entry.api_key !== undefined || hasAccount(entry, kind)) return undefined
  const unset = ['api_key', 'access_key_id', 'secret_access_key', 'credentials_file'].flatMap((key) => {
    const path: SettingPath = ['providers', name, key]
    return unsetVariables.get(pathText(path)) ?? []
  })[0]
  if (unset !== undefined) return `${unset} is not set: export ${unset}=... (${where})`
  return `it has no key: add ${keyLines(service)} (${where})`
}

function hasAccount(entry: ProviderEntry, kind: string): boolean {
  if (kind === 'bedrock') return entry.access_key_id !== undefined && entry.secret_access_key !== undefined
  return kind === 'vertex' && entry.credentials_file !== undefined
}

function keyLines({ kind, variable }: AiSdkService): string {
  const key = `api_key: \${${variable}}`
  if (kind === 'bedrock')
    return `${key}, or access_key_id: \${AWS_ACCESS_KEY_ID} and secret_access_key: \${AWS_SECRET_ACCESS_KEY}`
  if (kind === 'vertex') return `credentials_file: \${GOOGLE_APPLICATION_CREDENTIALS}`
  return key
}
