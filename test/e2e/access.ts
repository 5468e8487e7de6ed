// Owns how the tests of keys, users and limits ask a gateway: as its administrator, and with a key.
import { request } from 'undici'

export const masterKey = 'sk-aegis-master-0123456789abcdef'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into as a client would
  readonly json: any
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** @param key the master key unless told; an empty one is not sent. */
export async function askAs(url: string, method: Method, body?: object | string, key = masterKey): Promise<Answer> {
  const reply = await request(url, {
    method,
    headers: { 'content-type': 'application/json', ...(key === '' ? {} : { authorization: `Bearer ${key}` }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await reply.body.text()
  const isJson = String(reply.headers['content-type']).startsWith('application/json') && text !== ''
  return { status: reply.statusCode, headers: reply.headers, text, json: isJson ? JSON.parse(text) : undefined }
}

/** A header with a key, for requests by other means. */
export const withKey = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })
