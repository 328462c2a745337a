/** Where a record can be opened; nothing for kinds that have no screen of their own. */
export function recordHref(kind: string, record: string): string | undefined {
  switch (kind) {
    case 'registration':
      return `#/models/${encodeURIComponent(record)}`;
    case 'visit':
      return `#/visits/${encodeURIComponent(record)}`;
    case 'campaign':
      return '#/campaigns';
    case 'unit':
    case 'scheme':
    case 'criteria_set':
    case 'cycle':
      return '#/reference';
    default:
      return undefined;
  }
}
