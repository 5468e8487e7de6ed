// Proves addresses of wallets.
import { describeDetector } from '../../../../test/make/detector-cases.ts'
import { base58Wallet, bech32Wallet, ethereumWallet } from './crypto-wallet.ts'

describeDetector(base58Wallet, {
  finds: [
    '16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ',
    ['to 3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy.', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy'],
  ],
  ignores: ['16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ2', '1f0a8c3e5d7b9a1c3e5f7a9b1c3d5e7f'],
})
describeDetector(bech32Wallet, {
  finds: ['bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq'],
  ignores: ['bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mda'],
})
describeDetector(ethereumWallet, {
  finds: ['0x52908400098527886E0F7030069857D2E4169EE7'],
  ignores: ['0x52908400098527886E0F7030069857D2E4169EE', '0xGG908400098527886E0F7030069857D2E4169EE7'],
})
