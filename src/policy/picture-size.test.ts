// Proves the reading of picture sizes on the first bytes of real files of 300 by 200 px, written by Pillow.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import { pictureSize } from './picture-size.ts'

const JPEG =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wAARCADIASwDASIAAhEBAxEB/8QA'
const PROGRESSIVE =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wgARCADIASwDASIAAhEBAxEB/8QA'
const files = {
  png: 'iVBORw0KGgoAAAANSUhEUgAAASwAAADICAIAAADdvUsC',
  gif: 'R0lGODdhLAHIAIEAAMgeHgAAAAAAAAAAACwAAAAALAHI',
  'lossy webp': 'UklGRsgAAABXRUJQVlA4ILwAAACwEACdASosAcgAP83m',
  'lossless webp': 'UklGRiQAAABXRUJQVlA4TBgAAAAvK8ExAAdQjyLXo/8B',
  'webp with transparency': 'UklGRtYAAABXRUJQVlA4WAoAAAAQAAAAKwEAxwAAQUxQ',
  jpeg: JPEG,
  'progressive jpeg': PROGRESSIVE,
}
const asUrl = (data: string, type = 'image/png') => `data:${type};base64,${data}`

describe('the size of a picture', () => {
  for (const [name, data] of Object.entries(files)) {
    test(`is read from the header of a ${name}, whatever type the URL claims`, () => {
      for (const type of ['image/png', 'image/webp', 'text/plain'])
        assert.deepEqual(pictureSize(asUrl(data, type)), { width: 300, height: 200 })
    })
  }

  test('stands behind the metadata of a jpeg, and padding between segments is skipped', () => {
    const bytes = Buffer.from(JPEG, 'base64')
    const comment = Buffer.concat([Buffer.from([0xff, 0xe1, 0xff, 0xff]), Buffer.alloc(0xfffd, 0xc0)])
    const padded = Buffer.concat([bytes.subarray(0, 2), comment, comment, Buffer.from([0xff]), bytes.subarray(2)])
    assert.deepEqual(pictureSize(asUrl(padded.toString('base64'))), { width: 300, height: 200 })
  })

  test('is not known of what is cut off, not base64, not a picture, or without extent', () => {
    const png = Buffer.from(files.png, 'base64')
    png.writeUInt32BE(0, 16)
    const unknown = [
      ...['https://pictures.test/a.png', `data:image/png,${files.png}`, 'data:image/png;base64', '', 'data:'],
      ...[asUrl(''), asUrl('aGVsbG8='), asUrl(files.png.slice(0, 20)), asUrl(JPEG.slice(0, 40)), asUrl('/9j/2gAA')],
      asUrl(png.toString('base64')),
    ]
    for (const url of unknown) assert.equal(pictureSize(url), undefined, url.slice(0, 60))
  })

  test('is whole numbers above zero or not known, for any bytes behind any header', () => {
    const heads = fc.constantFrom('', ...Object.values(files).map((data) => data.slice(0, 16)))
    fc.assert(
      fc.property(heads, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
        const size = pictureSize(asUrl(head + Buffer.from(tail).toString('base64')))
        if (size)
          assert.ok(Number.isInteger(size.width) && Number.isInteger(size.height) && size.width * size.height > 0)
      }),
      { numRuns: 1000 },
    )
  })
})
