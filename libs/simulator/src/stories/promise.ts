/**
 * What an agent promises at the end of a call: to call back within a day. Seven in ten are kept in time, a few late, the rest not
 * at all. The record of keeping it carries nothing but the promise's number.
 */
import { type Script, DAY_MS, HOUR_MS, identify, instant, SECOND_MS } from '../script.js';

export function promise(script: Script, at: number): void {
  const { person, after: random } = script;
  const promiseId = script.number('promise');
  const line = { source: 'contact-centre', channel: 'phone', direction: 'internal' } as const;
  const isTold = script.tell({
    ...line,
    at: at + SECOND_MS,
    type: 'promise.made',
    identifiers: identify(['customerId', person.customerId]),
    data: { promiseId, what: 'call back', dueAt: instant(at + DAY_MS) },
  });
  if (!isTold) return;
  const isKept = random.chance(0.7);
  if (!isKept && !random.chance(0.4)) return;
  const keptAt = at + (isKept ? random.between(1, 23) : random.between(25, 60)) * HOUR_MS;
  script.tell({ ...line, at: keptAt, type: 'promise.kept', data: { promiseId } });
}
