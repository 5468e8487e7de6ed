// Owns data URLs whose payload is no text, such as a picture: the payload is not read, what stands around it is.

/** A piece of a text, and where it began. */
export interface TextPiece {
  readonly text: string
  readonly start: number
}

/** As far as the first units of the payload; text, JSON, XML and SVG are read like any other text. */
const binaryDataUrl =
  /data:(?!text\/|application\/(?:json|xml|yaml)|image\/svg)[\w.+-]{1,40}\/[\w.+-]{1,80}(?:;[\w=.-]{1,40}){0,4},[A-Za-z0-9+/%]{8}/g

/**
 * What is left of a text without such payloads; undefined when it has none. Linear: a payload is passed over once.
 * @example piecesAroundPayloads('see data:image/png;base64,iVBORw0KGgo= here') // 'see data:image/png;base64,' and ' here'
 */
export function piecesAroundPayloads(text: string): TextPiece[] | undefined {
  if (!text.includes('data:')) return undefined
  const pieces: TextPiece[] = []
  let start = 0
  binaryDataUrl.lastIndex = 0
  for (let match = binaryDataUrl.exec(text); match; match = binaryDataUrl.exec(text)) {
    const comma = text.indexOf(',', match.index)
    pieces.push({ text: text.slice(start, comma + 1), start })
    start = endOfPayload(text, comma + 1)
    binaryDataUrl.lastIndex = start
  }
  if (pieces.length === 0) return undefined
  pieces.push({ text: text.slice(start), start })
  return pieces.filter((piece) => piece.text !== '')
}

/** Base64, its URL form and percent encoding. */
function endOfPayload(text: string, from: number): number {
  let end = from
  while (end < text.length && isPayload(text.charCodeAt(end))) end += 1
  return end
}

function isPayload(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x61 && unit <= 0x7a) ||
    PUNCTUATION.includes(unit)
  )
}

/** `+ / = % - _` */
const PUNCTUATION = [0x2b, 0x2f, 0x3d, 0x25, 0x2d, 0x5f]
