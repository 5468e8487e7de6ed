// Proves postal addresses, and that other numbers after words are none.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import {
  americanPlace,
  englishStreet,
  englishStreetAndPlace,
  germanPlace,
  germanStreet,
  germanStreetWeak,
  postBox,
} from './postal-address.ts'

describeDetector(englishStreet, {
  finds: [
    ['at 742 Evergreen Terrace, please', '742 Evergreen Terrace'],
    ['1600 N. Pennsylvania Avenue', '1600 N. Pennsylvania Avenue'],
    '12 Long Acre Road, Flat 4',
  ],
  ignores: [
    '5 requests Drive the test',
    '100 Continue',
    'in 30 days Street',
    'port 8080 Open Road'.replace('Open Road', 'open road'),
  ],
})
describeDetector(englishStreetAndPlace, {
  finds: [['221 Baker Place, London SW1', '221 Baker Place']],
  ignores: ['3 Best Way to do it', '2 First Place winners'],
})
describeDetector(americanPlace, {
  finds: [['Springfield, IL 62704', 'IL 62704']],
  ignores: ['OK 12345', 'use IN 12345', 'Springfield, XX 62704'],
})
describeDetector(postBox, {
  finds: ['P.O. Box 1234', ['Firma, Postfach 10 20 30', 'Postfach 10 20 30']],
  ignores: ['box 12', 'checkbox 1234'],
})
describeDetector(germanStreet, {
  finds: [
    ['wohnt Hauptstraße 12a in', 'Hauptstraße 12a'],
    'Berliner Allee 5',
    ['Am Ende der Lange Gasse 7', 'Lange Gasse 7'],
    'Goethestr. 3',
  ],
  ignores: ['die Straße 12345', 'straße', 'Straße 3.5 km'],
})
describeDetector(germanStreetWeak, {
  finds: [
    ['Ich wohne Am Waldrand 7', 'Am Waldrand 7'],
    ['Anschrift: Birkenweg 4, 80331 München', 'Birkenweg 4'],
  ],
  ignores: ['Der Speicherplatz 512 reicht; Adresse fehlt', 'Birkenweg 4', 'Im Kapitel 7'],
})
describeDetector(germanPlace, {
  finds: [['Anschrift: 80331 München', '80331 München']],
  ignores: ['10115 Berlin', 'Zeile 12345 Fehler'],
})
