/** KPIs of orders. Money is kept in 1/10,000 of its unit and is never added across currencies. */
import type { KpiDefinition, Term } from '../kpi.js';

/** Placed and not cancelled. */
const order: Term = {
  kind: 'order',
  except: [{ measure: 'cancelled', compare: 'is', to: 1 }],
  value: 'one',
};

export const COMMERCE: readonly KpiDefinition[] = [
  {
    name: 'orders',
    title: 'Orders',
    unit: 'count',
    version: 1,
    formula: 'number of orders placed and not cancelled, counted when placed',
    aggregator: 'count',
    numerator: order,
    denominator: order,
    dimensions: ['channel', 'store', 'campaign', 'product'],
  },
  {
    name: 'revenue',
    title: 'Revenue, gross',
    unit: 'money',
    version: 1,
    formula:
      'sum of the value of orders placed and not cancelled, before refunds, counted when placed',
    aggregator: 'sum',
    numerator: { ...order, value: { plus: ['value'] } },
    denominator: order,
    dimensions: ['currency', 'channel', 'store', 'campaign'],
  },
  {
    name: 'net-revenue',
    title: 'Revenue, net of refunds',
    unit: 'money',
    version: 1,
    formula:
      'sum of value less refunds of orders placed and not cancelled; a refund restates the instant of the order',
    aggregator: 'sum',
    numerator: { ...order, value: { plus: ['value'], minus: ['refunded'] } },
    denominator: order,
    dimensions: ['currency', 'channel', 'store', 'campaign'],
  },
];
