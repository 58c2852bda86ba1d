/** What the shop of the simulation sells, talks about and where. */
export const PRODUCTS = [
  { product: 'lp-blue-train', title: 'Blue Train', cents: 2_499 },
  { product: 'cd-goldberg', title: 'Goldberg Variations', cents: 1_399 },
  { product: 'cd-kind-of-blue', title: 'Kind of Blue', cents: 1_199 },
  { product: 'box-beethoven', title: 'The Nine Symphonies', cents: 5_950 },
  { product: 'player-s2', title: 'Record player S2', cents: 18_900 },
  { product: 'cable-rca', title: 'RCA cable', cents: 950 },
] as const;

export const TOPICS = ['delivery', 'billing', 'returns', 'product', 'account'] as const;
export const AGENTS = [
  'agent-anna',
  'agent-bela',
  'agent-cora',
  'agent-dirk',
  'agent-emil',
] as const;
export const CAMPAIGNS = ['spring-sale', 'new-releases', 'win-back'] as const;
export const STORES = ['berlin-3', 'hamburg-1', 'munich-2'] as const;
export const CURRENCY = 'USD';
