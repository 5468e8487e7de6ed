// Owns the check digit formulas that several identifiers share. All take digits only, as ASCII.

/** ISO/IEC 7812-1 annex B, "Luhn". */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let at = digits.length - 1, double = false; at >= 0; at -= 1, double = !double) {
    const digit = digits.charCodeAt(at) - 48
    const value = double ? digit * 2 : digit
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}

/** ISO 7064, hybrid system MOD 11,10; the last digit checks the others. */
export function passesMod11And10(digits: string): boolean {
  let product = 10
  for (let at = 0; at < digits.length - 1; at += 1) {
    const sum = (product + digits.charCodeAt(at) - 48) % 10
    product = ((sum === 0 ? 10 : sum) * 2) % 11
  }
  return (11 - product) % 10 === digits.charCodeAt(digits.length - 1) - 48
}

/** The sum of digits times weights; digits beyond the weights do not count. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * (digits.charCodeAt(at) - 48), 0)
}

/** ICAO 9303 part 3, 4.9: weights 7, 3, 1; letters count from A = 10. The last digit checks the others. */
export function passesWeights731(code: string): boolean {
  let sum = 0
  for (let at = 0; at < code.length - 1; at += 1) {
    sum += alphanumericValue(code.charCodeAt(at)) * ([7, 3, 1][at % 3] as number)
  }
  return sum % 10 === code.charCodeAt(code.length - 1) - 48
}

/** 0 to 9 for digits, 10 to 35 for capital letters. */
function alphanumericValue(unit: number): number {
  return unit <= 57 ? unit - 48 : unit - 55
}

/** Every digit the same, as in 111 111 111: a placeholder, never issued. */
export function isOneDigit(digits: string): boolean {
  return /^(\d)\1*$/.test(digits)
}

const multiplication = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
]
const permutation = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
]

/** Verhoeff: Error Detecting Decimal Codes, Mathematical Centre Tracts 29, 1969. */
export function passesVerhoeff(digits: string): boolean {
  let check = 0
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at])
    check = Number(multiplication[check]?.[Number(permutation[at % 8]?.[digit])])
  }
  return check === 0
}
