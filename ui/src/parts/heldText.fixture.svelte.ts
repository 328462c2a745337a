/** A record's text that a test changes while a field shows it. */
export function incomingText(text: string): { text: string } {
  const record = $state({ text });
  return record;
}
