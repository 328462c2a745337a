import { call, type FigureInput, type FigureView } from '../../backend/backend';

/** What is typed into one row of figures. */
export type FigureTyping = Required<Omit<FigureInput, 'id'>>;

const empty: FigureTyping = { name: '', raw: '', unit: '', period: '', qualifier: null };
const newMark = 'new-';
const readAfter = 250;

/** Figures being written: what was typed over the saved ones, new rows, and how the device reads them meanwhile. */
export class FigureEdits {
  #saved: () => readonly FigureView[];
  #ontyped: () => void;
  #changed = $state<Record<string, Partial<FigureTyping>>>({});
  #added = $state<string[]>([]);
  #readings = $state<Record<string, FigureView>>({});
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #nextNew = 1;

  constructor(saved: () => readonly FigureView[], ontyped: () => void) {
    this.#saved = saved;
    this.#ontyped = ontyped;
  }

  /** Keys of all rows in their order: saved ones by id, then the new ones. */
  get keys(): string[] {
    return [...this.#saved().map((figure) => figure.id), ...this.#added];
  }

  /** Something typed is not saved. */
  get dirty(): boolean {
    return this.toSave().length > 0;
  }

  /** A row as it stands, typing over what is saved. */
  row(key: string): FigureTyping {
    const saved = this.#saved().find((figure) => figure.id === key);
    const row = { ...empty, ...saved, ...this.#changed[key] };
    // Another figure is read anew; the meaning chosen for the old one does not hold for it.
    const rewritten = saved !== undefined && (saved.raw !== row.raw || saved.unit !== row.unit);
    return rewritten ? { ...row, qualifier: this.#changed[key]?.qualifier ?? null } : row;
  }

  /** How the device reads the row's figure now. */
  reading(key: string): FigureView | undefined {
    return this.#readings[key] ?? this.#saved().find((figure) => figure.id === key);
  }

  type(key: string, change: Partial<FigureTyping>): void {
    this.#changed[key] = { ...this.#changed[key], ...change };
    this.#ontyped();
    if ('raw' in change || 'unit' in change) this.#readSoon(key);
  }

  add(): string {
    const key = `${newMark}${this.#nextNew++}`;
    this.#added.push(key);
    return key;
  }

  /** Takes a new row away again, or forgets what was typed over a saved one. */
  forget(key: string): void {
    delete this.#changed[key];
    delete this.#readings[key];
    this.#added = this.#added.filter((one) => one !== key);
    this.#ontyped();
  }

  isNew = (key: string): boolean => key.startsWith(newMark);

  /** What a save has to put: changed rows, and new ones in which something is written. */
  toSave(): FigureInput[] {
    return this.keys.flatMap((key) => {
      const saved = this.#saved().find((figure) => figure.id === key);
      const typed = this.#changed[key];
      if (!typed) return [];
      const { name, raw, unit, period, qualifier } = this.row(key);
      const written = [name, raw, unit, period].some((text) => text.trim() !== '');
      const differs = !saved || saved.name !== name || saved.raw !== raw || saved.unit !== unit || saved.period !== period;
      if (!written || !(differs || qualifier !== saved.qualifier)) return [];
      return [{ id: saved ? key : null, name, raw, unit, period, qualifier }];
    });
  }

  /** The rows as they are now, for `took`. */
  snapshot(): Record<string, Partial<FigureTyping>> {
    return $state.snapshot(this.#changed);
  }

  /** A save took what stood in the snapshot; what was typed since then stays. */
  took(snapshot: Record<string, Partial<FigureTyping>>): void {
    for (const [key, typed] of Object.entries(snapshot)) {
      if (JSON.stringify(this.#changed[key]) !== JSON.stringify(typed)) continue;
      delete this.#changed[key];
      delete this.#readings[key];
      this.#added = this.#added.filter((one) => one !== key);
    }
  }

  /** Typing as it is kept outside the journal, and taken back from there. */
  contents(): Record<string, string> {
    const rows = Object.entries(this.#changed);
    return Object.fromEntries(
      rows.flatMap(([key, typed]) => Object.entries(typed).map(([name, text]) => [`figures/${key}/${name}`, text ?? ''])),
    );
  }

  restore(contents: Readonly<Record<string, string>>): void {
    const known = new Map<string, string>();
    for (const [path, text] of Object.entries(contents)) {
      const [kind, key = '', name = ''] = path.split('/');
      if (kind !== 'figures' || !(name in empty)) continue;
      const isSaved = this.#saved().some((figure) => figure.id === key);
      if (!known.has(key)) known.set(key, isSaved ? key : this.add());
      this.type(known.get(key) ?? key, { [name]: name === 'qualifier' && text === '' ? null : text });
    }
  }

  #readSoon(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => void this.#read(key), readAfter),
    );
  }

  async #read(key: string): Promise<void> {
    const { raw, unit } = this.row(key);
    if (raw.trim() === '') {
      delete this.#readings[key];
      return;
    }
    try {
      const reading = await call('figures.read', { raw, unit });
      const now = this.row(key);
      if (now.raw === raw && now.unit === unit && this.#changed[key]) this.#readings[key] = reading;
    } catch {
      // The reading is only shown; the save itself says what is wrong.
    }
  }
}
