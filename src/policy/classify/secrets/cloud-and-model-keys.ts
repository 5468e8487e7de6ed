// Owns the keys of clouds and of services that run models, as data. The formats are the services' own.
import { end, endOfWord, type SecretRule } from './secret-rule.ts'

export const cloudAndModelKeys: readonly SecretRule[] = [
  {
    rule: 'aws_access_key',
    prefixes: ['akia', 'asia', 'abia', 'acca', 'a3t'],
    pattern: `(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}${endOfWord}`,
    source: 'docs.aws.amazon.com/IAM: unique identifiers',
  },
  {
    rule: 'aws_bedrock_key',
    prefixes: ['absk'],
    pattern: `ABSK[A-Za-z0-9+/]{100,269}={0,2}`,
    source: 'docs.aws.amazon.com/bedrock',
  },
  {
    rule: 'anthropic_key',
    prefixes: ['sk-ant'],
    pattern: `sk-ant-(?:api\\d{2}|admin\\d{2}|oat\\d{2})-[A-Za-z0-9_-]{40,200}`,
    source: 'docs.anthropic.com',
  },
  {
    rule: 'openai_key',
    prefixes: ['sk-'],
    pattern: `sk-(?:(?:proj|svcacct|admin|None)-)?[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}`,
    source: 'platform.openai.com',
  },
  {
    rule: 'openai_style_key',
    prefixes: ['sk-'],
    pattern: `sk-(?:or-v1-[a-f0-9]{64}|[a-f0-9]{32})${end}`,
    entropy: 3,
    source: 'openrouter.ai/docs; api-docs.deepseek.com',
  },
  {
    rule: 'aegis_key',
    prefixes: ['sk-aegis'],
    pattern: `sk-aegis-[A-Za-z0-9]{4,32}-[A-Za-z0-9_-]{16,96}`,
    source: 'own: virtual keys',
  },
  {
    rule: 'google_api_key',
    prefixes: ['aiza'],
    pattern: `AIza[A-Za-z0-9_-]{35}${end}`,
    source: 'cloud.google.com/docs/authentication/api-keys',
  },
  {
    rule: 'huggingface_token',
    prefixes: ['hf_', 'api_org_'],
    pattern: `(?:hf|api_org)_[A-Za-z]{34}${endOfWord}`,
    source: 'huggingface.co/docs/hub/security-tokens',
  },
  { rule: 'groq_key', prefixes: ['gsk_'], pattern: `gsk_[A-Za-z0-9]{52}${end}`, source: 'console.groq.com/docs' },
  {
    rule: 'perplexity_key',
    prefixes: ['pplx'],
    pattern: `pplx-[A-Za-z0-9]{48}${endOfWord}`,
    source: 'docs.perplexity.ai',
  },
  {
    rule: 'replicate_token',
    prefixes: ['r8_'],
    pattern: `r8_[A-Za-z0-9]{37}${endOfWord}`,
    source: 'replicate.com/docs',
  },
  { rule: 'xai_key', prefixes: ['xai-'], pattern: `xai-[A-Za-z0-9]{70,90}${endOfWord}`, source: 'docs.x.ai' },
  {
    rule: 'langsmith_key',
    prefixes: ['lsv2'],
    pattern: `lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}${endOfWord}`,
    source: 'docs.smith.langchain.com',
  },
  { rule: 'pinecone_key', prefixes: ['pcsk'], pattern: `pcsk_[A-Za-z0-9_]{40,90}`, source: 'docs.pinecone.io' },
  {
    rule: 'tavily_key',
    prefixes: ['tvly'],
    pattern: `tvly-(?:dev-|prod-)?[A-Za-z0-9]{28,40}${endOfWord}`,
    source: 'docs.tavily.com',
  },
  { rule: 'nvidia_key', prefixes: ['nvapi'], pattern: `nvapi-[A-Za-z0-9_-]{60,80}`, source: 'docs.nvidia.com/nim' },
  {
    rule: 'fireworks_key',
    prefixes: ['fw_'],
    pattern: `fw_[A-Za-z0-9]{22,30}${endOfWord}`,
    entropy: 3.5,
    source: 'docs.fireworks.ai',
  },
  {
    rule: 'databricks_token',
    prefixes: ['dapi'],
    pattern: `dapi[A-Fa-f0-9]{32}(?:-\\d)?${endOfWord}`,
    source: 'docs.databricks.com',
  },
]
