// Owns the way to Aegis: a gateway where AEGIS_BASE_URL says, else a proxy in process over a real Ollama or simulated upstreams.
import { AegisLLMProxy, type DataClassification, explainTask } from 'aegis-llm'
import type { ConnectionOptions } from 'aegis-llm/langchain'
import { type Sandbox, sandboxKey, startSandbox } from 'aegis-llm/testing'
import type { Detect } from './corpus/classify-document.ts'
import { answers, modelsOf, withScheme } from './local-ollama.ts'

export interface Connected extends AsyncDisposable {
  readonly connection: ConnectionOptions
  readonly detect: Detect
  /** Where the old client finds its Ollama. */
  readonly ollamaHost: string
  readonly said: string
  /** Present when the upstreams are simulated. */
  readonly sandbox?: Sandbox
  readonly proxy?: AegisLLMProxy
}

type Environment = Readonly<Record<string, string | undefined>>

export async function connect(env: Environment): Promise<Connected> {
  if (env.AEGIS_BASE_URL) return gateway(env.AEGIS_BASE_URL, env)
  const host = withScheme(env.OLLAMA_HOST ?? '127.0.0.1:11434')
  return (await answers(host)) ? realOllama(host, env) : simulated()
}

/** Models, keys and limits are the gateway's. */
function gateway(baseURL: string, env: Environment): Connected {
  const { AEGIS_API_KEY: apiKey } = env
  const explain = async (text: string) => {
    const headers = { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) }
    const body = JSON.stringify({
      model: 'auto',
      messages: [{ role: 'user', content: text }],
      aegis: { data_classification: 'public' },
    })
    const reply = await fetch(`${baseURL}/v1/explain`, { method: 'POST', headers, body })
    if (!reply.ok) throw new Error(`The gateway answered ${reply.status} when it was asked to classify a document.`)
    const { classification } = (await reply.json()) as { readonly classification: { readonly level: string } }
    return classification.level as DataClassification
  }
  return {
    connection: { baseURL, apiKey },
    detect: explain,
    ollamaHost: withScheme(env.OLLAMA_HOST ?? '127.0.0.1:11434'),
    said: `the Aegis gateway at ${baseURL}`,
    [Symbol.asyncDispose]: async () => {},
  }
}

/** Whatever else the machine offers, such as OPENAI_API_KEY, Aegis finds by itself. @throws NotReady */
async function realOllama(host: string, env: Environment): Promise<Connected> {
  await modelsOf(host)
  const proxy = await AegisLLMProxy.create(undefined, { env: { ...env, OLLAMA_HOST: host } })
  return inProcess(proxy, host, `the Ollama at ${host}`, async () => {})
}

async function simulated(): Promise<Connected> {
  const sandbox = await startSandbox({ instant: true, reads: true })
  const proxy = await AegisLLMProxy.create(simulatedConfig(sandbox), { env: {} })
  const connected = inProcess(proxy, sandbox.local.url, 'simulated models: nobody answers at OLLAMA_HOST', () =>
    sandbox.close(),
  )
  return { ...connected, sandbox }
}

function inProcess(proxy: AegisLLMProxy, ollamaHost: string, said: string, end: () => Promise<void>): Connected {
  const dispose = async () => {
    await proxy.close()
    await end()
  }
  return { connection: { proxy }, detect, ollamaHost, said, proxy, [Symbol.asyncDispose]: dispose }
}

/** A local Ollama, Ollama Cloud and OpenAI, with prices and limits as a small team has them. */
export function simulatedConfig({ local, cloud, openai }: Sandbox) {
  return {
    providers: {
      local_ollama: {
        kind: 'ollama',
        location: 'local',
        base_url: local.url,
        models: ['llama3.2:8b', 'nomic-embed-text'],
      },
      ollama_cloud: {
        kind: 'ollama',
        location: 'cloud',
        base_url: cloud.url,
        api_key: sandboxKey,
        models: ['gpt-oss:120b'],
      },
      openai: {
        kind: 'openai',
        location: 'cloud',
        base_url: `${openai.url}/v1`,
        api_key: sandboxKey,
        models: ['gpt-4o'],
      },
    },
    pricing: { ollama_cloud: { '*': { input_per_million: 0.5, output_per_million: 1.5 } } },
    budgets: { monthly_limits: { ollama_cloud: 5, openai: 5 } },
    ledger: 'memory:',
  }
}

/** A place outside, so that a text is searched as if it were to leave, also where no cloud is configured. Nobody is called. */
const elsewhere = {
  providers: {
    elsewhere: {
      kind: 'openai',
      location: 'cloud',
      base_url: 'http://cloud.invalid/v1',
      api_key: 'none',
      models: ['any'],
    },
  },
  ledger: 'memory:',
}

async function detect(text: string): Promise<DataClassification> {
  const { classification } = await explainTask({ prompt: text, dataClassification: 'public' }, elsewhere, { env: {} })
  return classification.level as DataClassification
}
