import { call, Problem, type SaveScores, type ScoreItem, type ScoreOf, type ScoreSheetView, type UnfinishedTyping } from '../../backend/backend';
import type { Asked } from '../../parts/asked.svelte';

// Leaving a row saves soon; staying in it saves after a pause, so little is ever only on screen.
const soon = 300;
const afterPause = 2000;
const keepAfter = 500;
/** Name of the answer that is no criterion's, among what is kept and what is questioned. */
export const notEligibleKey = 'not_eligible';

/**
 * One score sheet under an assessor's hands: answers that the device has not confirmed, what is kept of them within a
 * second, and notes that wait for a person's word because they may carry personal data. One such note never holds up
 * the points beside it.
 */
export class SheetEditing {
  #asked: Asked<ScoreSheetView>;
  #of: ScoreOf;
  #given = $state<Record<string, ScoreItem>>({});
  /** A reason for "not eligible" that is typed and not saved. */
  #reason = $state<string>();
  /** The reason was said, not only typed: clearing a field to write it anew takes nothing back. */
  #reasonIsSaid = false;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #keeping: Promise<void> = Promise.resolve();
  #restored = false;

  mark = $state<'saving' | 'saved'>();
  problem = $state.raw<Problem>();
  /** Questions of the device about personal data, by criterion code or `notEligibleKey`. */
  questioned = $state.raw<Readonly<Record<string, Problem>>>({});
  /** Typing from before a crash stands on the sheet again. */
  restored = $state(false);

  readonly items = $derived.by(
    () => new Map([...(this.#asked.answer?.items ?? []), ...Object.values(this.#given)].map((item) => [item.code, item])),
  );

  constructor(asked: Asked<ScoreSheetView>, of: ScoreOf) {
    this.#asked = asked;
    this.#of = of;
    $effect(() => {
      const kept = asked.answer?.unfinished;
      if (this.#restored || asked.answer === undefined) return;
      // Only what was there when the sheet was opened: later it is this screen's own typing.
      this.#restored = true;
      if (kept && asked.answer.may_edit) this.#restore(kept);
    });
  }

  /** The reason for "not eligible" as it stands, typing first; null while the model is rated. */
  get notEligible(): string | null {
    return this.#reason ?? this.#asked.answer?.not_eligible ?? null;
  }

  change(code: string, next: Partial<ScoreItem>): void {
    const before = this.items.get(code);
    this.#given[code] = { code, points: before?.points ?? null, note: before?.note ?? '', ...next };
    if ('note' in next) this.#answered(code);
    this.#touched(afterPause);
  }

  /** A row was left. */
  left(): void {
    this.#saveSoon(soon);
  }

  typeReason(text: string): void {
    this.#reason = text;
    this.#reasonIsSaid = false;
    this.#answered(notEligibleKey);
    this.#keepSoon();
  }

  /** Says or takes back, with an empty reason, that the model is not eligible. */
  async setNotEligible(reason: string): Promise<void> {
    const nothingSaid = reason === '' && (this.#asked.answer?.not_eligible ?? null) === null;
    this.#reason = nothingSaid ? undefined : reason;
    this.#reasonIsSaid = true;
    this.#answered(notEligibleKey);
    await (nothingSaid ? this.keep() : this.save());
  }

  /** The assessor keeps a text that was questioned. */
  keepText(key: string): Promise<void> {
    if (key === notEligibleKey) this.#reasonIsSaid = true;
    this.#answered(key);
    return this.save(key);
  }

  /** Saves what is given and not questioned, one save after the other; `checked` is what a person chose to keep. */
  save(checked?: string): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saving = this.#saving.then(() => this.#save(checked));
    return this.#saving;
  }

  async #save(checked: string | undefined): Promise<void> {
    // What a person has looked at goes alone: the others are still to be asked about.
    const free = (key: string): boolean => (checked === undefined ? !(key in this.questioned) : key === checked);
    const items = Object.values($state.snapshot(this.#given)).filter((item) => free(item.code));
    const reason = this.#reasonIsSaid && free(notEligibleKey) ? this.#reasonToSave() : undefined;
    if (items.length === 0 && reason === undefined) return;
    const request: SaveScores = { ...this.#of, items, personal_data_checked: checked !== undefined };
    if (reason !== undefined) request.not_eligible = reason;
    this.mark = 'saving';
    this.problem = undefined;
    try {
      const view = await call('scores.save', request);
      for (const item of items) {
        const now = this.#given[item.code];
        if (now && now.points === item.points && now.note === item.note) delete this.#given[item.code];
      }
      if (reason !== undefined && this.#reason?.trim() === reason) this.#reason = undefined;
      this.#asked.take(view);
      this.mark = this.dirty ? undefined : 'saved';
      // The device forgot what it had kept of this sheet; what is not saved yet is kept again.
      await this.keep();
    } catch (refusal) {
      if (!(refusal instanceof Problem)) throw refusal;
      this.mark = undefined;
      const about = questionedIn(refusal);
      if (about === undefined) this.problem = refusal;
      else {
        this.questioned = { ...this.questioned, [about]: refusal };
        await this.#save(undefined);
      }
    }
  }

  /** "Not eligible" is said with a reason only, and taken back only where it was said. */
  #reasonToSave(): string | undefined {
    const reason = this.#reason?.trim();
    const saved = this.#asked.answer?.not_eligible ?? '';
    return reason === undefined || reason === saved ? undefined : reason;
  }

  get dirty(): boolean {
    return Object.keys(this.#given).length > 0 || this.#reasonToSave() !== undefined;
  }

  #touched(wait: number): void {
    this.mark = undefined;
    this.#saveSoon(wait);
    this.#keepSoon();
  }

  #saveSoon(wait: number): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.save(), wait);
  }

  #keepSoon(): void {
    clearTimeout(this.#keepTimer);
    this.#keepTimer = setTimeout(() => void this.keep(), keepAfter);
  }

  /** A question about a text that was changed or decided on is a question no longer. */
  #answered(key: string): void {
    if (!(key in this.questioned)) return;
    this.questioned = Object.fromEntries(Object.entries(this.questioned).filter(([one]) => one !== key));
  }

  /** Hands what is not saved to the device now: it outlives a power cut and a closed window. */
  keep(): Promise<void> {
    clearTimeout(this.#keepTimer);
    this.#keepTimer = undefined;
    const record = this.#asked.answer?.sheet;
    if (!record) return Promise.resolve();
    const contents = this.#contents();
    // One after the other: an older answer must never arrive after a newer one.
    this.#keeping = this.#keeping.then(async () => {
      try {
        await call('typing.keep', { record, contents });
      } catch (refusal) {
        // Saving meets the same obstacle and says it.
        if (!(refusal instanceof Problem)) throw refusal;
      }
    });
    return this.#keeping;
  }

  /** Saves and keeps what there is, because the window may be gone in a moment. */
  leaving = (): void => {
    if (this.#keepTimer !== undefined) void this.keep();
    void this.save();
  };

  #contents(): Record<string, string> {
    const given = Object.values($state.snapshot(this.#given)).flatMap((item) => [
      [`items/${item.code}/points`, item.points === null || item.points === undefined ? '' : String(item.points)],
      [`items/${item.code}/note`, item.note ?? ''],
    ]);
    const reason = this.#reasonToSave() === undefined ? [] : [[notEligibleKey, this.#reason ?? '']];
    return Object.fromEntries([...given, ...reason]) as Record<string, string>;
  }

  #restore(kept: UnfinishedTyping): void {
    for (const [path, text] of Object.entries(kept.contents)) {
      const [kind, code = '', part] = path.split('/');
      if (kind === notEligibleKey) this.#reason = text;
      if (kind !== 'items' || (part !== 'points' && part !== 'note')) continue;
      const before = this.items.get(code);
      const item = this.#given[code] ?? { code, points: before?.points ?? null, note: before?.note ?? '' };
      this.#given[code] = part === 'note' ? { ...item, note: text } : { ...item, points: text === '' ? null : Number(text) };
    }
    if (!this.dirty) return;
    this.restored = true;
    void this.save();
  }
}

/** Which answer the device asks about, when it asks about personal data. */
function questionedIn(problem: Problem): string | undefined {
  if (problem.code !== 'personal_data') return undefined;
  return problem.params['property'] === notEligibleKey ? notEligibleKey : String(problem.params['code'] ?? '') || undefined;
}
