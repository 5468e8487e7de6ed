// Owns secrets that are known by the name beside them: AWS, Azure, Google Cloud, Kubernetes.
import type { KeywordDetector } from '../engine/detector.ts'
import { entropyOf } from './entropy.ts'

const facts = { kind: 'keyword', type: 'secret', level: 'confidential', category: 'secret' } as const

export const awsSecretKey: KeywordDetector = {
  ...facts,
  rule: 'secret_aws_secret_key',
  source: 'docs.aws.amazon.com/IAM: 40 characters of base64',
  keywords: ['aws_secret', 'aws_sec', 'secret_access_key', 'secretaccesskey', 'secret_key', 'aws-secret', 'awssecret'],
  after: 120,
  pattern:
    /(?:aws_?)?sec(?:ret)?[_-]?(?:access)?[_-]?key["']{0,2}\s{0,4}(?:=>|:=|[:=])\s{0,4}["']{0,2}(?<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
  score: 0.85,
  check: (match) => entropyOf(match.groups?.value ?? '') >= 3.5,
}

export const awsAccount: KeywordDetector = {
  ...facts,
  type: 'cloud_account',
  category: 'corporate',
  rule: 'secret_aws_account',
  source: 'docs.aws.amazon.com: account identifiers',
  keywords: ['aws_account', 'aws account', 'aws-account', 'awsaccount'],
  after: 80,
  pattern:
    /aws[_ -]?account[_ -]?(?:id)?["']{0,2}(?: is)?\s{0,4}(?:=>|:=|[:=])?\s{0,4}["']{0,2}(?<value>\d{4}-?\d{4}-?\d{4})(?!\w)/gi,
  score: 0.6,
}

export const azureIdentity: KeywordDetector = {
  ...facts,
  rule: 'secret_azure',
  source: 'learn.microsoft.com/entra: application credentials',
  keywords: ['azure', 'ad_tenant', 'ad_client', 'arm_client', 'arm_tenant', 'arm_subscription'],
  after: 120,
  pattern:
    /(?:azure|arm|ad)[_-]?(?:ad_?)?(?:(?:tenant|client|subscription|application)[_-]?id["']{0,2}\s{0,4}(?::=|=>|[:=])\s{0,4}["']{0,2}[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:client|application|app)[_-]?(?:secret|password|key)["']{0,2}\s{0,4}(?::=|=>|[:=])\s{0,4}["']{0,2}[A-Za-z0-9~._-]{24,48})(?!\w)/gi,
  score: 0.7,
}

export const kubernetesSecret: KeywordDetector = {
  ...facts,
  rule: 'secret_kubernetes',
  source: 'kubernetes.io/docs/concepts/configuration/secret',
  keywords: ['kind: secret', 'kind": "secret', '"kind":"secret'],
  after: 600,
  pattern:
    /kind["']?: ?["']?Secret["']?\s(?:[^\n]{0,120}\n){0,12}?(?<value>\s{0,8}(?:string)?data["']?:\s{0,4}\{?\s{1,12}["']?[\w.-]{1,60}["']?: ?\S{1,200})/iy,
  score: 0.7,
}
