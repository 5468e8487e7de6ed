// Data that nobody declared, written in other ways, past every limit and in broken text: none of it reaches a cloud.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { canaries, harmless } from '../make/canaries.ts'
import { digitDisguises, encodings } from '../make/encodings.ts'
import { assertKept, assertSent, cloudChat, send, startOpenWorld } from './undeclared.ts'
import type { World } from './world.ts'

let world: World
before(async () => {
  world = await startOpenWorld()
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

const saying = (content: string) => cloudChat({ messages: [{ role: 'user', content }] })
const card = canaries['a card'] as string

describe('what nobody declared stays here', () => {
  for (const [encoding, write] of Object.entries(encodings)) {
    test(`written in ${encoding}`, async () => {
      for (const [name, canary] of Object.entries(canaries)) {
        const body = saying(`Please read ${write(canary)} and answer.`)
        await assertKept(world, () => world.chat(body), canary, `${name} in ${encoding}`)
      }
      if (!encoding.includes('more often'))
        await assertSent(world, () => world.chat(saying(`Please read ${write(harmless)} and answer.`)), encoding)
    })
  }

  for (const [disguise, write] of Object.entries(digitDisguises)) {
    test(`its digits written with ${disguise}`, async () => {
      const names = ['a card', 'an IBAN', 'a German tax id']
      // The letters of an IBAN belong to its number only where its digits stand together.
      for (const name of disguise === 'a digit a line' ? ['a card'] : names) {
        const canary = canaries[name] as string
        const body = saying(`Please read ${write(canary)} and answer.`)
        await assertKept(world, () => world.chat(body), canary, `${name} with ${disguise}`)
      }
      await assertSent(world, () => world.chat(saying(`Please read ${write(harmless)} and answer.`)), disguise)
    })
  }

  const filler = 'Nothing to see here, and nothing there. '
  test('at the end of a body that a worker thread judges, and the same body without it goes out', async () => {
    for (const [name, canary] of Object.entries(canaries)) {
      const body = saying(`${filler.repeat(2_000)} ${canary}`)
      await assertKept(world, () => world.chat(body), canary, name)
    }
    await assertSent(world, () => world.chat(saying(`${filler.repeat(2_000)} ${harmless}`)), 'large')
  })

  test('in the middle of bytes that are no UTF-8', async () => {
    const text = JSON.stringify(saying(card))
    for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f]]) {
      const at = text.indexOf('1488') + 2
      const body = Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(bad), Buffer.from(text.slice(at))])
      await assertKept(world, () => world.chat(body), card, String(bad))
    }
  })

  test('in UTF-16, which is refused', async () => {
    const body = Buffer.from(JSON.stringify(saying(card)), 'utf16le')
    const reply = await assertKept(world, () => world.chat(body), card, 'UTF-16')
    assert.equal(reply.status, 400)
  })

  test('written with escapes in the JSON itself', async () => {
    const escaped = [...card].map((character) => `\\u00${Buffer.from(character).toString('hex')}`).join('')
    const body = `{"model":"openai/gpt-4o","messages":[{"role":"user","content":"${escaped}"}]}`
    await assertKept(world, () => world.chat(body), card, 'escapes')
  })
})

test('text that packs more than is unpacked is not judged, and stays here', async () => {
  const { gzipSync } = await import('node:zlib')
  const bomb = gzipSync(`${'0'.repeat(5_000_000)} ${card}`).toString('base64')
  const reply = await assertKept(world, () => world.chat(saying(bomb)), card, 'a bomb')
  assert.match(String(reply.headers['x-aegis-reason'] ?? reply.status), /sensitive_data_local_only|503/)
})

test('an endless row of calls to a tool does not hide what the last one says', async () => {
  const messages = Array.from({ length: 3_000 }, (_, index) => ({
    role: 'user',
    content: index === 2_999 ? card : `Step ${index} of it`,
  }))
  await assertKept(world, () => send(world, '/v1/chat/completions', cloudChat({ messages })), card, 'the last')
})
