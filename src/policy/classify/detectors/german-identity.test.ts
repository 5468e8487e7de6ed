// Proves identity cards and passports by 7-3-1.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import {
  identityCard,
  identityCardWithCheck,
  machineReadable,
  namedIdentityCard,
  oldIdentityCard,
  passport,
} from './german-identity.ts'

describeDetector(identityCard, {
  finds: [['Ausweis L01X00T44 liegt vor', 'L01X00T44'], 'l01x00t44', 'G00000002'],
  ignores: ['L01X00T47', 'C01234567', 'L01X00T4', 'L01X00T440', 'HELLOWRLD'],
})
describeDetector(oldIdentityCard, {
  finds: [['Ausweis Nr. T22000129 gültig', 'T22000129']],
  ignores: ['Charge T22000129 ist defekt und muss zurück', 'T2200012'],
})
describeDetector(passport, {
  finds: [['Reisepass C01X00T41', 'C01X00T41'], 'F12345671'],
  ignores: ['F12345678', 'A01234567'],
})
describeDetector(identityCardWithCheck, {
  finds: [['Ausweis L01X00T471', 'L01X00T471'], 'T220001293'],
  ignores: ['L01X00T472', 'Charge T220001293 ist defekt und muss zurück'],
})
describeDetector(machineReadable, {
  finds: ['L01X00T471D'],
  ignores: ['L01X00T472D', 'L01X00T471X'],
})
describeDetector(namedIdentityCard, {
  finds: [['Ausweisnummer L01X00T47', 'L01X00T47']],
  ignores: ['L01X00T47', 'Charge L01X00T47 ist defekt', 'Ausweisnummer KLMNPRTVW'],
})
