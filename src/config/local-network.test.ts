import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isInNetworks, isLoopback, isPrivateAddress, networkProblem } from './local-network.ts'

const loopback: readonly (readonly [host: string, expected: boolean])[] = [
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['localhost.example.com', false],
  ['local', false],
  ['::2', false],
  ['0.0.0.0', false],
  ['', false],
]

for (const [host, expected] of loopback) {
  test(`"${host}" is ${expected ? '' : 'not '}loopback`, () => {
    assert.equal(isLoopback(host), expected)
  })
}

const networks: readonly (readonly [text: string, problem: RegExp | undefined])[] = [
  ['10.0.0.0/8', undefined],
  ['10.1.2.3/16', undefined],
  ['172.16.0.0/12', undefined],
  ['172.31.255.0/24', undefined],
  ['192.168.1.0/24', undefined],
  ['169.254.0.0/16', undefined],
  ['127.0.0.0/8', undefined],
  ['fd00::/8', undefined],
  ['fe80::/10', undefined],
  ['::1/128', undefined],
  ['8.8.8.0/24', /leave your network/],
  ['10.0.0.0/7', /leave your network/],
  ['172.32.0.0/16', /leave your network/],
  ['0.0.0.0/0', /leave your network/],
  ['::/0', /leave your network/],
  ['2001:db8::/32', /leave your network/],
  ['100.64.0.0/10', /leave your network/],
  ['10.0.0.1', /add \/32/],
  ['fd00::1', /add \/128/],
  ['10.0.0.0/33', /must be a CIDR block/],
  ['10.0.0/8', /must be a CIDR block/],
  ['gpu.internal/24', /must be a CIDR block/],
  ['', /must be a CIDR block/],
]

for (const [text, problem] of networks) {
  test(`"${text}" is ${problem ? 'refused' : 'accepted'} as a local network`, () => {
    const found = networkProblem(text)
    if (problem) assert.match(found ?? '', problem)
    else assert.equal(found, undefined)
  })
}

test('an address is inside a block by its bits, and a name never is', () => {
  assert.equal(isInNetworks('10.1.255.255', ['10.1.0.0/16']), true)
  assert.equal(isInNetworks('10.2.0.0', ['10.1.0.0/16']), false)
  assert.equal(isInNetworks('fd00::5', ['10.0.0.0/8', 'fd00::/64']), true)
  assert.equal(isInNetworks('gpu', ['10.0.0.0/8']), false)
  assert.equal(isInNetworks('10.0.0.1', []), false)
  assert.equal(isPrivateAddress('192.168.0.7'), true)
  assert.equal(isPrivateAddress('1.1.1.1'), false)
})
