// Owns the list of the 44 ways out of which each has a test: `row(7, …)` in one of the files egress-rows-*.test.ts.
import { test } from 'node:test'

export const rows: Readonly<Record<number, string>> = {
  1: 'declared, on every route',
  2: 'a system or developer message',
  3: 'an earlier turn',
  4: 'an answer in the history',
  5: 'the result of a tool',
  6: 'the arguments of a tool call',
  7: 'the schema of a tool',
  8: 'the schema of a response',
  9: 'split across parts or messages',
  10: 'a data URL',
  11: 'the query of a URL',
  12: 'a file and its name',
  13: 'a sound and its transcript',
  14: 'metadata, user, stop, prediction and fields of vendors',
  15: 'names of members, names that stand twice, __proto__',
  16: 'headers of the client, baggage, cookies, the query string',
  17: 'tricks with Unicode',
  18: 'encodings, one in another',
  19: 'over the size cap, over the time budget, hostile text with the data last',
  20: 'lone surrogates, bad UTF-8, UTF-16, NUL',
  21: 'a spoofed classification: case, array, null, header against body, spaces',
  22: 'model names that select a provider, remote-backed local models, redirects, DNS that changes, proxy variables',
  23: 'fallback under every fault, retries, an open circuit, an overflowing context',
  24: 'a budget that is exceeded at each provider',
  25: 'restricted and public requests beside each other on one connection',
  26: 'a configuration or a body that is changed between decision and send',
  27: 'one restricted item in a batch of twenty',
  28: 'ids minted by a restricted request, used by a public one',
  29: 'previous_response_id',
  30: 'repeated requests: a cloud answer, then restricted; a restricted answer, then public; another caller',
  31: 'a local answer that is sent later as history',
  32: 'calls of our own: tokenizer, price list, model lists, update check',
  33: 'LangSmith',
  34: 'OTLP',
  35: 'labels of metrics',
  36: 'logs, and util.inspect of any object',
  37: 'bodies of errors, stack traces',
  38: 'audit and explain',
  39: 'ledger rows, journals, temporary files',
  40: 'admin pages, webhooks, alerts',
  41: 'bytes sent before the verdict',
  42: 'routes that do not exist, and upgrades',
  43: 'health checks and model lists beside traffic',
  44: 'a remote detector',
}

/** Declares the test of one row, under its number and name. */
export function row(number: number, prove: () => Promise<void>): void {
  test(`row ${String(number).padStart(2, '0')}: ${rows[number]}`, prove)
}
