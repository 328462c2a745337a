/** Minutes since midnight of a time as typed (8:00, 8h, 13h30, 13g30); undefined when it is not one. */
export function minutesOf(typed: string): number | undefined {
  const parts = /^\s*(\d{1,2})\s*(?:[:.hg]\s*(\d{1,2})?)?\s*(?:phút|ph)?\s*$/i.exec(typed);
  if (!parts) return undefined;
  const [hours, minutes] = [Number(parts[1]), Number(parts[2] ?? 0)];
  return hours <= 24 && minutes <= 59 ? hours * 60 + minutes : undefined;
}

/** Both times can be read and the second comes before the first. */
export function endsBeforeStart(starts: string, ends: string): boolean {
  const [from, to] = [minutesOf(starts), minutesOf(ends)];
  return from !== undefined && to !== undefined && to < from;
}
