// Writes messages in Amazon's event stream encoding: lengths, typed headers, payload, two checksums
// (https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html, "Event stream encoding").
import { crc32 } from 'node:zlib'
import type { JsonValue } from '../json-value.ts'

/** The type of a header's value: a string with its length in two bytes. */
const STRING = 7

/** An event of a stream, by its name: `contentBlockDelta`. */
export function eventMessage(name: string, payload: JsonValue): Buffer {
  return message({ ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' }, payload)
}

/** An exception, which ends a stream: `throttlingException`. */
export function exceptionMessage(name: string, payload: JsonValue): Buffer {
  return message(
    { ':exception-type': name, ':content-type': 'application/json', ':message-type': 'exception' },
    payload,
  )
}

function message(headers: Readonly<Record<string, string>>, payload: JsonValue): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)))
  const body = Buffer.from(JSON.stringify(payload))
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(16 + head.length + body.length, 0)
  prelude.writeUInt32BE(head.length, 4)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  const whole = Buffer.concat([prelude, head, body])
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(whole))
  return Buffer.concat([whole, checksum])
}

function header(name: string, value: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(value))
  return Buffer.concat([
    Buffer.of(Buffer.byteLength(name)),
    Buffer.from(name),
    Buffer.of(STRING),
    length,
    Buffer.from(value),
  ])
}
