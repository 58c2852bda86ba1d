/**
 * Whether interactions of a type are kept however old they are, and are never refused as `too-old`: consents. A forgotten
 * opt-out would let somebody be written to again, and whoever relies on a consent has to be able to show it (GDPR, article 7(1)).
 * An erasure takes them like everything else.
 */
export function outlivesRetention(type: string): boolean {
  return type === 'consent.changed';
}
