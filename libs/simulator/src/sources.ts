/** The systems that the simulated interactions come from: create them before posting. */
export const SOURCES = [
  'webshop',
  'mobile-app',
  'contact-centre',
  'branch-telephony',
  'live-chat',
  'messenger',
  'service-mail',
  'social-listening',
  'ivr',
  'help-centre',
  'tills',
  'crm',
  'newsletter',
  'billing',
] as const;
