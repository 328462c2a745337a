import { call, Problem, upload, type EvidenceAdded } from '../../backend/backend';

/** Larger files are refused before they are read: the device takes none, and reading one would stall a small machine. */
export const largestFile = 20 * 1024 * 1024;

/** What a file dialog offers. What a file is, the device decides from its bytes. */
export const accepted = 'image/jpeg,image/png,image/webp,application/pdf,.jpg,.jpeg,.png,.webp,.pdf';

/** A file that a person has chosen and that is not added yet. */
export class Chosen {
  readonly file: File;
  caption = $state('');
  /** Why it could not be added. */
  problem = $state.raw<Problem>();
  /** The person has seen the warning and keeps the caption as it is. */
  checked = false;

  constructor(file: File) {
    this.file = file;
  }

  /** Of a kind that every browser shows. */
  get isPicture(): boolean {
    return /^image\/(jpeg|png|webp)$/.test(this.file.type);
  }

  get isDocument(): boolean {
    return this.file.type === 'application/pdf' || /\.pdf$/i.test(this.file.name);
  }
}

/** What came of a run. */
export interface Outcome {
  added: number;
  photos: number;
  /** Photos that had a place, and it was kept. */
  placed: number;
}

/** Files on their way into the evidence of one record: one after the other, and one that fails stops no other. */
export class Adding {
  chosen = $state.raw<readonly Chosen[]>([]);
  keepPlace = $state(false);
  /** The file being added, and how many of how many are done with. */
  now = $state.raw<{ name: string; done: number; total: number }>();

  #record: string;
  #onadded: (added: EvidenceAdded) => void;
  #stopped = false;

  constructor(record: string, onadded: (added: EvidenceAdded) => void) {
    this.#record = record;
    this.#onadded = onadded;
  }

  choose(files: Iterable<File>): void {
    this.chosen = [...this.chosen, ...[...files].map((file) => new Chosen(file))];
  }

  leaveOut(one: Chosen): void {
    this.chosen = this.chosen.filter((other) => other !== one);
  }

  /** Ends the run after the file that is on its way. What was added stays. */
  stop(): void {
    this.#stopped = true;
  }

  /** Adds what was chosen, or only `these`. What could not be added stays chosen, with the reason. */
  async run(these: readonly Chosen[] = this.chosen): Promise<Outcome> {
    const outcome: Outcome = { added: 0, photos: 0, placed: 0 };
    if (this.now) return outcome;
    this.#stopped = false;
    try {
      for (const [done, one] of these.entries()) {
        if (this.#stopped) break;
        this.now = { name: one.file.name, done, total: these.length };
        await this.#one(one, outcome);
      }
    } finally {
      this.now = undefined;
    }
    return outcome;
  }

  async #one(one: Chosen, outcome: Outcome): Promise<void> {
    one.problem = undefined;
    try {
      const added = await this.#add(one);
      outcome.added += 1;
      if (added.row.kind === 'photo') outcome.photos += 1;
      if (added.row.place) outcome.placed += 1;
      this.leaveOut(one);
      this.#onadded(added);
    } catch (reason) {
      if (!(reason instanceof Problem)) throw reason;
      // The door that takes the bytes does not know the name.
      one.problem = new Problem(reason.code, { name: one.file.name, ...reason.params });
    }
  }

  async #add({ file, caption, checked }: Chosen): Promise<EvidenceAdded> {
    if (file.size > largestFile) throw new Problem('evidence_too_large', { most: largestFile / (1024 * 1024) });
    let bytes: ArrayBuffer;
    try {
      bytes = await file.arrayBuffer();
    } catch {
      throw new Problem('file_unreadable');
    }
    return call('evidence.add', {
      record: this.#record,
      upload: await upload(bytes),
      name: file.name,
      caption,
      keep_place: this.keepPlace,
      personal_data_checked: checked,
    });
  }
}
