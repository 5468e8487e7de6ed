// Owns the list of detectors: a new one becomes part of every scan by its line here.

import {
  australianBusiness,
  australianCompany,
  australianMedicare,
  australianTaxFile,
  canadianSocialInsurance,
  nigerianIdentity,
  nigerianPlate,
  southAfricanIdentity,
} from './detectors/africa-america-oceania.ts'
import {
  indianAadhaar,
  indianDocuments,
  indianGoodsTax,
  indianPlate,
  indianTax,
  koreanBusiness,
  koreanForeigner,
  koreanLicence,
  koreanPassport,
  koreanResident,
  philippineTax,
  singaporeEntity,
  singaporeIdentity,
  thaiIdentity,
  turkishIdentity,
  turkishPlate,
} from './detectors/asia.ts'
import { card, rareCard } from './detectors/card.ts'
import { markingBanner, markingField, markingPhrase, purviewLabel } from './detectors/corporate-marking.ts'
import { base58Wallet, bech32Wallet, ethereumWallet } from './detectors/crypto-wallet.ts'
import { advancedAge, clinicalDate, dateOfBirth, starOfBirth } from './detectors/dates.ts'
import { email } from './detectors/email.ts'
import {
  finnishIdentity,
  finnishIdentitySigned,
  italianFiscalCode,
  italianVat,
  polishPesel,
  southernDocuments,
  spanishForeigner,
  spanishTaxId,
  swedishOrganisation,
  swedishPerson,
} from './detectors/europe.ts'
import { healthInsurance, physician, practice } from './detectors/german-health.ts'
import { identityCard, machineReadable, oldIdentityCard, passport } from './detectors/german-identity.ts'
import { pensionInsurance, pensionInsuranceSpaced } from './detectors/german-pension.ts'
import { plate, spokenPlate } from './detectors/german-plate.ts'
import { commercialRegister, drivingLicence, postcode } from './detectors/german-registers.ts'
import { taxId, taxNumber, taxNumberUnified, vatId } from './detectors/german-tax.ts'
import { healthWord, weakHealthWord } from './detectors/health-words.ts'
import { iban } from './detectors/iban.ts'
import { medicalRecord } from './detectors/medical-record.ts'
import { ipv4, ipv4Trailed, ipv6, mac } from './detectors/network-address.ts'
import { ownHealth } from './detectors/own-health.ts'
import { bracketedMobile } from './detectors/philippine-turkish-phone.ts'
import {
  bareMobile,
  barePhone,
  dialledPhone,
  internationalPhone,
  nationalPhone,
  northAmericanPhone,
} from './detectors/phone.ts'
import {
  americanPlace,
  englishStreet,
  englishStreetAndPlace,
  germanPlace,
  germanStreet,
  germanStreetWeak,
  postBox,
} from './detectors/postal-address.ts'
import {
  ethnicOrigin,
  politicalOpinion,
  religiousBelief,
  sexualOrientation,
  specialField,
  unionMembership,
} from './detectors/special-categories.ts'
import {
  drivingLicence as britishDrivingLicence,
  passport as britishPassport,
  plate as britishPlate,
  postcode as britishPostcode,
  nationalHealth,
  nationalInsurance,
  olderPlate,
} from './detectors/united-kingdom.ts'
import {
  bankAccount,
  driverLicenceDigits,
  driverLicenceLetters,
  passportDigits,
  passportLetters,
  routingNumber,
} from './detectors/us-documents.ts'
import {
  drugEnforcement,
  medicareBeneficiary,
  medicareBeneficiaryCompact,
  nationalProvider,
} from './detectors/us-health.ts'
import { individualTaxpayer, socialSecurity } from './detectors/us-social-security.ts'
import { writtenEmail } from './detectors/written-email.ts'
import type { Detector } from './engine/detector.ts'
import { assignedSecret, toldPin, toldSecret } from './secrets/assigned-secret.ts'
import { awsAccount, awsSecretKey, azureIdentity, kubernetesSecret } from './secrets/cloud-secrets.ts'
import { addressWithPassword, driverString } from './secrets/connection-string.ts'
import { knownKeys } from './secrets/known-keys.ts'
import { privateKeyBlock, puttyKey, seedPhrase, walletKey } from './secrets/private-key.ts'
import { authorizationHeader, jsonWebToken, sessionCookie } from './secrets/tokens.ts'

/** All that is built in. Names of persons and the tenant's own words join at `createDetection`. */
export const builtInDetectors: readonly Detector[] = [
  healthWord,
  weakHealthWord,
  canadianSocialInsurance,
  australianTaxFile,
  australianBusiness,
  australianCompany,
  australianMedicare,
  nigerianIdentity,
  nigerianPlate,
  southAfricanIdentity,
  indianAadhaar,
  indianGoodsTax,
  indianTax,
  indianDocuments,
  indianPlate,
  koreanResident,
  koreanForeigner,
  koreanBusiness,
  koreanLicence,
  koreanPassport,
  philippineTax,
  singaporeIdentity,
  singaporeEntity,
  thaiIdentity,
  turkishIdentity,
  turkishPlate,
  card,
  rareCard,
  markingPhrase,
  markingBanner,
  markingField,
  purviewLabel,
  base58Wallet,
  bech32Wallet,
  ethereumWallet,
  dateOfBirth,
  starOfBirth,
  clinicalDate,
  advancedAge,
  email,
  italianFiscalCode,
  italianVat,
  southernDocuments,
  spanishTaxId,
  spanishForeigner,
  polishPesel,
  finnishIdentity,
  finnishIdentitySigned,
  swedishPerson,
  swedishOrganisation,
  healthInsurance,
  physician,
  practice,
  identityCard,
  oldIdentityCard,
  passport,
  machineReadable,
  pensionInsurance,
  pensionInsuranceSpaced,
  plate,
  spokenPlate,
  drivingLicence,
  commercialRegister,
  postcode,
  taxId,
  taxNumberUnified,
  taxNumber,
  vatId,
  iban,
  medicalRecord,
  ipv4,
  ipv4Trailed,
  ipv6,
  mac,
  ownHealth,
  bracketedMobile,
  internationalPhone,
  dialledPhone,
  northAmericanPhone,
  nationalPhone,
  barePhone,
  bareMobile,
  englishStreet,
  englishStreetAndPlace,
  americanPlace,
  postBox,
  germanStreet,
  germanStreetWeak,
  germanPlace,
  sexualOrientation,
  religiousBelief,
  politicalOpinion,
  unionMembership,
  ethnicOrigin,
  specialField,
  nationalHealth,
  nationalInsurance,
  britishDrivingLicence,
  britishPassport,
  britishPostcode,
  britishPlate,
  olderPlate,
  passportDigits,
  passportLetters,
  driverLicenceLetters,
  driverLicenceDigits,
  bankAccount,
  routingNumber,
  nationalProvider,
  medicareBeneficiary,
  medicareBeneficiaryCompact,
  drugEnforcement,
  socialSecurity,
  individualTaxpayer,
  writtenEmail,
  assignedSecret,
  toldSecret,
  toldPin,
  awsSecretKey,
  awsAccount,
  azureIdentity,
  kubernetesSecret,
  addressWithPassword,
  driverString,
  ...knownKeys,
  privateKeyBlock,
  puttyKey,
  walletKey,
  seedPhrase,
  jsonWebToken,
  authorizationHeader,
  sessionCookie,
]
