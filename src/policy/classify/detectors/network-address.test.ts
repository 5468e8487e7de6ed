// Proves addresses of machines, and that versions, times and code are none.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { ipv4, ipv4Trailed, ipv6, mac } from './network-address.ts'

describeDetector(ipv4, {
  finds: [
    ['login from 84.17.49.12 failed', '84.17.49.12'],
    '192.168.0.1',
    ['my ip: 127.0.0.1', '127.0.0.1'],
    ['route 10.20.0.0/16', '10.20.0.0/16'],
  ],
  ignores: [
    'curl http://127.0.0.1:8080/v1',
    '192.0.2.7 - - "GET / HTTP/1.1" 200',
    'version 84.17.49.12',
    'text192.168.1.1',
    '192.168.1.256',
    '1.2.3',
    'the release 1.2.3.4 of the tool is out',
  ],
})
describeDetector(ipv4Trailed, {
  finds: [['192.168.1.1.1', '192.168.1.1']],
  ignores: ['see 10.1.2.3.4 for the whole chapter of it'],
})
describeDetector(ipv6, {
  finds: [
    ['from 2400:c401::5054:ff:fe1b:b031 again', '2400:c401::5054:ff:fe1b:b031'],
    ['my ip: ::1', '::1'],
    '0:0:0:0:0:FFFF:129.144.52.38',
    'fe80::1%eth0',
  ],
  ignores: [
    'std::cout << x',
    'MyClass::toString',
    '12:34:56',
    'hosts = ["2001:db8:1::7", "localhost"]',
    '2001::25de::cade',
    'aa:bb:cc:dd:ee:ff',
    'a::b',
  ],
})
describeDetector(mac, {
  finds: [
    ['at 00:1A:2B:3C:4D:5E now', '00:1A:2B:3C:4D:5E'],
    'AA-BB-CC-DD-EE-FF',
    ['Cisco 0012.3456.789A', '0012.3456.789A'],
  ],
  ignores: ['FF:FF:FF:FF:FF:FF', '00:00:00:00:00:00', '00:1A:2B:3C:4D', '10:2F:33-AC-29-C3', '00:1A:2B:3C:4D:5E:6F'],
})
